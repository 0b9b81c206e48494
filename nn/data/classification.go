package data

import (
	"errors"
	"fmt"
	"math"

	"simdnn/tensor"
)

// ClassificationOptions are the arguments of [MakeClassification]; [DefaultClassification] returns
// those that scikit-learn assumes.
type ClassificationOptions struct {
	Samples          int       // rows
	Features         int       // columns of x, of all kinds
	Informative      int       // features that tell the classes apart
	Redundant        int       // features that are linear combinations of the informative ones
	Repeated         int       // features that are copies of informative and redundant ones
	Classes          int       // classes
	ClustersPerClass int       // Gaussian clusters of each class
	Weights          []float64 // share of each class; the last may be left out; nil means equal shares
	FlipY            float64   // share of the samples whose class is drawn anew
	ClassSep         float64   // half the side of the hypercube on whose vertices the clusters sit
	Hypercube        bool      // clusters on a hypercube, not on a random polytope
	Shift            []float64 // added to the features: one number, or one a feature
	RandomShift      bool      // draw the shifts from [−ClassSep, ClassSep)
	Scale            []float64 // multiplies the features after the shift: one number, or one a feature
	RandomScale      bool      // draw the factors from [1, 101)
	Shuffle          bool      // put rows and features into random order
	Seed             uint32    // scikit-learn's random_state
}

// DefaultClassification returns the defaults of scikit-learn's make_classification, with the seed
// 0.
func DefaultClassification() ClassificationOptions {
	return ClassificationOptions{
		Samples: 100, Features: 20, Informative: 2, Redundant: 2, Classes: 2, ClustersPerClass: 2,
		FlipY: 0.01, ClassSep: 1, Hypercube: true, Shift: []float64{0}, Scale: []float64{1},
		Shuffle: true,
	}
}

// maxClusters bounds the clusters, since scikit-learn's draw of their places takes up to a hundred
// times as much memory.
const maxClusters = 1 << 20

// MakeClassification makes a random classification problem as make_classification of scikit-learn
// 1.2 does: Gaussian clusters, each with a covariance of its own, on the vertices of a hypercube,
// with redundant, repeated and useless features beside the informative ones. It returns x of shape
// (samples, features) and y of shape (samples, 1) with the number of the class.
//
// For the same arguments and integer random_state y is that of scikit-learn, and x has its bits
// where OpenBLAS multiplies as on a processor with AVX2 and FMA and one thread. Elsewhere the
// informative and redundant features can differ by a few units in the last place; and so they can
// in a cluster of a single sample, whose product is summed in another order.
func MakeClassification(o ClassificationOptions) (x, y *tensor.Tensor[float64], err error) {
	if err := o.check(); err != nil {
		return nil, nil, fmt.Errorf("make classification: %w", err)
	}
	rng := NewRandomState(o.Seed)
	xs, classes := newMatrix(o.Samples, o.Features), newMatrix(o.Samples, 1)
	o.placeClusters(rng, xs, classes)
	o.addFeatures(rng, xs)
	o.flipClasses(rng, classes)
	o.shiftAndScale(rng, xs)
	if o.Shuffle {
		rows := rng.Permutation(o.Samples)
		columns := rng.Permutation(o.Features)
		xs, classes = xs.pick(rows, columns), classes.pick(rows, nil)
	}
	return xs.tensor(), classes.tensor(), nil
}

// placeClusters draws the informative features, sample by sample, and the covariance and place of
// each cluster.
func (o *ClassificationOptions) placeClusters(rng *RandomState, x, classes matrix) {
	clusters := o.Classes * o.ClustersPerClass
	centroids := hypercubeVertices(rng, clusters, o.Informative)
	for i, v := range centroids.data {
		centroids.data[i] = float64(v*(2*o.ClassSep)) - o.ClassSep
	}
	if !o.Hypercube {
		for k := range clusters {
			scale(centroids.row(k), rng.Float64())
		}
		for j := range o.Informative {
			u := rng.Float64()
			for k := range clusters {
				centroids.row(k)[j] *= u
			}
		}
	}
	for i := range x.rows {
		for j := range o.Informative {
			x.row(i)[j] = rng.StandardNormal()
		}
	}
	end := 0
	for k, size := range o.clusterSizes() {
		start := end
		end = min(start+size,
			o.Samples) // weights that add up to more than 1 leave less to the last clusters
		cluster := x.part(start, end, 0, o.Informative)
		product(cluster, cluster, randomMap(rng, o.Informative, o.Informative))
		for i := range cluster.rows {
			for j, c := range centroids.row(k) {
				cluster.row(i)[j] += c
			}
			classes.data[start+i] = float64(k % o.Classes)
		}
	}
}

