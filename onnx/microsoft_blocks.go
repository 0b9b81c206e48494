package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// microsoftBlocks are the operators of ONNX Runtime's domain on weights in blocks of a few bits.
var microsoftBlocks = []operator{
	{name: "MatMulNBits", since: 1, min: 3, max: 6, attributes: "K N accuracy_level bits=2,4,8 " +
		"block_size weight_prepacked=0", refused: map[int]string{4: "g_idx"}, translate: matMulNBits},
}

// blocks are rows of codes: of each row so many, of so many bits, the lowest bits of a byte first; each
// block of them has a scale and a zero point.
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

// unpacked returns the numbers (rows, columns) that codes, scales and zero points of three inputs stand
// for; of constants they are computed once for all plans.
func (c *call) unpacked(k blocks, codes, scale, zero int) *graph.Value {
	per := k.perRow()
	bytes := []int{k.rows * per * k.bytesOf(k.size), k.rows * per}
	if sizeOf(c.shape(codes)) != bytes[0] || c.element(codes) != Uint8 || sizeOf(c.shape(scale)) != bytes[1] {
		c.fail("%d rows of %d codes of %d bits in blocks of %d from %v with scales %v", k.rows, k.columns,
			k.bits, k.size, c.val(codes), c.val(scale))
	}
	all, constant := []int{codes, scale}, true
	if c.has(zero) {
		all = append(all, zero)
		k.packedZeros = c.element(zero) == Uint8
		want := k.rows * per
		if k.packedZeros {
			want = k.rows * k.bytesOf(per)
		}
		if sizeOf(c.shape(zero)) != want {
			c.fail("zero points %v for scales %v", c.val(zero), c.val(scale))
		}
	}
	for _, i := range all {
		constant = constant && c.val(i).constant != nil
	}
	if constant {
		key := derivedKey{by: c.node.op.name, settings: k, of: c.known(codes), scale: c.known(scale)}
		var zeros []float32
		var zeroCodes []uint8
		if c.has(zero) {
			key.zero = c.known(zero)
			if k.packedZeros {
				zeroCodes = tensor.Words[uint8](key.zero.array)
			} else {
				zeros = float32s(key.zero)
			}
		}
		return c.tracer.value(constantVal(derive(c.machine.session, key, func() *Value {
			out := tensor.NewArray(tensor.Float32Type, k.rows, k.columns)
			k.unpack(tensor.Elements[float32](out), tensor.Words[uint8](key.of.array), float32s(key.scale),
				zeros, zeroCodes)
			return NewTensor(out)
		})))
	}
	inputs := []*graph.Value{c.value(codes), c.float(scale)}
	if c.has(zero) && k.packedZeros {
		inputs = append(inputs, c.value(zero))
	} else if c.has(zero) {
		inputs = append(inputs, c.float(zero))
	}
	return c.native("unpack_blocks", tensor.Float32Type, []int{k.rows, k.columns},
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
func float32s(v *Value) []float32 {
	out := make([]float32, v.len())
	for i, x := range Floats(v) {
		out[i] = float32(x)
	}
	return out
}

// matMulNBits is a·bᵀ + bias, b being N rows of K codes. Whatever the accuracy level, a stays as it is.
func matMulNBits(c *call) {
	k := blocks{rows: c.attrInt("N", 0), columns: c.attrInt("K", 0), bits: c.attrInt("bits", 4),
		size: c.attrInt("block_size", 0)}
	if k.size < 1 || k.columns < 1 || k.rows < 1 {
		c.fail("%d rows of %d codes in blocks of %d", k.rows, k.columns, k.size)
	}
	y := c.product(c.float(0), c.unpacked(k, 1, 2, 3), false, true)
	if c.has(5) {
		y = op.Add(c.b(), y, c.float(5))
	}
	c.setLike(0, y, 0)
}
