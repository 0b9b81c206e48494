// Package safetensors reads and writes files of named tensors in the safetensors format, the one
// that Hugging Face defined and that PyTorch, JAX and others read and write through its library:
//
//	8 bytes       the length n of the header, little-endian
//	n bytes       the header: a JSON object, padded with spaces
//	all the rest  the data: the tensors' elements, little-endian and in row-major order
//
// The header has a member for each tensor, {"dtype": "F32", "shape": [64, 10], "data_offsets":
// [begin, end]}, with the place of its bytes in the data, and may have a member __metadata__, an
// object of texts.
//
// A file is refused unless all of it makes sense: the header has at most [MaxHeader] bytes, no name
// twice and no half of a pair of surrogates, every tensor has as many bytes as its type and shape
// need, and the tensors fill the data without gap, overlap or rest. All sizes are compared with
// that of the file before anything is allocated for them. Tensors of every type of the format are
// listed and can be read as bytes, all but complex numbers (C64) and floats of 4 and 6 bits as
// arrays.
package safetensors

// MaxHeader is the largest number of bytes of a header, that of the format's own library.
const MaxHeader = 100_000_000

// metadataKey is the member of the header that is not a tensor.
const metadataKey = "__metadata__"

// lengthSize is the number of bytes that hold the length of the header.
const lengthSize = 8
