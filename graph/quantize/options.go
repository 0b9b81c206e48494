package quantize

import (
	"cmp"
	"fmt"
	"slices"
)

// Method says what becomes of weights and of what they are multiplied by.
type Method string

const (
	// Dynamic makes weights int8, with a scale for each column or filter, and quantises what they
	// are multiplied by when the graph runs: each row by its own range, to uint8. It is for
	// products; convolutions keep floats before weights that are stored as integers.
	Dynamic Method = "dynamic"
	// Static makes weights int8 likewise, and quantises what they are multiplied by within one
	// range for all, which calibration finds, or a training found before: that of
	// [simdnn/graph/op.FakeQuantize] for 8 bits.
	Static Method = "static"
	// BFloat16 and Float16 round weights to halves. All else stays float32.
	BFloat16 Method = "bf16"
	Float16  Method = "f16"
	// Uint8 and Uint4 make weights of products integers of 8 or 4 bits with a scale and a zero
	// point for each block of a column; other weights int8. All else stays float32.
	Uint8 Method = "u8"
	Uint4 Method = "u4"
)

// Methods lists all methods.
func Methods() []Method { return []Method{Dynamic, Static, BFloat16, Float16, Uint8, Uint4} }

// Calibration says how the range of a value is chosen that [Static] quantises: from the smallest to
// the largest number of the samples, or a part of that.
type Calibration string

const (
	// MinMax takes the whole range.
	MinMax Calibration = "minmax"
	// Percentile leaves so many of the largest and the smallest numbers out.
	Percentile Calibration = "percentile"
	// MSE takes the range whose mean squared error is the least, of weights, too.
	MSE Calibration = "mse"
)

// Calibrations lists all calibrations.
func Calibrations() []Calibration { return []Calibration{MinMax, Percentile, MSE} }

// Options say how a graph is quantised. The zero value stands for [Dynamic].
type Options struct {
	Method      Method      // "" stands for Dynamic
	Calibration Calibration // of Static; "" stands for MinMax
	// Percentile is how much of a value's numbers its range holds, 99.999 if it is 0.
	Percentile float64
	// Symmetric makes what Static quantises int8 around 0 instead of uint8 around a zero point.
	Symmetric bool
	// PerTensor gives all weights of a node one scale instead of one for each column or filter.
	PerTensor bool
	// Block is the number of rows of a block of Uint8 and Uint4, 32 if it is 0. Columns that are no
	// multiple of it are one block.
	Block int
	// Exclude names nodes that stay as they are: by [Node.Name], or by a scope that they are in. It
	// is an error if no node that would be quantised has such a name.
	Exclude []string
	// KeepFirst and KeepLast leave the first and the last node as they are.
	KeepFirst, KeepLast bool
	// KeepBelow leaves nodes as they are whose ratio of signal to noise is less by rounding their own
	// values alone, see [Node.Alone]; 0 leaves none. It needs samples.
	KeepBelow float64
	// CorrectBias takes the mean error that rounding makes at each filter of a convolution and each
	// column of a product, for the samples, out of what the node gives. They are those of a node
	// whose input is right: it pays where KeepBelow leaves large errors out. It needs samples.
	CorrectBias bool
}

// check returns the options with their defaults, or says what is wrong with them.
func (o Options) check() (Options, error) {
	o.Method, o.Calibration = cmp.Or(o.Method, Dynamic), cmp.Or(o.Calibration, MinMax)
	o.Percentile, o.Block = cmp.Or(o.Percentile, 99.999), cmp.Or(o.Block, 32)
	switch {
	case !slices.Contains(Methods(), o.Method):
		return o, fmt.Errorf("quantize: the method %q is not one of %v", o.Method, Methods())
	case !slices.Contains(Calibrations(), o.Calibration):
		return o, fmt.Errorf("quantize: the calibration %q is not one of %v", o.Calibration,
			Calibrations())
	case !(o.Percentile > 50 && o.Percentile <= 100):
		return o, fmt.Errorf("quantize: a percentile of %v, which is not above 50 and at most 100",
			o.Percentile)
	case o.Block < 1:
		return o, fmt.Errorf("quantize: blocks of %d", o.Block)
	case !(o.KeepBelow >= 0):
		return o, fmt.Errorf("quantize: nodes are kept below %v dB, which is no bound", o.KeepBelow)
	}
	return o, nil
}
