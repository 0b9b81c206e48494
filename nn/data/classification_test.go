package data

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// classificationArgs are recorded arguments of make_classification; pointers tell what is left at
// its default.
type classificationArgs struct {
	Samples     *int            `json:"n_samples"`
	Features    *int            `json:"n_features"`
	Informative *int            `json:"n_informative"`
	Redundant   *int            `json:"n_redundant"`
	Repeated    *int            `json:"n_repeated"`
	Classes     *int            `json:"n_classes"`
	Clusters    *int            `json:"n_clusters_per_class"`
	Weights     []float64       `json:"weights"`
	FlipY       *float64        `json:"flip_y"`
	ClassSep    *float64        `json:"class_sep"`
	Hypercube   *bool           `json:"hypercube"`
	Shift       json.RawMessage `json:"shift"` // null means at random
	Scale       json.RawMessage `json:"scale"` // null means at random
	Shuffle     *bool           `json:"shuffle"`
	Seed        uint32          `json:"random_state"`
}

// options returns the recorded arguments, with the defaults where none is recorded.
func (a classificationArgs) options(t *testing.T) ClassificationOptions {
	o := DefaultClassification()
	override(&o.Samples, a.Samples)
	override(&o.Features, a.Features)
	override(&o.Informative, a.Informative)
	override(&o.Redundant, a.Redundant)
	override(&o.Repeated, a.Repeated)
	override(&o.Classes, a.Classes)
	override(&o.ClustersPerClass, a.Clusters)
	override(&o.FlipY, a.FlipY)
	override(&o.ClassSep, a.ClassSep)
	override(&o.Hypercube, a.Hypercube)
	override(&o.Shuffle, a.Shuffle)
	o.Weights, o.Seed = a.Weights, a.Seed
	for _, v := range []struct {
		recorded json.RawMessage
		values   *[]float64
		random   *bool
	}{{a.Shift, &o.Shift, &o.RandomShift}, {a.Scale, &o.Scale, &o.RandomScale}} {
		switch {
		case string(v.recorded) == "null":
			*v.random = true
		case v.recorded != nil && v.recorded[0] == '[':
			require.NoError(t, json.Unmarshal(v.recorded, v.values))
		case v.recorded != nil:
			require.NoError(t, json.Unmarshal(v.recorded, &(*v.values)[0]))
		}
	}
	return o
}

func TestMakeClassificationAsScikitLearn(t *testing.T) {
	type problem struct {
		Args classificationArgs
		X, Y recorded
	}
	for i, c := range readGolden[problem](t, "classification.json") {
		o := c.Args.options(t)
		x, y, err := MakeClassification(o)
		require.NoError(t, err)
		classes := make([]int, y.Len())
		for i, v := range y.Data() {
			classes[i] = int(v)
		}
		require.Equal(t, c.Y.Shape, y.Shape())
		c.Y.requireInts(t, classes, "y")
		if o.Samples == 5 ||
			o.Classes == 127 { // clusters of one sample, whose product is summed in another order
			require.InDeltaSlice(t, c.X.Head, x.Data()[:len(c.X.Head)], 1e-14)
			continue
		}
		c.X.requireTensor(t, x, fmt.Sprintf("x of case %d", i))
	}
}

func TestMakeClassificationRejectsBadArguments(t *testing.T) {
	for want, change := range map[string]func(*ClassificationOptions){
		"0 samples":               func(o *ClassificationOptions) { o.Samples = 0 },
		"0 classes of 2":          func(o *ClassificationOptions) { o.Classes = 0 },
		"2 classes of 0":          func(o *ClassificationOptions) { o.ClustersPerClass = 0 },
		"0 informative":           func(o *ClassificationOptions) { o.Informative = 0 },
		"-1 redundant":            func(o *ClassificationOptions) { o.Redundant = -1 },
		"more than the 3":         func(o *ClassificationOptions) { o.Features = 3 },
		"3 classes × 2 clusters":  func(o *ClassificationOptions) { o.Classes = 3 },
		"4 weights, but 2 or 1":   func(o *ClassificationOptions) { o.Weights = []float64{1, 2, 3, 4} },
		"weight of class 1 is -1": func(o *ClassificationOptions) { o.Weights = []float64{2, -1} },
		"weight of class 0 is NaN": func(o *ClassificationOptions) {
			o.Weights = []float64{math.NaN()}
		},
		"less than nothing":     func(o *ClassificationOptions) { o.Weights = []float64{1.5} },
		"flipped classes is 2":  func(o *ClassificationOptions) { o.FlipY = 2 },
		"separation is +Inf":    func(o *ClassificationOptions) { o.ClassSep = math.Inf(1) },
		"2 numbers for shift":   func(o *ClassificationOptions) { o.Shift = []float64{1, 2} },
		"3 numbers for scale":   func(o *ClassificationOptions) { o.Scale = []float64{1, 2, 3} },
		"would be too large":    func(o *ClassificationOptions) { o.Samples, o.Features = math.MaxInt32, math.MaxInt32 },
		"arrays would be too l": func(o *ClassificationOptions) { o.Classes, o.Informative = math.MaxInt32, 40 },
		"arrays would be too":   func(o *ClassificationOptions) { o.Redundant = math.MaxInt },
	} {
		o := DefaultClassification()
		change(&o)
		_, _, err := MakeClassification(o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "make classification: ")
	}
}

// TestMakeClassificationWithoutShiftAndScale leaves out both, which then are 0 and 1.
func TestMakeClassificationWithoutShiftAndScale(t *testing.T) {
	o := DefaultClassification()
	want, _, err := MakeClassification(o)
	require.NoError(t, err)
	o.Shift, o.Scale = nil, nil
	got, _, err := MakeClassification(o)
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	o.Shift, o.Scale = []float64{0.5}, []float64{-3}
	got, _, err = MakeClassification(o)
	require.NoError(t, err)
	for i, v := range want.Data() {
		require.Equal(t, (v+0.5)*-3, got.Data()[i])
	}
}

// TestMakeClassificationRefusesLargeArrays finds each of the products that would be too large.
func TestMakeClassificationRefusesLargeArrays(t *testing.T) {
	for _, change := range []func(o *ClassificationOptions){
		func(o *ClassificationOptions) { o.Samples, o.Features = maxElements/20+1, 20 },
		func(o *ClassificationOptions) { o.Classes, o.ClustersPerClass = maxClusters/2+1, 2 },
		func(o *ClassificationOptions) {
			o.Samples, o.Classes, o.ClustersPerClass = 1, 64, 1
			o.Informative = maxElements/64 + 1
		},
		func(o *ClassificationOptions) {
			o.Samples, o.Classes, o.ClustersPerClass = 1, 2, 1
			o.Informative, o.Redundant = 1<<16, maxElements/(1<<16)
		},
	} {
		o := DefaultClassification()
		change(&o)
		_, _, err := MakeClassification(o)
		require.EqualError(t, err, "make classification: the arrays would be too large")
	}
}
