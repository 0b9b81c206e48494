package tree

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// xgboostFile is what is read of XGBoost's files.
type xgboostFile struct {
	Version []int
	Learner xgboostLearner
}

type xgboostLearner struct {
	Names  []string `json:"feature_names"`
	Params struct {
		BaseScore string `json:"base_score"`
		Classes   string `json:"num_class"`
		Features  string `json:"num_feature"`
		Targets   string `json:"num_target"`
	} `json:"learner_model_param"`
	Objective struct{ Name string }
	Booster   xgboostBooster `json:"gradient_booster"`
}

// xgboostBooster is gbtree, gblinear, or dart, which has a gbtree within.
type xgboostBooster struct {
	Name    string
	Model   xgboostModel
	Inner   *xgboostBooster `json:"gbtree"`
	Dropped []float32       `json:"weight_drop"`
}

type xgboostModel struct {
	Params struct {
		Trees string `json:"num_trees"`
	} `json:"gbtree_model_param"`
	Trees   []xgboostTree
	Target  []int `json:"tree_info"`
	Weights []float32
	Cats    struct {
		Enc []xgboostCategories
	}
}

// xgboostTree is a tree, a number for each node in each list.
type xgboostTree struct {
	Params struct {
		Leaf string `json:"size_leaf_vector"`
	} `json:"tree_param"`
	Left        []int        `json:"left_children"`
	Right       []int        `json:"right_children"`
	Feature     []int        `json:"split_indices"`
	Split       numbersOrNaN `json:"split_conditions"` // before version 3 NaN of sets
	Kind        []int        `json:"split_type"`
	DefaultLeft []int        `json:"default_left"`
	// Of nodes whose test is a set.
	Categories      []int
	CategoryNodes   []int        `json:"categories_nodes"`
	CategoriesBegin []int        `json:"categories_segments"`
	CategoriesSizes []int        `json:"categories_sizes"`
	BaseWeights     numbersOrNaN `json:"base_weights"` // of leaves, too, before version 3.1
	LeafWeights     numbersOrNaN `json:"leaf_weights"` // of vectors
}

// numbersOrNaN is a list of numbers, of which those that JSON has not got are texts, see [quoted].
type numbersOrNaN []float32

// UnmarshalJSON reads a list.
func (l *numbersOrNaN) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, (*[]float32)(l)) == nil {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*l = make(numbersOrNaN, len(list))
	for i, number := range list {
		v, err := strconv.ParseFloat(strings.Trim(string(number), `"`), 32)
		if err != nil {
			return err
		}
		(*l)[i] = float32(v)
	}
	return nil
}

// readXGBoost reads JSON or UBJSON.
func readXGBoost(r *bufio.Reader) (*Model, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if isUBJSON(text) {
		if text, err = jsonOf(text); err != nil {
			return nil, err
		}
	} else {
		text = quoted(text)
	}
	var f xgboostFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	l := &f.Learner
	if len(f.Version) != 3 || l.Objective.Name == "" {
		return nil, fmt.Errorf("not a model of XGBoost: it has no version or no objective")
	}
	m := &Model{Format: "XGBoost", Objective: l.Objective.Name, Names: l.Names}
	kind, ok := xgboostLinks[m.Objective]
	if !ok {
		return nil, fmt.Errorf("learner.objective.name: %q is not known", m.Objective)
	}
	m.link = Link{Kind: kind}
	e := &m.trees
	if e.Features, e.Targets, err = l.sizes(); err != nil {
		return nil, err
	}
	if len(m.Names) == 0 {
		m.Names = nil
	} else if len(m.Names) != e.Features {
		return nil, fmt.Errorf("learner.feature_names: %d of %d features", len(m.Names), e.Features)
	}
	if e.Base, err = baseScore(l.Params.BaseScore, e.Targets, m.link); err != nil {
		return nil, err
	}
	if err := m.boost(&l.Booster); err != nil {
		return nil, err
	}
	model := &l.Booster.Model
	if l.Booster.Inner != nil {
		model = &l.Booster.Inner.Model
	}
	return m, m.nameXGBoost(model.Cats.Enc, f.Version)
}

