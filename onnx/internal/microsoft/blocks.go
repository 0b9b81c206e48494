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
		"block_size weight_prepacked=0", Translate: matMulNBits},
}

// blocks are rows of codes: of each row so many, of so many bits, the lowest bits of a byte first;
// each block of them has a scale and a zero point.
type blocks struct {
	rows, columns int
	bits, size    int
	packedZeros   bool // zero points are codes too; else floats
	// groups has the block of each column whose scale and zero point are its own, as GPTQ orders
	// columns by what they are multiplied by; nil if they are those of the block that it is in.
	groups *value.Value
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
	per, groups := k.perRow(), k.columnGroups()
	zeroRow := make([]float32, per)
	for row := range k.rows {
		for block := range zeroRow {
			zeroRow[block] = float32(uint(1) << (k.bits - 1))
			switch {
			case len(zeros) > 0:
				zeroRow[block] = zeros[row*per+block]
			case len(zeroCodes) > 0:
				zeroRow[block] = float32(k.code(zeroCodes[row*k.bytesOf(per):], block))
			}
		}
		for block := range per {
			from, codes := block*k.size, bytes[(row*per+block)*k.bytesOf(k.size):]
			part := to[row*k.columns:][from:min(from+k.size, k.columns)]
			for i := range part {
				group := block
				if groups != nil {
					group = int(groups[from+i])
				}
				part[i] = (float32(k.code(codes, i)) - zeroRow[group]) * scales[row*per+group]
			}
		}
	}
}

// checked returns k with the kind of its zero points, or fails if three inputs are no codes, scales
// and zero points of it.
func (k blocks) checked(c *plan.Call, codes, scale, zero int) blocks {
	per := k.perRow()
	bytes := []int{k.rows * per * k.bytesOf(k.size), k.rows * per}
	if tensors.Size(c.Shape(codes)) != bytes[0] || c.Element(codes) != value.Uint8 ||
		tensors.Size(c.Shape(scale)) != bytes[1] {
		c.Fail("%d rows of %d codes of %d bits in blocks of %d from %v with scales %v", k.rows,
			k.columns, k.bits, k.size, c.Val(codes), c.Val(scale))
	}
	if c.Has(zero) {
		k.packedZeros = c.Element(zero) == value.Uint8
		want := k.rows * per
		if k.packedZeros {
			want = k.rows * k.bytesOf(per)
		}
		if tensors.Size(c.Shape(zero)) != want {
			c.Fail("zero points %v for scales %v", c.Val(zero), c.Val(scale))
		}
	}
	return k
}

// constants are codes, scales and zero points that are known.
type constants struct {
	key       plan.DerivedKey
	zeros     []float32
	zeroCodes []uint8
}

// constantsOf returns three inputs, or says that they are not all constant.
func (k blocks) constantsOf(c *plan.Call, codes, scale, zero int) (all constants, ok bool) {
	if c.Val(codes).Constant == nil || c.Val(scale).Constant == nil ||
		c.Has(zero) && c.Val(zero).Constant == nil {
		return all, false
	}
	all.key = plan.DerivedKey{By: plan.OperatorOf(c.Node).Name, Settings: k, Of: c.Known(codes),
		Scale: c.Known(scale)}
	if c.Has(zero) {
		all.key.Zero = c.Known(zero)
		if k.packedZeros {
			all.zeroCodes = tensor.Words[uint8](all.key.Zero.Array())
		} else {
			all.zeros = float32s(all.key.Zero)
		}
	}
	return all, true
}

// compressed returns constant codes as products read them, those of 2 bits as some of 4, or nil if
// there are no kernels for them: for one row, which would be a dot, for zero points that are no
// codes, or for their blocks. Columns are ordered by their groups, see [blocks.order].
func (k blocks) compressed(c *plan.Call, all constants) *op.CompressedWeights {
	order := k.order()
	if k.rows == 1 || all.zeros != nil || k.groups != nil && order == nil {
		return nil
	}
	all.key.Packed = true
	return plan.Derive(c.Machine.Session, all.key, func() *op.CompressedWeights {
		per, bytes := k.perRow(), tensor.Words[uint8](all.key.Of.Array())
		codes := tensor.Codes{Bits: max(k.bits, 4), Rows: k.columns, Cols: k.rows, Block: k.size,
			Scales: float32s(all.key.Scale)}
		for at := range k.rows * per {
			if len(all.zeroCodes) > 0 {
				row := all.zeroCodes[at/per*k.bytesOf(per):]
				codes.Zeros = append(codes.Zeros, k.code(row, at%per))
			} else if k.bits == 2 { // whose middle isn't that of 4 bits
				codes.Zeros = append(codes.Zeros, 2)
			}
		}
		row := per * k.bytesOf(k.size)
		codes.Column = func(column []uint8, j int) {
			for to := range column {
				i := to
				if order != nil {
					i = int(order[to])
				}
				block := bytes[j*row+i/k.size*k.bytesOf(k.size):]
				column[to] = k.code(block, i%k.size)
			}
		}
		return op.CodeWeights(codes)
	})
}

// unpacked returns the numbers (rows, columns) that codes, scales and zero points of three inputs
// stand for; of constants they are computed once for all plans.
func (k blocks) unpacked(c *plan.Call, codes, scale, zero int) *graph.Value {
	if all, ok := k.constantsOf(c, codes, scale, zero); ok {
		return c.Tracer.Value(plan.ConstantVal(plan.Derive(c.Machine.Session, all.key,
			func() *value.Value {
				out := tensor.NewArray(tensor.Float32Type, k.rows, k.columns)
				k.unpack(tensor.Elements[float32](out), tensor.Words[uint8](all.key.Of.Array()),
					float32s(all.key.Scale), all.zeros, all.zeroCodes)
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

// matMulNBits is a·bᵀ + bias, b being N rows of K codes. At the accuracy level 4, which allows it,
// a is rounded to bytes where there are kernels for that; at others it stays as it is.
func matMulNBits(c *plan.Call) {
	k := blocks{rows: c.AttrInt("N", 0), columns: c.AttrInt("K", 0), bits: c.AttrInt("bits", 4),
		size: c.AttrInt("block_size", 0)}
	if k.size < 1 || k.columns < 1 || k.rows < 1 {
		c.Fail("%d rows of %d codes in blocks of %d", k.rows, k.columns, k.size)
	}
	k = k.checked(c, 1, 2, 3)
	if c.Has(4) {
		k = k.grouped(c, 4)
	}
	c.SetLike(0, k.product(c), 0)
}

// product multiplies by constants as they are, or else by the numbers that they stand for.
func (k blocks) product(c *plan.Call) *graph.Value {
	x := c.Float(0)
	if all, ok := k.constantsOf(c, 1, 2, 3); ok {
		if w := k.compressed(c, all); w != nil {
			c.KeepWhole()
			if order := k.order(); order != nil {
				x = op.Gather(c.B(), x, c.B().Constant(tensor.ArrayOf(order, len(order))), -1)
			}
			product := op.CompressedProduct{Weights: w, Bias: c.Has(5),
				Round: c.AttrInt("accuracy_level", 0) == 4 && k.bits == 4 && w.HasDots()}
			if product.Bias {
				return c.B().Apply(product, x, c.Float(5))
			}
			return c.B().Apply(product, x)
		}
	}
	y := standard.Product(c, x, k.unpacked(c, 1, 2, 3), false, true)
	if c.Has(5) {
		y = op.Add(c.B(), y, c.Float(5))
	}
	return y
}
