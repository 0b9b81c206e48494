package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// FourierConv is a convolution of signals with one channel, (batch, 1, samples), whose filters are
// the turns of a [Spectrum] in a window, the second input, of Length numbers: it gives the real
// parts of all bins and then the imaginary ones, (batch, 2·Bins, frames). The rewriting of graphs
// makes it; it has no gradient.
type FourierConv struct {
	Length int `json:"length"` // of a frame, even
	Step   int `json:"step"`   // from a frame to the next
	Bins   int `json:"bins"`   // at most Length
	// Conjugate gives the imaginary parts other signs: those of filters with positive sines.
	Conjugate bool `json:"conjugate,omitempty"`
	// ChannelsLast says that it takes (batch, samples, 1) and gives (batch, frames, 2·Bins).
	ChannelsLast bool `json:"channelsLast,omitempty"`
}

// Name returns "conv_fourier".
func (FourierConv) Name() string { return "conv_fourier" }

// Images returns that signals and spectra have channels.
func (FourierConv) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for signals that are stored sample by sample.
func (o FourierConv) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// spectrum returns what it does to samples without channels.
func (o FourierConv) spectrum() Spectrum {
	return Spectrum{Length: o.Length, Step: o.Step, Bins: o.Bins, Windowed: true}
}

// Infer returns the shape with a channel for each part of a bin.
func (o FourierConv) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	if s := in[0].Shape; len(s) != 3 {
		return nil, fmt.Errorf("signals of the shape %v, which has %d dimensions, not 3", s, len(s))
	}
	channels, samples := split(in[0].Shape, o.ChannelsLast)
	if !channels.Is(1) {
		return nil, fmt.Errorf("signals with %v channels, not 1", channels)
	}
	batch := in[0].Shape[0]
	out, err := o.spectrum().Infer([]graph.Type{in[0].With(graph.Shape{batch, samples[0]}), in[1]})
	if err != nil {
		return nil, err
	}
	frames := out[0].Shape[1:2]
	return []graph.Type{in[0].With(join(batch, graph.Fixed(2*o.Bins), frames, o.ChannelsLast))}, nil
}

// Bind returns a step that goes from block to block of frames.
func (o FourierConv) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFourierConv[float32], bindFourierConv[float64])
}

func bindFourierConv[T tensor.Float](o FourierConv, b *graph.Binding) (graph.Step, error) {
	_, samples := split(b.Inputs[0].Shape(), o.ChannelsLast)
	_, frames := split(b.Outputs[0].Shape(), o.ChannelsLast)
	s := &spectrum[T]{Spectrum: o.spectrum(), x: tensor.Slot[T](b.Inputs[0]),
		window: tensor.Slot[T](b.Inputs[1]), y: tensor.Slot[T](b.Outputs[0]),
		samples: samples[0], frames: frames[0], conjugate: o.Conjugate}
	if o.ChannelsLast {
		s.frame, s.bin, s.imaginary = 2*o.Bins, 1, o.Bins
	} else {
		s.frame, s.bin, s.imaginary = 1, s.frames, o.Bins*s.frames
	}
	return s.bind(b), nil
}