// boost reads the booster.
func (m *Model) boost(b *xgboostBooster) (err error) {
	e := &m.trees
	model := &b.Model
	switch b.Name {
	case "gblinear":
		if len(model.Weights) != (e.Features+1)*e.Targets {
			return fmt.Errorf("gradient_booster.model.weights: %d for %d features and %d targets",
				len(model.Weights), e.Features, e.Targets)
		}
		m.linear = &linear{e.Features, e.Targets, model.Weights, nil}
		for range e.Base { // XGBoost adds the first one to all targets
			m.linear.base = append(m.linear.base, float32(e.Base[0]))
		}
		return nil
	case "dart":
		if b.Inner == nil || len(b.Dropped) != len(b.Inner.Model.Trees) {
			return fmt.Errorf("gradient_booster.weight_drop: %d for other trees", len(b.Dropped))
		}
		model = &b.Inner.Model
	case "gbtree":
	default:
		return fmt.Errorf("gradient_booster.name: %q is not known", b.Name)
	}
	if len(model.Target) != len(model.Trees) {
		return fmt.Errorf("gradient_booster.model.tree_info: %d for %d trees", len(model.Target),
			len(model.Trees))
	}
	if n := model.Params.Trees; n != "" && n != strconv.Itoa(len(model.Trees)) {
		return fmt.Errorf("gradient_booster.model.trees: %d of %s", len(model.Trees), n)
	}
	for i := range model.Trees {
		weight := float32(1)
		if b.Name == "dart" {
			weight = b.Dropped[i]
		}
		if err := e.addXGBoost(&model.Trees[i], model.Target[i], weight); err != nil {
			return fmt.Errorf("tree %d: %w", i, err)
		}
	}
	e.BaseFirst = true
	m.narrow, err = Compile[float32](e)
	return err
}

// sizes returns the numbers of features and targets.
func (l *xgboostLearner) sizes() (features, targets int, err error) {
	for _, p := range []struct {
		name, text string
		to         *int
	}{{"num_feature", l.Params.Features, &features}, {"num_target", l.Params.Targets, &targets}} {
		if p.name == "num_target" && p.text == "" { // before version 1.6
			p.text = "1"
		}
		if *p.to, err = strconv.Atoi(p.text); err != nil {
			return 0, 0, fmt.Errorf("learner_model_param.%s: %w", p.name, err)
		}
	}
	classes, err := strconv.Atoi(l.Params.Classes)
	if err != nil {
		return 0, 0, fmt.Errorf("learner_model_param.num_class: %w", err)
	}
	targets = max(targets, classes, 1)
	if classes < 0 {
		return 0, 0, fmt.Errorf("learner_model_param.num_class: %d", classes)
	}
	if features < 0 || features > mostFeatures || targets > mostTargets {
		return 0, 0, fmt.Errorf("learner_model_param: %d features and %d targets", features, targets)
	}
	return features, targets, nil
}

// xgboostLinks are the links of objectives.
var xgboostLinks = map[string]LinkKind{
	"reg:squarederror": NoLink, "reg:squaredlogerror": NoLink, "reg:pseudohubererror": NoLink,
	"reg:absoluteerror": NoLink, "reg:quantileerror": NoLink, "reg:linear": NoLink,
	"reg:expectileerror": NoLink, "binary:logitraw": NoLink,
	"rank:ndcg": NoLink, "rank:pairwise": NoLink, "rank:map": NoLink,
	"reg:logistic": SigmoidLink, "binary:logistic": SigmoidLink,
	"reg:gamma": ExpLink, "reg:tweedie": ExpLink, "count:poisson": ExpLink, "survival:cox": ExpLink,
	"survival:aft": WideExpLink, "binary:hinge": HingeLink,
	"multi:softmax": ClassLink, "multi:softprob": SoftmaxLink,
}

// baseScore returns what sums start at: one number for all targets, or a list.
func baseScore(text string, targets int, l Link) ([]float64, error) {
	var list []float32
	if one, err := strconv.ParseFloat(text, 32); err == nil {
		list = []float32{float32(one)}
	} else if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("learner_model_param.base_score: %w", err)
	}
	if len(list) != targets && len(list) != 1 {
		return nil, fmt.Errorf("learner_model_param.base_score: %d for %d targets", len(list), targets)
	}
	base := make([]float64, targets)
	for i := range base {
		p := list[min(i, len(list)-1)]
		if p != p || l.Kind == SigmoidLink && (p < 0 || p > 1) {
			return nil, fmt.Errorf("learner_model_param.base_score: %v", p)
		}
		base[i] = float64(l.margin(p))
	}
	return base, nil
}

