// Command onnxdoc writes docs/onnx.md: which operators of ONNX are supported, and how many of the
// backend tests with each of them pass.
//
//	go run ./internal/tools/onnxdoc FOLDER... >docs/onnx.md
//
// The folders are those of the tests in the package onnx, see scripts/onnx-backend.
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"simdnn/graph/op"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/prep"
)

// passes counts the tests of an operator.
type passes struct{ passed, tests int }

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "onnxdoc:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, folders []string) error {
	var all passes
	counts := map[string]*passes{}
	for _, folder := range folders {
		tests, err := backend.Find(folder)
		if err != nil {
			return err
		}
		for _, test := range tests {
			info, _, err := onnx.Inspect(test + "/model.onnx")
			if err != nil {
				return err
			}
			pass := backend.Run(test, onnx.Options{DecodeImage: prep.DecodeAs, Gradients: op.Gradients},
				onnx.SessionOptions{Threads: 1}, backend.Default).Pass
			all.count(pass)
			for name := range info.Operators {
				if counts[name] == nil {
					counts[name] = &passes{}
				}
				counts[name].count(pass)
			}
		}
	}
	known, err := os.ReadFile("testdata/onnx-backend.txt")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, document(all, counts, string(known)))
	return err
}

func (t *passes) count(pass bool) {
	t.tests++
	if pass {
		t.passed++
	}
}

// document returns the text.
func document(all passes, counts map[string]*passes, known string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# ONNX

Package `+"`onnx`"+` runs models of IR versions 1 to 14 and of versions 1 to 28 of the default operators.
This page is written by `+"`go run ./internal/tools/onnxdoc`"+`.

Of the %d backend tests of onnx 1.19.1, %d pass (%.1f %%) within ONNX's tolerances.
`+"`scripts/onnx-backend`"+` runs them and holds the list of those that don't.

## Operators

A version is the first one of its domain whose meaning of the operator is known: it holds until the
operator's next version, or for all later ones. Tests count for each operator that their model has.

| operator | since | tests that pass |
|---|---|---|
`, all.tests, all.passed, 100*float64(all.passed)/float64(max(all.tests, 1)))
	for _, o := range onnx.Operators() {
		name := strings.TrimPrefix(o.Domain+"."+o.Name, ".")
		t := cmp.Or(counts[name], &passes{})
		since := strings.Trim(fmt.Sprint(o.Since), "[]")
		fmt.Fprintf(&b, "| %s | %s | %d of %d |\n", name, since, t.passed, t.tests)
	}
	b.WriteString("\n## Tests that don't pass\n\n| test | why |\n|---|---|\n")
	for line := range strings.Lines(known) {
		if test, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && test[0] != '#' {
			fmt.Fprintf(&b, "| %s | %s |\n", test, why)
		}
	}
	b.WriteString(parting)
	return b.String()
}

// parting says whom we follow where models give other results in ONNX Runtime than by the standard.
const parting = `
## Where ONNX Runtime and the standard part

` + "`scripts/onnx-random`" + ` compares random models with both. What it leaves out, or what was mended after it, is here.

| what | ONNX Runtime 1.32 | onnx 1.19.1 | here |
|---|---|---|---|
| Attention with a cap and a mask | caps, then masks | masks, then caps, corrected since | caps, then masks |
| GridSample, bicubic, at a border | brings each tap inside, as PyTorch | brings the place inside | as ONNX Runtime |
| QLinearConv, QLinearMatMul halfway between codes | factor in float32 | the same; wraps around at times | as ONNX Runtime, saturating |
| LpNormalization of zeros | zeros | NaN | NaN |
| ReduceMean of nothing | 0 | NaN | NaN |
| NaN in ArgMax, ReduceMin, Unique and their like | lost at times | passed on | passed on |
| Resize by scales that leave a part of a pixel, at corners | corners of whole pixels | corners of the scaled image | as the standard |
| Resize to one pixel, pytorch_half_pixel | the first pixel | half a pixel before it | as ONNX Runtime, and the standard |
| Reduce of no axes with noop_with_empty_axes | applies what stands around the sum | nothing | as ONNX Runtime |
| MultiHeadAttention in order, more keys than queries | the last query sees all keys | | no query sees a later key |
| MatMulNBits, accuracy_level 4 | rounds A to 8 bits, a scale for each block | | the same for 4 bits, a scale for each 32 steps of longer blocks; A stays as it is where blocks don't divide K, and for other bits |
| MatMulNBits, g_idx | passes over zero points that are codes, takes codes of 2 bits for those of 4, none of 8 | | each column's code less the zero point, times the scale, of its group; rounds A at level 4 where groups have the columns of a block each |
| CDist | expands the square | | squares the differences |
| Normalizer, MAX | the largest element | the largest absolute one | the largest absolute one, as scikit-learn |
| Normalizer, L2 of int32 | wraps around above 46,340 | | doesn't |
| Binarizer of NaN | error | 0 | NaN |
| LabelEncoder, a key that is NaN | found from version 4 on | | found |
| LabelEncoder, OneHotEncoder: a key twice | one of them counts | | error |
| LinearClassifier, one score for two classes | 1 − s and s, with LOGISTIC of −s and s; no other function | | as ONNX Runtime; PROBIT is refused |
| LinearRegressor, one target; SVMRegressor | no function but PROBIT; none | | as ONNX Runtime |
| SVMClassifier, label with probabilities | of the class that wins most pairs | | as ONNX Runtime |
| CastMap, a missing text | "0.f" | | as ONNX Runtime |
| TreeEnsembleRegressor, a target that no leaf of a row has | 0, whatever its base value | | its base value |
| TreeEnsembleClassifier, a class that only leaves of other rows have | not the label | | the label if its score is the largest |
| Gather of strings in blocks | moves the first of each block, the others are empty | | moves all |
| Tokenizer, separators that match nothing | leave out characters | | error |

## Files that are another model than the one that was trained

Converters and optimisers change models without a word. Where a file shows the trace of such a change,
` + "`nnbench onnx info`" + ` warns: of scores that skl2onnx swaps, missing values that its trees send to the
right, thresholds that onnxmltools rounds, signs that CatBoost turns, training modes, logarithms of
sigmoids, what onnxsim joins, weights of float16 that are cut off at ±10,000, and constants that
tf2onnx turns into inputs. The model runs as the file has it.
`