// clusterSizes returns the number of samples of each cluster; cluster k belongs to class k mod
// Classes.
func (o *ClassificationOptions) clusterSizes() []int {
	weights := o.Weights
	switch len(weights) {
	case 0:
		weights = make([]float64, o.Classes)
		for c := range weights {
			weights[c] = 1 / float64(o.Classes)
		}
	case o.Classes - 1:
		weights = append(append([]float64(nil), weights...), 1-sum(weights))
	}
	sizes := make([]int, o.Classes*o.ClustersPerClass)
	rest := o.Samples
	for k := range sizes {
		sizes[k] = int(float64(o.Samples) * weights[k%o.Classes] / float64(o.ClustersPerClass))
		rest -= sizes[k]
	}
	for i := range max(rest, 0) {
		sizes[i%len(sizes)]++
	}
	return sizes
}

// addFeatures fills in the redundant, repeated and useless features.
func (o *ClassificationOptions) addFeatures(rng *RandomState, x matrix) {
	informative := x.part(0, x.rows, 0, o.Informative)
	known := o.Informative + o.Redundant
	if o.Redundant > 0 {
		product(x.part(0, x.rows, o.Informative, known), informative,
			randomMap(rng, o.Informative, o.Redundant))
	}
	for j := known; j < known+o.Repeated; j++ {
		from := int(float64(float64(known-1)*rng.Float64()) + 0.5)
		for i := range x.rows {
			x.row(i)[j] = x.row(i)[from]
		}
	}
	for i := range x.rows {
		for j := known + o.Repeated; j < x.cols; j++ {
			x.row(i)[j] = rng.StandardNormal()
		}
	}
}

// flipClasses gives a share of the samples a class drawn at random.
func (o *ClassificationOptions) flipClasses(rng *RandomState, classes matrix) {
	var flipped []int
	for i := range classes.rows {
		if rng.Float64() < o.FlipY {
			flipped = append(flipped, i)
		}
	}
	for _, i := range flipped {
		classes.data[i] = float64(rng.Intn(o.Classes))
	}
}

// shiftAndScale moves and stretches the features.
func (o *ClassificationOptions) shiftAndScale(rng *RandomState, x matrix) {
	shift := perFeature(o.Shift, x.cols, 0)
	if o.RandomShift {
		for j := range shift {
			shift[j] = (2*rng.Float64() - 1) * o.ClassSep
		}
	}
	factor := perFeature(o.Scale, x.cols, 1)
	if o.RandomScale {
		for j := range factor {
			factor[j] = 1 + float64(100*rng.Float64())
		}
	}
	for i := range x.rows {
		row := x.row(i)
		for j := range row {
			row[j] = (row[j] + shift[j]) * factor[j]
		}
	}
}

// perFeature spreads one number, or none, to n features, and copies n numbers.
func perFeature(values []float64, n int, missing float64) []float64 {
	spread := make([]float64, n)
	for j := range spread {
		switch len(values) {
		case 0:
			spread[j] = missing
		case 1:
			spread[j] = values[0]
		default:
			spread[j] = values[j]
		}
	}
	return spread
}

// randomMap returns a matrix with elements uniform over [−1, 1).
func randomMap(rng *RandomState, rows, cols int) matrix {
	m := newMatrix(rows, cols)
	for i := range m.data {
		m.data[i] = 2*rng.Float64() - 1
	}
	return m
}

