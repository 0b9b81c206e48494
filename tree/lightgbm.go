package tree

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readLightGBM reads the text of LightGBM 3 and 4: settings, then trees, each as lines of
// key=value.
func readLightGBM(r io.Reader) (*Model, error) {
	f := lightGBM{lines: bufio.NewReader(r)}
	head, err := f.block()
	if err != nil {
		return nil, err
	}
	m, err := f.header(head)
	if err != nil {
		return nil, err
	}
	for {
		block, err := f.block()
		if err != nil {
			return nil, err
		}
		if block.name == "end of trees" {
			break
		}
		if err := f.tree(block); err != nil {
			return nil, err
		}
	}
	if len(f.e.Roots) == 0 || len(f.e.Roots)%f.e.Targets != 0 {
		return nil, fmt.Errorf("line %d: %d trees for %d classes", f.line, len(f.e.Roots), f.e.Targets)
	}
	if f.average {
		m.link.Parts = float64(len(f.e.Roots) / f.e.Targets)
	}
	m.trees = f.e
	if m.wide, err = Compile[float64](&m.trees); err != nil {
		return nil, err
	}
	return m, m.nameLightGBM(f.lines)
}

// lightGBM is a file that is being read.
type lightGBM struct {
	lines *bufio.Reader
	line  int
	next  string // the name of the block that comes
	e     Ensemble
	// average says that predictions, but not raw scores, are divided by the number of iterations.
	average bool
}

// block is a tree, or what stands before the first.
type block struct {
	name   string
	line   int // of the name
	fields map[string]field
}

type field struct {
	text string
	line int
}

// block reads up to the line before the next tree or the end of trees.
func (f *lightGBM) block() (*block, error) {
	b := &block{name: f.next, line: f.line, fields: map[string]field{}}
	if b.name == "end of trees" {
		return b, nil
	}
	for {
		text, err := f.lines.ReadString('\n')
		if err != nil && (err != io.EOF || text == "") {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("line %d: %w", f.line+1, err)
		}
		f.line++
		text = strings.TrimRight(text, "\r\n")
		if strings.HasPrefix(text, "Tree=") || text == "end of trees" {
			f.next = text
			return b, nil
		}
		key, value, _ := strings.Cut(text, "=")
		if _, twice := b.fields[key]; twice && key != "" {
			return nil, fmt.Errorf("line %d: %s is there twice", f.line, key)
		}
		b.fields[key] = field{value, f.line}
	}
}

// header reads what stands before the trees.
func (f *lightGBM) header(b *block) (*Model, error) {
	version := b.fields["version"].text
	if _, ok := b.fields["tree"]; !ok || version != "v3" && version != "v4" {
		return nil, fmt.Errorf("line 1: not a model of LightGBM 3 or 4")
	}
	last, err := number[int64](b, "max_feature_idx")
	if err != nil {
		return nil, err
	}
	targets, err := number[int64](b, "num_tree_per_iteration")
	if err != nil {
		return nil, err
	}
	if last < 0 || last >= mostFeatures || targets < 1 || targets > mostTargets {
		return nil, fmt.Errorf("line %d: features up to %d, %d trees for each iteration",
			b.fields["max_feature_idx"].line, last, targets)
	}
	f.e = Ensemble{Features: int(last) + 1, Targets: int(targets)}
	m := &Model{Format: "LightGBM", Names: strings.Fields(b.fields["feature_names"].text)}
	if len(m.Names) != f.e.Features {
		return nil, fmt.Errorf("line %d: %d names of %d features", b.fields["feature_names"].line,
			len(m.Names), f.e.Features)
	}
	_, f.average = b.fields["average_output"]
	objective := strings.Fields(b.fields["objective"].text)
	if len(objective) == 0 { // a program's own
		return m, nil
	}
	m.Objective = objective[0]
	if m.link, err = lightGBMLink(objective, f.e.Targets); err != nil {
		return nil, fmt.Errorf("line %d: %w", b.fields["objective"].line, err)
	}
	return m, nil
}

const (
	mostFeatures = 1 << 24
	mostTargets  = 1 << 16
)

