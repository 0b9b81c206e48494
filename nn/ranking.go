package nn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// TopK returns the share of rows whose class is among the k largest predictions, as scikit-learn's
// top_k_accuracy_score has it: of equal ones those of later classes come first.
func TopK(k int) Metric { return topK(k) }

type topK int

func (k topK) String() string   { return fmt.Sprintf("top%d", int(k)) }
func (k topK) New() Accumulator { return &topHits{k: int(k)} }

type topHits struct {
	k          int
	hits, rows float64
}

func (a *topHits) Add(prediction, target []float64) {
	class, before := classOf(target), 0
	a.rows++
	if class < 0 || class >= len(prediction) || argmax(prediction) < 0 {
		return
	}
	for j, p := range prediction {
		if p > prediction[class] || p == prediction[class] && j > class {
			before++
		}
	}
	if before < a.k {
		a.hits++
	}
}

func (a *topHits) Value() float64 { return a.hits / a.rows }

// ROCAUC is the area under the curve of true against false positives: how often a row of the class
// gets a larger prediction than one that isn't, ties counting half. One column are the predictions
// of class 1; several give the mean of each class against all others, scikit-learn's "ovr". It
// keeps all predictions until it is asked for its value.
var ROCAUC Metric = ranking{"roc_auc", areaUnderROC}

// AveragePrecision is the mean of precisions at each rise of the recall, as scikit-learn's
// average_precision_score has it; of several classes the mean. It keeps all predictions until it is
// asked for its value.
var AveragePrecision Metric = ranking{"average_precision", averagePrecision}

// ranking is a figure of the order of predictions, of each class against all others.
type ranking struct {
	name string
	of   func(rows []scored) float64
}

// scored is a prediction for a row, and whether it is right.
type scored struct {
	score    float64
	positive bool
}

func (r ranking) String() string   { return r.name }
func (r ranking) New() Accumulator { return &rankingRows{of: r.of} }

// rankingRows gathers a ranking.
type rankingRows struct {
	of      func(rows []scored) float64
	classes [][]scored
}

func (a *rankingRows) Add(prediction, target []float64) {
	for len(a.classes) < len(prediction) {
		a.classes = append(a.classes, nil)
	}
	class := classOf(target)
	for j, p := range prediction {
		positive := class == j
		if len(prediction) == 1 {
			positive = class == 1
		}
		a.classes[j] = append(a.classes[j], scored{p, positive})
	}
}

func (a *rankingRows) Value() float64 {
	sum := 0.0
	for _, rows := range a.classes {
		if slices.ContainsFunc(rows, func(r scored) bool { return r.score != r.score }) {
			return math.NaN()
		}
		slices.SortFunc(rows, func(x, y scored) int { return cmp.Compare(y.score, x.score) })
		sum += a.of(rows)
	}
	return sum / float64(len(a.classes))
}

// thresholds calls f, from the largest score down, with the numbers of rows so far of which the
// score says right and wrong.
func thresholds(rows []scored, f func(right, wrong float64)) {
	right, wrong := 0.0, 0.0
	for i, r := range rows {
		if r.positive {
			right++
		} else {
			wrong++
		}
		if i+1 == len(rows) || rows[i+1].score != r.score {
			f(right, wrong)
		}
	}
}

// areaUnderROC adds trapezes.
func areaUnderROC(rows []scored) float64 {
	area, lastRight, lastWrong := 0.0, 0.0, 0.0
	thresholds(rows, func(right, wrong float64) {
		area += float64((wrong - lastWrong) * (right + lastRight) / 2)
		lastRight, lastWrong = right, wrong
	})
	return area / float64(lastRight*lastWrong)
}

// averagePrecision adds precisions, weighted by how much the recall rises; 0 if nothing is right.
func averagePrecision(rows []scored) float64 {
	sum, last := 0.0, 0.0
	thresholds(rows, func(right, wrong float64) {
		sum += float64((right - last) * right / (right + wrong))
		last = right
	})
	if last == 0 {
		return 0
	}
	return sum / last
}
