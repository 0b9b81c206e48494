package nn

import (
	"fmt"
	"strconv"

	"simdnn/graph"
	"simdnn/graph/op"
)

// TransformerLayer is a layer of a Transformer (Vaswani et al. 2017) over sequences (batch, time,
// Width): self-attention, of a decoder attention to another sequence, the memory, and two dense
// layers of Hidden units between, each added to its input and normalised:
//
//	x ← norm1(x + selfAttention(x)); x ← norm2(x + attention(x, memory)); x ← norm3(x + dense(x))
//
// An encoder's layer has no second line. Parameters have the names and shapes of PyTorch's
// TransformerEncoderLayer and TransformerDecoderLayer with batch_first: self_attn.in_proj_weight,
// multihead_attn.…, linear1.weight, norm1.weight and so on. See [NewTransformerEncoderLayer] and
// [NewTransformerDecoderLayer]; other settings are fields.
type TransformerLayer struct {
	Width  int `json:"width"`
	Heads  int `json:"heads"`
	Hidden int `json:"hidden"`
	// Memory is set for a decoder's layer.
	Memory bool `json:"memory,omitempty"`
	// NormFirst normalises what enters each part, not what leaves it (Xiong et al. 2020):
	// x ← x + part(norm(x)).
	NormFirst bool `json:"norm_first,omitempty"`
	// Activation stands between the dense layers: [ReLU] if it is not set.
	Activation Activation `json:"activation,omitzero"`
	// Dropout is the share of what is set to 0 in training: of the weights of attention, between
	// the dense layers, and of what is added. PyTorch's default is 0.1.
	Dropout float64 `json:"dropout,omitempty"`
	// Groups, Causal and Rotary are those of the self-attention, see [Attention].
	Groups int     `json:"groups,omitempty"`
	Causal bool    `json:"causal,omitempty"`
	Rotary float64 `json:"rotary,omitempty"`

	selfAttention, memoryAttention *Attention
	linear1, linear2               *Dense
	norms                          [3]*Normalization
}

// NewTransformerEncoderLayer returns a layer whose steps see the whole sequence.
func NewTransformerEncoderLayer(width, heads, hidden int) *TransformerLayer {
	return &TransformerLayer{Width: width, Heads: heads, Hidden: hidden}
}

// NewTransformerDecoderLayer returns a layer whose steps see those before them, and a memory.
func NewTransformerDecoderLayer(width, heads, hidden int) *TransformerLayer {
	return &TransformerLayer{Width: width, Heads: heads, Hidden: hidden, Memory: true, Causal: true}
}

// TransformerMasks say what the steps of a sequence see, as [Attention.Attend] takes them; nil for
// everything. Causal layers mask what comes later themselves.
type TransformerMasks struct {
	Self   *graph.Value // of the sequence
	Memory *graph.Value // of the memory
}

// Apply returns what an encoder's layer makes of x.
func (l *TransformerLayer) Apply(b *Builder, x *graph.Value) *graph.Value {
	return l.Transform(b, x, nil, TransformerMasks{})
}

// Transform returns what the layer makes of x (batch, time, Width), and a decoder's of the memory
// (batch, other time, Width), which else is nil.
func (l *TransformerLayer) Transform(b *Builder, x, memory *graph.Value,
	masks TransformerMasks) *graph.Value {
	switch s := x.Shape(); {
	case len(s) != 3 || !s[2].Is(l.Width):
		b.Fail("it takes (batch, time, %d), not %v", l.Width, s)
	case l.Memory && memory == nil:
		b.Fail("a decoder's layer needs a memory: call Transform within a Network")
	case !l.Memory && memory != nil:
		b.Fail("an encoder's layer takes no memory")
	}
	if b.Err() != nil {
		return x
	}
	l.prepare()
	parts := 0
	add := func(part func(x *graph.Value) *graph.Value) {
		norm, scope := l.norms[parts], "norm"+strconv.Itoa(parts+1)
		parts++
		in := x
		if l.NormFirst {
			in = b.Layer(scope, norm, x)
		}
		x = op.Add(b.Builder, x, Dropout{l.Dropout}.Apply(b, part(in)))
		if !l.NormFirst {
			x = b.Layer(scope, norm, x)
		}
	}
	add(func(x *graph.Value) (y *graph.Value) {
		b.In("self_attn", func() { y = l.selfAttention.Attend(b, x, x, x, masks.Self) })
		return y
	})
	if l.Memory {
		add(func(x *graph.Value) (y *graph.Value) {
			b.In("multihead_attn", func() {
				y = l.memoryAttention.Attend(b, x, memory, memory, masks.Memory)
			})
			return y
		})
	}
	add(func(x *graph.Value) *graph.Value {
		h := Dropout{l.Dropout}.Apply(b, b.Layer("linear1", l.linear1, x))
		return b.Layer("linear2", l.linear2, h)
	})
	return x
}

// prepare makes the parts of the layer when it is applied first.
func (l *TransformerLayer) prepare() {
	if l.linear1 != nil {
		return
	}
	activation := l.Activation
	if !activation.valid() {
		activation = ReLU
	}
	l.selfAttention = &Attention{Width: l.Width, Heads: l.Heads, Groups: l.Groups, Causal: l.Causal,
		Rotary: l.Rotary, Dropout: l.Dropout}
	l.memoryAttention = &Attention{Width: l.Width, Heads: l.Heads, Dropout: l.Dropout}
	l.linear1, l.linear2 = NewDense(l.Width, l.Hidden, activation),
		NewDense(l.Hidden, l.Width, Linear)
	for i := range l.norms {
		l.norms[i] = NewLayerNorm(l.Width)
	}
}

