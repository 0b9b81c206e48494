package microsoft

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// microsoftBlocks are the operators of ONNX Runtime's domain on weights in blocks of a few bits.
var microsoftBlocks = []plan.Operator{
	{Name: "MatMulNBits", Since: 1, Min: 3, Max: 6, Attributes: "K N accuracy_level bits=2,4,8 " +
		"block_size weight_prepacked=0", Refused: map[int]string{4: "g_idx"},
		Translate: matMulNBits},
}

// blocks are rows of codes: of each row so many, of so many bits, the lowest bits of a byte first;
// each block of them has a scale and a zero point.
type blocks struct {
	rows, columns int
	bits, size    int
	packedZeros   bool // zero points are codes too; else floats
}

// perRow returns the number of blocks of a row.
func (k blocks) perRow() int { return (k.columns + k.size - 1) / k.size }

// bytesOf returns how many bytes so many codes take.
func (k blocks) bytesOf(codes int) int { return (codes*k.bits + 7) / 8 }

// code returns a code of those that begin at a byte.
func (k blocks) code(bytes []uint8, i int) uint8 {
	bit := i * k.bits
	return bytes[bit/8] >> (bit % 8) & (1<<k.bits - 1)
}

// unpack gives (code − zero point)·scale. Without zero points they are half the range of the codes.
func (k blocks) unpack(to []float32, bytes []uint8, scales, zeros []float32, zeroCodes []uint8) {
	per := k.perRow()
	blob := k.bytesOf(k.size)
	for row := range k.rows {
		for block := range per {
			at := row*per + block
			zero := float32(uint(1) << (k.bits - 1))
			switch {
			case len(zeros) > 0:
				zero = zeros[at]
			case len(zeroCodes) > 0:
				zero = float32(k.code(zeroCodes[row*k.bytesOf(per):], block))
			}
			from, codes := block*k.size, bytes[at*blob:][:blob]
			part := to[row*k.columns:][from:min(from+k.size, k.columns)]
			for i := range part {
				part[i] = (float32(k.code(codes, i)) - zero) * scales[at]
			}
		}
	}
}

// unpacked returns the numbers (rows, columns) that codes, scales and zero points of three inputs
// stand for; of constants they are computed once for all plans.
func unpacked(c *plan.Call, k blocks, codes, scale, zero int) *graph.Value {
	per := k.perRow()
	bytes := []int{k.rows * per * k.bytesOf(k.size), k.rows * per}
	if tensors.Size(c.Shape(codes)) != bytes[0] || c.Element(codes) != value.Uint8 ||
		tensors.Size(c.Shape(scale)) != bytes[1] {
		c.Fail("%d rows of %d codes of %d bits in blocks of %d from %v with scales %v", k.rows,
			k.columns,
			k.bits, k.size, c.Val(codes), c.Val(scale))
	}
	all, constant := []int{codes, scale}, true
	if c.Has(zero) {
		all = append(all, zero)
		k.packedZeros = c.Element(zero) == value.Uint8
		want := k.rows * per
		if k.packedZeros {
			want = k.rows * k.bytesOf(per)
		}
		if tensors.Size(c.Shape(zero)) != want {
			c.Fail("zero points %v for scales %v", c.Val(zero), c.Val(scale))
		}
	}
	for _, i := range all {
		constant = constant && c.Val(i).Constant != nil
	}
	if constant {
		key := plan.DerivedKey{By: plan.OperatorOf(c.Node).Name, Settings: k, Of: c.Known(codes),
			Scale: c.Known(scale)}
		var zeros []float32
		var zeroCodes []uint8
		if c.Has(zero) {
			key.Zero = c.Known(zero)
			if k.packedZeros {
				zeroCodes = tensor.Words[uint8](key.Zero.Array())
			} else {
				zeros = float32s(key.Zero)
			}
		}
		return c.Tracer.Value(plan.ConstantVal(plan.Derive(c.Machine.Session, key,
			func() *value.Value {
				out := tensor.NewArray(tensor.Float32Type, k.rows, k.columns)
				k.unpack(tensor.Elements[float32](out), tensor.Words[uint8](key.Of.Array()),
					float32s(key.Scale),
					zeros, zeroCodes)
				return value.NewTensor(out)
			})))
	}
	inputs := []*graph.Value{c.Value(codes), c.Float(scale)}
	if c.Has(zero) && k.packedZeros {
		inputs = append(inputs, c.Value(zero))
	} else if c.Has(zero) {
		inputs = append(inputs, c.Float(zero))
	}
	return c.Native("unpack_blocks", tensor.Float32Type, []int{k.rows, k.columns},
		func(in []*tensor.Array, out *tensor.Array) func() {
			return func() {
				var zeros []float32
				var zeroCodes []uint8
				if len(in) == 3 && k.packedZeros {
					zeroCodes = tensor.Words[uint8](in[2])
				} else if len(in) == 3 {
					zeros = tensor.Elements[float32](in[2])
				}
				k.unpack(tensor.Elements[float32](out), tensor.Words[uint8](in[0]),
					tensor.Elements[float32](in[1]), zeros, zeroCodes)
			}
		}, inputs...)
}

// float32s returns the elements of a tensor of floats, halves too, as float32.
func float32s(v *value.Value) []float32 {
	out := make([]float32, v.Len())
	for i, x := range tensors.Floats(v) {
		out[i] = float32(x)
	}
	return out
}

// matMulNBits is a·bᵀ + bias, b being N rows of K codes. Whatever the accuracy level, a stays as it
// is.
func matMulNBits(c *plan.Call) {
	k := blocks{rows: c.AttrInt("N", 0), columns: c.AttrInt("K", 0), bits: c.AttrInt("bits", 4),
		size: c.AttrInt("block_size", 0)}
	if k.size < 1 || k.columns < 1 || k.rows < 1 {
		c.Fail("%d rows of %d codes in blocks of %d", k.rows, k.columns, k.size)
	}
	y := standard.Product(c, c.Float(0), unpacked(c, k, 1, 2, 3), false, true)
	if c.Has(5) {
		y = op.Add(c.B(), y, c.Float(5))
	}
	c.SetLike(0, y, 0)
}