// addXGBoost adds a tree.
func (e *Ensemble) addXGBoost(t *xgboostTree, target int, weight float32) error {
	n := len(t.Left)
	vector, err := strconv.Atoi(t.Params.Leaf)
	if err != nil {
		return fmt.Errorf("tree_param.size_leaf_vector: %w", err)
	}
	if len(t.Right) != n || len(t.Feature) != n || len(t.Split) != n || len(t.DefaultLeft) != n ||
		n == 0 || len(t.Kind) != n && len(t.Kind) != 0 {
		return fmt.Errorf("lists of %d, %d, %d, %d, %d and %d nodes", n, len(t.Right), len(t.Feature),
			len(t.Split), len(t.DefaultLeft), len(t.Kind))
	}
	firstSet := len(e.Sets)
	sets, err := t.sets()
	if err != nil {
		return err
	}
	e.Sets = append(e.Sets, sets...)
	setOf := map[int]int32{}
	for i, node := range t.CategoryNodes {
		setOf[node] = int32(firstSet + i)
	}
	children := make([]Child, n) // of the ensemble for those of the tree
	nodes, leaves := len(e.Nodes), len(e.Leaves)
	for i := range n {
		if t.Left[i] < 0 {
			children[i] = ^Child(leaves)
			leaves++
		} else {
			children[i] = Child(nodes)
			nodes++
		}
	}
	for i := range n {
		if t.Left[i] < 0 {
			leaf, err := t.leaf(i, vector, target, e.Targets, weight)
			if err != nil {
				return err
			}
			e.Leaves = append(e.Leaves, leaf)
			continue
		}
		if t.Left[i] >= n || t.Right[i] < 0 || t.Right[i] >= n {
			return fmt.Errorf("node %d has the children %d and %d of %d", i, t.Left[i], t.Right[i], n)
		}
		left, right := children[t.Left[i]], children[t.Right[i]]
		node := Node{Mode: Below, Feature: int32(min(max(t.Feature[i], -1), mostFeatures)),
			Split: float64(t.Split[i]), ThenMissing: t.DefaultLeft[i] != 0, Then: left, Else: right}
		if len(t.Kind) > 0 && t.Kind[i] == 1 {
			set, ok := setOf[i]
			if !ok {
				return fmt.Errorf("node %d has no categories", i)
			}
			node.Mode, node.Set, node.Split = Member, set, 0
			node.Then, node.Else, node.ThenMissing = right, left, t.DefaultLeft[i] == 0
		}
		e.Nodes = append(e.Nodes, node)
	}
	e.Roots = append(e.Roots, children[0])
	return nil
}

// sets returns the categories that go right.
func (t *xgboostTree) sets() ([]Set, error) {
	nodes := len(t.CategoryNodes)
	if len(t.CategoriesBegin) != nodes || len(t.CategoriesSizes) != nodes {
		return nil, fmt.Errorf("categories of %d, %d and %d nodes", len(t.CategoryNodes),
			len(t.CategoriesBegin), len(t.CategoriesSizes))
	}
	sets := make([]Set, len(t.CategoryNodes))
	for i, begin := range t.CategoriesBegin {
		size := t.CategoriesSizes[i]
		if begin < 0 || size < 0 || begin > len(t.Categories) || size > len(t.Categories)-begin {
			return nil, fmt.Errorf("node %d has the categories from %d on, %d of %d",
				t.CategoryNodes[i], begin, size, len(t.Categories))
		}
		sets[i].Round = Down
		for _, c := range t.Categories[begin:][:size] {
			sets[i].Members = append(sets[i].Members, float64(c))
		}
	}
	return sets, nil
}

// leaf returns the leaf at a node: one weight, or one for each target.
func (t *xgboostTree) leaf(i, vector, target, targets int, weight float32) (Leaf, error) {
	if vector <= 1 {
		if target < 0 || target >= targets {
			return Leaf{}, fmt.Errorf("target %d of %d", target, targets)
		}
		return Leaf{Weights: []Weight{{int32(target), float64(weight * t.Split[i])}}}, nil
	}
	values, at := t.BaseWeights, i
	if t.LeafWeights != nil {
		values, at = t.LeafWeights, t.Right[i]
	}
	if vector != targets || at < 0 || at >= len(values)/vector {
		return Leaf{}, fmt.Errorf("leaf %d of %d numbers for each of %d targets", at, len(values),
			targets)
	}
	var leaf Leaf
	for j, v := range values[at*vector:][:vector] {
		leaf.Weights = append(leaf.Weights, Weight{int32(j), float64(weight * v)})
	}
	return leaf, nil
}
