package nn

import (
	"fmt"
	"strings"
)

// Confusion counts rows by their class and the class that was predicted, as scikit-learn's
// confusion_matrix does. It is an [Accumulator] whose value is the accuracy. Predictions and
// targets are those of [Accuracy]; a prediction of one column is the probability of class 1, of
// two.
type Confusion struct {
	// Counts[c][p] is the number of rows of class c for which p was predicted.
	Counts [][]int
	lost   int // rows whose prediction isn't a number
}

// NewConfusion returns a matrix of no rows, for so many classes; more are added as they are met.
func NewConfusion(classes int) *Confusion {
	c := &Confusion{}
	c.grow(classes)
	return c
}

// grow makes room for classes.
func (c *Confusion) grow(classes int) {
	if classes <= len(c.Counts) {
		return
	}
	counts := make([][]int, classes)
	for i := range counts {
		counts[i] = make([]int, classes)
		if i < len(c.Counts) {
			copy(counts[i], c.Counts[i])
		}
	}
	c.Counts = counts
}

// Add takes one row.
func (c *Confusion) Add(prediction, target []float64) {
	class, predicted := classOf(target), argmax(prediction)
	if len(prediction) == 1 {
		predicted = 0
		if p := prediction[0]; p > 0.5 {
			predicted = 1
		} else if p != p {
			predicted = -1
		}
	}
	if predicted < 0 || class < 0 {
		c.lost++
		return
	}
	c.grow(max(class, predicted, len(prediction)-1, 1) + 1)
	c.Counts[class][predicted]++
}

// classOf returns the class of a target: an index or a one-hot row.
func classOf(target []float64) int { return int(exactClassOf(target)) }

// exactClassOf is classOf for targets that may be no class: 0.5, NaN.
func exactClassOf(target []float64) float64 {
	if len(target) > 1 {
		return float64(argmax(target))
	}
	return target[0]
}

// Value returns the share of rows whose class was predicted.
func (c *Confusion) Value() float64 {
	hits, rows := 0, c.lost
	for i, row := range c.Counts {
		hits += row[i]
		for _, n := range row {
			rows += n
		}
	}
	return float64(hits) / float64(rows)
}

// String returns the matrix, a line for each class.
func (c *Confusion) String() string {
	var s strings.Builder
	for _, row := range c.Counts {
		for _, n := range row {
			fmt.Fprintf(&s, "%8d", n)
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// classCounts are those of one class against all others.
type classCounts struct{ hits, predicted, rows float64 }

// of returns the counts of a class.
func (c *Confusion) of(class int) (n classCounts) {
	n.hits = float64(c.Counts[class][class])
	for other := range c.Counts {
		n.rows += float64(c.Counts[class][other])
		n.predicted += float64(c.Counts[other][class])
	}
	return n
}

// Average says how a figure of classes becomes one number, as scikit-learn's average does.
type Average string

// The figure of class 1 alone; the mean over all classes; that weighted by their rows; the figure
// of the counts of all classes together.
const (
	BinaryAverage   Average = "binary"
	MacroAverage    Average = "macro"
	WeightedAverage Average = "weighted"
	MicroAverage    Average = "micro"
)

// Precision is the share of the rows for which a class was predicted that are of it, 0 if there are
// none.
func Precision(a Average) Metric {
	return classMetric{"precision", a, func(n classCounts) (hits, of float64) {
		return n.hits, n.predicted
	}}
}

// Recall is the share of the rows of a class for which it was predicted, 0 if there are none.
func Recall(a Average) Metric {
	return classMetric{"recall", a, func(n classCounts) (hits, of float64) { return n.hits, n.rows }}
}

// F1 is the harmonic mean of [Precision] and [Recall].
func F1(a Average) Metric {
	return classMetric{"f1", a, func(n classCounts) (hits, of float64) {
		return 2 * n.hits, n.predicted + n.rows
	}}
}

// classMetric is a quotient of the counts of classes.
type classMetric struct {
	name    string
	average Average
	of      func(n classCounts) (hits, of float64)
}

func (m classMetric) String() string   { return m.name + " " + string(m.average) }
func (m classMetric) New() Accumulator { return &classFigure{m, NewConfusion(2)} }

// classFigure gathers a classMetric.
type classFigure struct {
	metric classMetric
	*Confusion
}

// Value returns the quotient, averaged.
func (f *classFigure) Value() float64 {
	var sum, weight float64
	var all classCounts
	quotient := func(n classCounts) float64 {
		if hits, of := f.metric.of(n); of != 0 {
			return hits / of
		}
		return 0
	}
	for class := range f.Counts {
		n := f.Confusion.of(class)
		switch f.metric.average {
		case BinaryAverage:
			if class == 1 {
				return quotient(n)
			}
		case MicroAverage:
			all.hits, all.predicted, all.rows = all.hits+n.hits, all.predicted+n.predicted, all.rows+n.rows
		case WeightedAverage:
			sum, weight = sum+float64(n.rows*quotient(n)), weight+n.rows
		default: // classes that neither occur nor were predicted don't count
			if n.rows+n.predicted > 0 {
				sum, weight = sum+quotient(n), weight+1
			}
		}
	}
	if f.metric.average == MicroAverage {
		return quotient(all)
	}
	return sum / weight
}