// lightGBMLink returns what LightGBM does to sums for an objective.
func lightGBMLink(objective []string, targets int) (Link, error) {
	settings := map[string]string{}
	for _, s := range objective[1:] {
		key, value, _ := strings.Cut(s, ":")
		settings[key] = value
	}
	scale := 1.0
	if text, ok := settings["sigmoid"]; ok {
		var err error
		if scale, err = strconv.ParseFloat(text, 64); err != nil {
			return Link{}, err
		}
	}
	_, sqrt := settings["sqrt"]
	switch name := objective[0]; name {
	case "binary", "multiclassova":
		return Link{Kind: SigmoidLink, Scale: scale}, nil
	case "cross_entropy":
		return Link{Kind: SigmoidLink, Scale: 1}, nil
	case "cross_entropy_lambda":
		return Link{Kind: SoftplusLink}, nil
	case "poisson", "gamma", "tweedie":
		return Link{Kind: ExpLink}, nil
	case "multiclass":
		if settings["num_class"] != strconv.Itoa(targets) {
			return Link{}, fmt.Errorf("%s classes, but %d trees for each iteration",
				settings["num_class"], targets)
		}
		return Link{Kind: SoftmaxLink}, nil
	case "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank",
		"rank_xendcg", "custom":
		if sqrt {
			return Link{Kind: SquareLink}, nil
		}
		return Link{}, nil
	default:
		return Link{}, fmt.Errorf("the objective %q is not known", name)
	}
}

// numeric are the numbers of files.
type numeric interface{ int64 | uint64 | float64 }

func parse[N numeric](text string) (N, error) {
	var n N
	var err error
	switch p := any(&n).(type) {
	case *int64:
		*p, err = strconv.ParseInt(text, 10, 64)
	case *uint64:
		*p, err = strconv.ParseUint(text, 10, 64)
	case *float64:
		*p, err = strconv.ParseFloat(text, 64)
	}
	return n, err
}

// number returns the number of a field.
func number[N numeric](b *block, key string) (N, error) {
	list, err := numbers[N](b, key, 1)
	if err != nil {
		return 0, err
	}
	return list[0], nil
}

// numbers returns the n numbers of a field.
func numbers[N numeric](b *block, key string, n int) ([]N, error) {
	f, ok := b.fields[key]
	if !ok && n > 0 {
		return nil, fmt.Errorf("line %d: %s without %s", b.line, nameOf(b.name), key)
	}
	texts := strings.Fields(f.text)
	if len(texts) != n {
		return nil, fmt.Errorf("line %d: %s of %d numbers, not %d", f.line, key, len(texts), n)
	}
	list := make([]N, n)
	for i, text := range texts {
		v, err := parse[N](text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", f.line, key, err)
		}
		list[i] = v
	}
	return list, nil
}

func nameOf(name string) string {
	if name == "" {
		return "a header"
	}
	return name
}

// lightGBMTree is the fields of a tree.
type lightGBMTree struct {
	feature, decision, left, right []int64
	split, leaf                    []float64
	boundaries                     []int64
	bits                           []uint64
}

// tree reads a tree.
func (f *lightGBM) tree(b *block) error {
	leaves, err := number[int64](b, "num_leaves")
	if err != nil {
		return err
	}
	if leaves < 1 || leaves > 1<<30 {
		return fmt.Errorf("line %d: %d leaves", b.fields["num_leaves"].line, leaves)
	}
	n := int(leaves)
	var t lightGBMTree
	categories, err := number[int64](b, "num_cat")
	if err != nil {
		return err
	}
	if t.leaf, err = numbers[float64](b, "leaf_value", n); err != nil {
		return err
	}
	for _, list := range []struct {
		key string
		to  *[]int64
	}{{"split_feature", &t.feature}, {"decision_type", &t.decision}, {"left_child", &t.left},
		{"right_child", &t.right}} {
		if *list.to, err = numbers[int64](b, list.key, n-1); err != nil {
			return err
		}
	}
	if t.split, err = numbers[float64](b, "threshold", n-1); err != nil {
		return err
	}
	if categories > 0 {
		if err := t.categories(b, int(min(categories, 1<<30))); err != nil {
			return err
		}
	}
	firstNode, firstLeaf, firstSet := len(f.e.Nodes), len(f.e.Leaves), len(f.e.Sets)
	for _, v := range t.leaf {
		f.e.Leaves = append(f.e.Leaves,
			Leaf{Weights: []Weight{{int32(len(f.e.Roots) % f.e.Targets), v}}})
	}
	if linear, ok := b.fields["is_linear"]; ok && linear.text == "1" {
		if err := f.linear(b, f.e.Leaves[firstLeaf:]); err != nil {
			return err
		}
	}
	f.e.Sets = append(f.e.Sets, t.sets()...)
	for i := range n - 1 {
		node, err := t.node(i, firstNode, firstLeaf, firstSet)
		if err != nil {
			return fmt.Errorf("line %d: %s: node %d: %w", b.line, b.name, i, err)
		}
		f.e.Nodes = append(f.e.Nodes, node)
	}
	root := Child(firstNode)
	if n == 1 {
		root = ^Child(firstLeaf)
	}
	f.e.Roots = append(f.e.Roots, root)
	return nil
}

