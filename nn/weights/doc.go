// Package weights opens files of named tensors, whichever program wrote them, as one list: files in
// the safetensors format, sharded ones by their index, NumPy's archives (.npz), PyTorch's
// checkpoints (.pt, .pth, .bin), and Keras' weights and models (.weights.h5, .keras, .h5), which
// [Open] tells apart by their content. Tensors are read when they are asked for, one by one.
//
// [Rule]s make the tensors of one program those of another: other names, parts of tensors, several
// in one, kernels transposed, gates in another order. [nn.Model.LoadWeights] takes them.
//
// [nn.Model.LoadWeights]: https://pkg.go.dev/simdnn/nn#Model.LoadWeights
package weights