// check reports the first argument that make_classification could not work with.
func (o *ClassificationOptions) check() error {
	switch {
	case o.Samples < 1:
		return fmt.Errorf("%d samples, but at least 1 is needed", o.Samples)
	case o.Classes < 1 || o.ClustersPerClass < 1:
		return fmt.Errorf("%d classes of %d clusters each, but at least 1 of both is needed",
			o.Classes, o.ClustersPerClass)
	case o.Informative < 1:
		return fmt.Errorf("%d informative features, but at least 1 is needed", o.Informative)
	case o.Redundant < 0 || o.Repeated < 0:
		return fmt.Errorf(
			"%d redundant and %d repeated features, but the numbers can't be negative", o.Redundant,
			o.Repeated)
	case !fits(o.Samples, o.Features) || o.Classes > maxClusters/o.ClustersPerClass ||
		!fits(o.Classes*o.ClustersPerClass, o.Informative) ||
		!fits(o.Informative, o.Informative+o.Redundant):
		return errors.New("the arrays would be too large")
	case o.Informative+o.Redundant+o.Repeated > o.Features:
		return fmt.Errorf(
			"%d informative, %d redundant and %d repeated features must not be more than the %d features in all",
			o.Informative, o.Redundant, o.Repeated, o.Features)
	case float64(o.Informative) < math.Log2(float64(o.Classes*o.ClustersPerClass)):
		return fmt.Errorf(
			"%d classes × %d clusters per class need more vertices than the 2^%d of %d informative features",
			o.Classes, o.ClustersPerClass, o.Informative, o.Informative)
	case !(o.FlipY >= 0 && o.FlipY <= 1):
		return fmt.Errorf("the share of flipped classes is %v, not between 0 and 1", o.FlipY)
	case !isFinite(o.ClassSep):
		return fmt.Errorf("the class separation is %v, but must be finite", o.ClassSep)
	}
	for _, v := range []struct {
		name   string
		values []float64
	}{{"shift", o.Shift}, {"scale", o.Scale}} {
		if n := len(v.values); n > 1 && n != o.Features {
			return fmt.Errorf(
				"%d numbers for %s, but 1 or one for each of the %d features is needed", n, v.name,
				o.Features)
		}
	}
	return o.checkWeights()
}

// checkWeights reports weights that can't be shares of the classes.
func (o *ClassificationOptions) checkWeights() error {
	if n := len(o.Weights); o.Weights != nil && n != o.Classes && n != o.Classes-1 {
		return fmt.Errorf("%d weights, but %d or %d are needed for %d classes", n, o.Classes,
			o.Classes-1, o.Classes)
	}
	for c, w := range o.Weights {
		if !(w >= 0 && w <= float64(maxElements)) {
			return fmt.Errorf("the weight of class %d is %v, but must be finite and not negative",
				c, w)
		}
	}
	if len(o.Weights) == o.Classes-1 && sum(o.Weights) > 1 {
		return fmt.Errorf("the weights add up to %v and leave less than nothing to class %d",
			sum(o.Weights), o.Classes-1)
	}
	return nil
}

// sum adds numbers in order.
func sum(values []float64) float64 {
	s := 0.0
	for _, v := range values {
		s += v
	}
	return s
}

// scale multiplies numbers by a factor.
func scale(values []float64, factor float64) {
	for i := range values {
		values[i] *= factor
	}
}

// Shares of a population between which scikit-learn draws samples as the head of a permutation. A
// smaller share is drawn number by number, a larger one by reservoir sampling.
const (
	smallShare = 0.01
	largeShare = 0.99
)

// maxVertexBits is the dimension of the hypercubes whose vertices are drawn as distinct numbers;
// the coordinates before the last 30 are drawn independently.
const maxVertexBits = 30

// hypercubeVertices returns distinct vertices of the hypercube {0, 1}^dimensions, one per row, as
// _generate_hypercube does.
func hypercubeVertices(rng *RandomState, vertices, dimensions int) matrix {
	m := newMatrix(vertices, dimensions)
	further := max(dimensions-maxVertexBits, 0)
	for v := range vertices {
		for j := range further {
			m.row(v)[j] = float64(rng.Intn(2))
		}
	}
	for v, number := range drawDistinct(rng, 1<<(dimensions-further), vertices) {
		row := m.row(v)
		for j := dimensions - 1; j >= further; j-- {
			row[j] = float64(number & 1)
			number >>= 1
		}
	}
	return m
}

// drawDistinct returns distinct numbers from 0 … population−1, as sample_without_replacement does.
func drawDistinct(rng *RandomState, population, count int) []int {
	share := float64(count) / float64(population)
	switch {
	case share > smallShare && share < largeShare:
		return rng.Permutation(population)[:count]
	case share >= largeShare:
		return drawReservoir(rng, population, count)
	}
	drawn := make([]int, 0, count)
	seen := make(map[int]bool, count)
	for len(drawn) < count {
		if n := rng.Intn(population); !seen[n] {
			seen[n] = true
			drawn = append(drawn, n)
		}
	}
	return drawn
}

// drawReservoir starts with the first numbers and lets each later one take a random place or none.
func drawReservoir(rng *RandomState, population, count int) []int {
	drawn := make([]int, count)
	for i := range drawn {
		drawn[i] = i
	}
	for i := count; i < population; i++ {
		if at := rng.Intn(i + 1); at < count {
			drawn[at] = i
		}
	}
	return drawn
}
