// Command onnxsklearn runs models that make.py beside it converted from scikit-learn, compares what
// they give with ONNX Runtime, and writes docs/sklearn.md: what became of each class.
//
//	go run ./internal/tools/onnxsklearn FOLDER >docs/sklearn.md
//
// It fails if a label differs, or a number by more than scripts/onnx-sklearn allows.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"simdnn/onnx"
)

// outcome is a line of cases.jsonl: what became of a class on some data before it came here. Stage
// is the step that failed: fit, convert, run, or none of these.
type outcome struct {
	Class, Variant, Stage, Reason string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: onnxsklearn FOLDER")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "onnxsklearn:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, folder string) error {
	data, err := os.ReadFile(filepath.Join(folder, "cases.jsonl"))
	if err != nil {
		return err
	}
	io.WriteString(w, heading)
	var made, equal, unsupported int
	var failed []string
	for line := range bytes.Lines(data) {
		var o outcome
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		verdict := map[string]string{"fit": "not fitted", "convert": "no converter",
			"run": "ONNX Runtime refuses it"}[o.Stage]
		if verdict == "" {
			made++
			d, err := compare(filepath.Join(folder, o.Class+"-"+o.Variant))
			switch {
			case errors.Is(err, onnx.ErrUnsupported):
				unsupported++
				verdict = "not supported here"
			case err != nil:
				verdict = err.Error()
			default:
				verdict = d.String()
			}
			switch {
			case err == nil && d.labels == 0 && d.largest <= allowed(o):
				equal++
			case verdict != "not supported here":
				failed = append(failed, o.Class+" ("+o.Variant+"): "+verdict)
			}
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", o.Class, o.Variant, verdict)
	}
	fmt.Fprintf(w, "\n%d of %d models agree with ONNX Runtime, %d have operators that are not supported.\n",
		equal, made, unsupported)
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d models differ: %s", len(failed), made, failed)
	}
	return nil
}

const heading = `# Models of scikit-learn

What becomes of each class of scikit-learn 1.9.1 when skl2onnx 1.20.0 converts it: 10,000 random rows
here and in ONNX Runtime 1.32.0, values that trees and bins part at and missing ones among them. This
page is written by ` + "`scripts/onnx-sklearn`" + `, which runs every night.

Labels are equal, or the row says how many differ. Numbers are apart by so many units of the last
place: of the largest number of their row, or of the median of all, where these are larger, since sums
of another order differ most where they cancel.

| class | data | verdict |
|---|---|---|
`

// allowed returns by how many units of the last place numbers may differ: by 2, or by what classes
// need whose models amplify the last bits of sums.
func allowed(o outcome) float64 {
	for _, a := range amplified {
		if slices.Contains(a.classes, o.Class) {
			return a.limit
		}
	}
	return 2
}

// amplified are twice what was seen, for a reason.
var amplified = []struct {
	classes []string
	limit   float64
}{
	// Exponentials of sums that are large.
	{[]string{"BayesianGaussianMixture", "BernoulliNB", "CategoricalNB", "ComplementNB",
		"GaussianMixture", "GaussianNB", "IsolationForest", "MultinomialNB",
		"QuadraticDiscriminantAnalysis"}, 64},
	// Sums over many vectors, of kernels whose exponentials are rounded otherwise.
	{[]string{"NuSVC", "SVC"}, 40},
	// Such sums that ONNX Runtime takes in one chain of float32, by which it is 36 to 79 units off the
	// truth: sums in float64 are 4 to 7.
	{[]string{"NuSVR", "OneClassSVM", "SVR"}, 128},
	// Products with one column, which are sums in lanes here.
	{[]string{"MLPRegressor", "PLSRegression", "PassiveAggressiveClassifier", "Perceptron",
		"SGDClassifier", "TweedieRegressor"}, 16},
	// Sigmoids of MLAS, quotients of small sums.
	{[]string{"AdaBoostClassifier", "CalibratedClassifierCV", "GradientBoostingClassifier",
		"KNeighborsRegressor", "KernelCenterer", "MLPClassifier", "OneVsRestClassifier",
		"PowerTransformer",
		"StackingClassifier"}, 8},
	// A product by a centred kernel, whose sums cancel.
	{[]string{"KernelPCA"}, 8},
	// Differences of large distances.
	{[]string{"LocalOutlierFactor"}, 32},
	// A product with the inverse of a matrix that nearly has none.
	{[]string{"GaussianProcessRegressor"}, 1e5},
}

