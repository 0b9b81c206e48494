package tree_test

import (
	"fmt"
	"math"
	"strings"

	"simdnn/tree"
)

// stump is a model of LightGBM: one tree of one split.
const stump = `tree
version=v4
num_tree_per_iteration=1
max_feature_idx=1
objective=binary sigmoid:1
feature_names=age income

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=30
decision_type=8
left_child=-1
right_child=-2
leaf_value=-1.5 0.5

end of trees
`

// A model's file is opened once; then rows are predicted by any number of goroutines.
func Example() {
	m, err := tree.Read(strings.NewReader(stump)) // or tree.Open("model.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := []float64{25, 1000, 41, 2000, math.NaN(), 3000}
	probabilities := make([]float64, len(rows)/m.Features()*m.Outputs())
	m.Predict(probabilities, rows)
	fmt.Println(m.Names, m.Objective)
	fmt.Printf("%.3f\n", probabilities)
	// Output:
	// [age income] binary
	// [0.182 0.622 0.622]
}