// categories reads the sets of a tree, each so many words of bits.
func (t *lightGBMTree) categories(b *block, n int) (err error) {
	if t.boundaries, err = numbers[int64](b, "cat_boundaries", n+1); err != nil {
		return err
	}
	line := b.fields["cat_boundaries"].line
	for i, end := range t.boundaries {
		if i == 0 && end != 0 || i > 0 && end < t.boundaries[i-1] || end > 1<<24 {
			return fmt.Errorf("line %d: cat_boundaries don't ascend from 0", line)
		}
	}
	t.bits, err = numbers[uint64](b, "cat_threshold", int(t.boundaries[n]))
	return err
}

// sets returns the categories that go left.
func (t *lightGBMTree) sets() (sets []Set) {
	for i := 1; i < len(t.boundaries); i++ {
		s := Set{Round: ToZero}
		for w, word := range t.bits[t.boundaries[i-1]:t.boundaries[i]] {
			for bit := range 32 {
				if word>>bit&1 != 0 {
					s.Members = append(s.Members, float64(32*w+bit))
				}
			}
		}
		sets = append(sets, s)
	}
	return sets
}

// The bits of decision_type.
const (
	categorical = 1
	defaultLeft = 2
)

// node returns a node of the tree, whose nodes, leaves and sets begin at these of the ensemble.
func (t *lightGBMTree) node(i, firstNode, firstLeaf, firstSet int) (Node, error) {
	n := Node{Feature: int32(min(max(t.feature[i], -1), mostFeatures)), Split: t.split[i],
		ThenMissing: t.decision[i]&defaultLeft != 0}
	for side, child := range [...]int64{t.left[i], t.right[i]} {
		to := [...]*Child{&n.Then, &n.Else}[side]
		switch {
		case child >= int64(len(t.left)) || ^child >= int64(len(t.leaf)):
			return n, fmt.Errorf("there is no child %d", child)
		case child >= 0:
			*to = Child(firstNode + int(child))
		default:
			*to = ^Child(firstLeaf + int(^child))
		}
	}
	if t.decision[i]&categorical != 0 {
		set := int64(t.split[i])
		if float64(set) != t.split[i] || set < 0 || set >= int64(len(t.boundaries)-1) {
			return n, fmt.Errorf("there are no categories %v", t.split[i])
		}
		n.Mode, n.Set, n.Split, n.ThenMissing = Member, int32(firstSet+int(set)), 0, false
		return n, nil
	}
	switch t.decision[i] >> 2 & 3 {
	case 0:
		n.Missing = Never
	case 1:
		n.Missing = NaNOrZero
	case 2:
		n.Missing = NaN
	default:
		return n, fmt.Errorf("decision type %d", t.decision[i])
	}
	return n, nil
}

// linear reads the linear models of leaves.
func (f *lightGBM) linear(b *block, leaves []Leaf) error {
	constants, err := numbers[float64](b, "leaf_const", len(leaves))
	if err != nil {
		return err
	}
	counts, err := numbers[int64](b, "num_features", len(leaves))
	if err != nil {
		return err
	}
	total := int64(0)
	for _, n := range counts {
		if n < 0 || n > int64(f.e.Features) {
			return fmt.Errorf("line %d: %d features of a leaf", b.fields["num_features"].line, n)
		}
		total += n
	}
	total = min(total, 1<<30)
	features, err := numbers[int64](b, "leaf_features", int(total))
	if err != nil {
		return err
	}
	values, err := numbers[float64](b, "leaf_coeff", int(total))
	if err != nil {
		return err
	}
	for i := range leaves {
		leaves[i].Constant = constants[i]
		leaves[i].Linear = true
		for j := range counts[i] {
			leaves[i].Slopes = append(leaves[i].Slopes,
				Slope{int32(min(max(features[j], -1), mostFeatures)), values[j]})
		}
		features, values = features[counts[i]:], values[counts[i]:]
	}
	return nil
}