// Incremental reports whether the steps see nothing that comes later, and no memory: a decoder's
// layer takes them step by step within an [IncrementalNetwork].
func (l *TransformerLayer) Incremental() bool { return l.Causal && !l.Memory }

// fresh returns a layer of the same settings with parameters of its own.
func (l TransformerLayer) fresh() *TransformerLayer {
	l.selfAttention, l.memoryAttention, l.linear1, l.linear2 = nil, nil, nil, nil
	clear(l.norms[:])
	return &l
}

// String describes the layer: "Transformer encoder 64, 4 heads, 256 hidden".
func (l *TransformerLayer) String() string {
	kind := "encoder"
	if l.Memory {
		kind = "decoder"
	}
	return fmt.Sprintf("Transformer %s %d, %d heads, %d hidden", kind, l.Width, l.Heads, l.Hidden)
}

// TransformerStack are layers of one kind, one above another. Its parameters have the names of
// PyTorch's TransformerEncoder and TransformerDecoder: layers.0.self_attn.in_proj_weight and so on,
// and norm.weight of the last normalisation.
type TransformerStack struct {
	Layer TransformerLayer `json:"layer"` // the settings of each
	Depth int              `json:"depth"`
	// Norm adds a normalisation behind the last layer, as layers with NormFirst need it.
	Norm bool `json:"norm,omitempty"`

	layers []*TransformerLayer
	norm   *Normalization
}

// NewTransformerStack returns so many layers with the settings of one.
func NewTransformerStack(layer *TransformerLayer, depth int, norm bool) *TransformerStack {
	return &TransformerStack{Layer: *layer, Depth: depth, Norm: norm}
}

// Apply returns what an encoder makes of x.
func (s *TransformerStack) Apply(b *Builder, x *graph.Value) *graph.Value {
	return s.Transform(b, x, nil, TransformerMasks{})
}

// Transform returns what the layers make of x, as [TransformerLayer.Transform] does.
func (s *TransformerStack) Transform(b *Builder, x, memory *graph.Value,
	masks TransformerMasks) *graph.Value {
	if s.Depth < 1 {
		b.Fail("a stack of %d layers", s.Depth)
		return x
	}
	for i := range s.Depth {
		if i == len(s.layers) {
			s.layers = append(s.layers, s.Layer.fresh())
		}
		b.In("layers."+strconv.Itoa(i), func() { x = s.layers[i].Transform(b, x, memory, masks) })
	}
	if !s.Norm {
		return x
	}
	if s.norm == nil {
		s.norm = NewLayerNorm(s.Layer.Width)
	}
	return b.Layer("norm", s.norm, x)
}

// Incremental reports whether the layers are.
func (s *TransformerStack) Incremental() bool { return s.Layer.Incremental() }

// String describes the stack: "6 × Transformer encoder 64, 4 heads, 256 hidden".
func (s *TransformerStack) String() string { return fmt.Sprintf("%d × %v", s.Depth, &s.Layer) }

// Transformer is a [Network] of an encoder, which reads a source (batch, n, Width), and a decoder,
// which makes (batch, m, Width) of a target and what the encoder gives: PyTorch's Transformer, with
// its names of parameters, encoder.layers.0.… and decoder.layers.0.….
type Transformer struct {
	Encoder, Decoder *TransformerStack
	// Padded adds two inputs, the lengths (batch) of sources and of targets that are padded to one
	// length each: nothing depends on the padding but its own outputs.
	Padded bool
}

// NewTransformer returns encoder and decoder of so many layers, each with a normalisation behind.
func NewTransformer(width, heads, hidden, depth int) *Transformer {
	return &Transformer{
		Encoder: NewTransformerStack(NewTransformerEncoderLayer(width, heads, hidden), depth, true),
		Decoder: NewTransformerStack(NewTransformerDecoderLayer(width, heads, hidden), depth, true)}
}

// Apply returns the decoder's output for a source, a target, and their lengths if they are padded.
func (t *Transformer) Apply(b *Builder, inputs []*graph.Value) []*graph.Value {
	want := 2
	if t.Padded {
		want = 4
	}
	if len(inputs) != want {
		b.Fail("it takes %d inputs, sources and targets with lengths if they are padded, not %d",
			want,
			len(inputs))
		return nil
	}
	source, target := inputs[0], inputs[1]
	var ofSource, ofTarget *graph.Value
	if t.Padded {
		ofSource = PaddingMask(b, inputs[2], source)
		if !b.inSteps(target) { // which know of none that comes later
			ofTarget = PaddingMask(b, inputs[3], target)
		}
	}
	source = b.Once("memory", func() (y []*graph.Value) {
		b.In("encoder", func() {
			y = append(y, t.Encoder.Transform(b, source, nil, TransformerMasks{Self: ofSource}))
		})
		return y
	})[0]
	b.In("decoder", func() {
		target = t.Decoder.Transform(b, target, source, TransformerMasks{ofTarget, ofSource})
	})
	return []*graph.Value{target}
}

// StepInput returns the target, if its steps see nothing that comes later.
func (t *Transformer) StepInput() (input int, ok bool) { return 1, t.Decoder.Layer.Causal }