// difference is how far outputs are apart.
type difference struct {
	rows, labels int     // of labels, those that differ
	largest      float64 // in units of the last place
	numbers      bool
}

// String returns the verdict.
func (d difference) String() string {
	switch {
	case d.labels > 0:
		return fmt.Sprintf("%d of %d labels differ", d.labels, d.rows)
	case !d.numbers:
		return "equal"
	case d.largest == 0:
		return "equal bits"
	}
	return fmt.Sprintf("equal within %.3g ULP", math.Ceil(d.largest*10)/10)
}

// compare runs the model in a folder on its inputs, and compares its outputs.
func compare(folder string) (d difference, err error) {
	m, err := onnx.Open(filepath.Join(folder, "model.onnx"), onnx.Options{})
	if err != nil {
		return d, err
	}
	defer m.Close()
	session, info := m.Session(onnx.SessionOptions{}), m.Info()
	sets, err := filepath.Glob(filepath.Join(folder, "test_data_set_*"))
	if err == nil && len(sets) == 0 {
		err = errors.New("there is no data")
	}
	for _, set := range sets {
		if err == nil {
			err = d.run(m, session, info, set)
		}
	}
	return d, err
}

// run compares what the model gives for the inputs in a folder.
func (d *difference) run(m *onnx.Model, session *onnx.Session, info onnx.Info,
	folder string) error {
	read := func(kind string, i int, name string) (*onnx.Value, error) {
		data, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("%s_%d.pb", kind, i)))
		if err != nil {
			return nil, err
		}
		return m.ReadValue(name, data)
	}
	inputs := map[string]*onnx.Value{}
	for i, in := range info.Inputs {
		v, err := read("input", i, in.Name)
		if err != nil {
			return err
		}
		inputs[in.Name] = v
	}
	got, err := session.Run(inputs)
	if err != nil {
		return err
	}
	for i, out := range info.Outputs {
		want, err := read("output", i, out.Name)
		if errors.Is(err, os.ErrNotExist) {
			continue // of an output that is no tensor
		}
		if err == nil {
			err = d.add(got[out.Name], want)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", out.Name, err)
		}
	}
	return nil
}

// add takes an output into account.
func (d *difference) add(got, want *onnx.Value) error {
	if got.Kind() != want.Kind() || got.Element() != want.Element() ||
		!slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("it is %v, not %v", got, want)
	}
	if e := got.Element(); e != onnx.Float && e != onnx.Double {
		d.addLabels(got, want)
		return nil
	}
	d.numbers = true
	x, y, shape := onnx.Floats(got), onnx.Floats(want), got.Shape()
	width, typical := max(shape[len(shape)-1], 1), median(y)
	for row := 0; row < len(x); row += width {
		largest := typical
		for _, v := range y[row : row+width] {
			if !math.IsInf(v, 0) {
				largest = max(largest, math.Abs(v))
			}
		}
		for i := row; i < row+width; i++ {
			d.largest = max(d.largest, apart(x[i], y[i], largest, got.Element() == onnx.Float))
		}
	}
	return nil
}

// median returns the median of the absolute numbers that are finite.
func median(x []float64) float64 {
	var finite []float64
	for _, v := range x {
		if v-v == 0 {
			finite = append(finite, math.Abs(v))
		}
	}
	if len(finite) == 0 {
		return 0
	}
	slices.Sort(finite)
	return finite[len(finite)/2]
}

func (d *difference) addLabels(got, want *onnx.Value) {
	if got.Array() == nil {
		for i, s := range got.Strings() {
			if d.rows++; s != want.Strings()[i] {
				d.labels++
			}
		}
		return
	}
	y := onnx.Floats(want)
	for i, v := range onnx.Floats(got) {
		if d.rows++; v != y[i] {
			d.labels++
		}
	}
}

// apart returns how far numbers are apart, in units of the last place of the second one or of a
// larger number beside it.
func apart(x, y, largest float64, single bool) float64 {
	switch {
	case x == y, x != x && y != y:
		return 0
	case math.IsInf(x, 0), math.IsInf(y, 0), x != x, y != y:
		return math.Inf(1)
	}
	bits := 52
	if single {
		bits = 23
	}
	_, exponent := math.Frexp(max(math.Abs(y), largest))
	return math.Abs(x-y) / math.Ldexp(1, exponent-1-bits)
}
