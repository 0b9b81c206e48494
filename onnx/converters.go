package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// warnings returns what shows in a file that its model may not be the one that was trained: the
// traces of changes that converters and optimisers are known to make, without a word. The model
// runs as the file has it.
func warnings(p *proto.Model) []string {
	var found []string
	for _, trace := range traces {
		if n := trace.count(p); n > 0 {
			where := "a node"
			if n > 1 {
				where = fmt.Sprintf("%d nodes", n)
			}
			found = append(found, strings.ReplaceAll(trace.text, "NODES", where))
		}
	}
	return found
}

// traces are what is looked for: changes by skl2onnx 1.20, onnxmltools 1.16, CatBoost 1.2, PyTorch
// 2.15, onnxsim 0.8, onnxconverter-common 1.16 and tf2onnx.
var traces = []struct {
	text  string
	count func(p *proto.Model) int
}{
	{"skl2onnx swaps the two scores of a binary SVC without probabilities (NODES)",
		from("skl2onnx", swappedScores)},
	{"in trees from skl2onnx a missing value goes to the right always, whatever was learned (NODES)",
		from("skl2onnx", missingToTheRight)},
	{"thresholds of trees are rounded to float32: rows of float64 between may go another way (NODES)",
		from("OnnxMLTools", isTrees)},
	{"CatBoost writes two classes boosted from the average with the sign of the trees turned, labels " +
		"5 and 7 as 0 and 1, one-vs-all as softmax, Poisson as its logarithm (NODES)",
		from("CatBoost", isTrees)},
	{"it was exported in training mode: statistics of the batch take the place of learned ones (NODES)",
		from("", inTraining)},
	{"the logarithm of a sigmoid is −∞ where the sigmoid rounds to 0, as log-sigmoid isn't (NODES)",
		reading(logSigmoid)},
	{"the logarithm of a sum of exponentials is ∞ beyond 88, as torch.logaddexp isn't (NODES)",
		reading(logOfExponentials)},
	{"distances are sums of differences with their signs: torch.onnx writes cdist with p=1 so (NODES)",
		reading(signedDistances)},
	{"values scattered into zeros are added: of those for one index only the last one counts, of " +
		"torch's index_add and index_put each (NODES)", reading(addedScatter)},
	{"onnxsim joins equal random nodes, and 0 with −0", func(p *proto.Model) int {
		if slices.ContainsFunc(p.Metadata, func(e proto.Entry) bool {
			return strings.HasPrefix(e.Key, "onnxsim.")
		}) {
			return 1
		}
		return 0
	}},
	{"weights of float16 end at ±10,000, as onnxconverter-common cuts them off", clampedHalves},
	{"tf2onnx makes constants of Normalization inputs without values: inputs of one row that are " +
		"subtracted (NODES)", keptConstants},
	{"tf2onnx writes Erfc, an operator that ONNX has not, for gelu: other programs refuse it (NODES)",
		from("tf2onnx", func(n *proto.Node) bool { return n.Operator == "Erfc" && n.Domain == "" })},
}

// from counts the nodes of a file of some producer, any if it is "".
func from(producer string, is func(n *proto.Node) bool) func(p *proto.Model) int {
	return func(p *proto.Model) int {
		n := 0
		if p.Graph != nil && strings.HasPrefix(p.ProducerName, producer) {
			for _, node := range p.Graph.Nodes {
				if is(node) {
					n++
				}
			}
		}
		return n
	}
}

// list returns the whole numbers of an attribute.
func list(n *proto.Node, attribute string) []int64 {
	if a := n.Attribute(attribute); a != nil {
		return a.Ints
	}
	return nil
}

func swappedScores(n *proto.Node) bool {
	return n.Operator == "SVMClassifier" && len(list(n, "vectors_per_class")) == 2 &&
		n.Attribute("prob_a") == nil
}

func isTrees(n *proto.Node) bool { return strings.HasPrefix(n.Operator, "TreeEnsemble") }

func missingToTheRight(n *proto.Node) bool {
	return isTrees(n) && !slices.Contains(list(n, "nodes_missing_value_tracks_true"), 1)
}

func inTraining(n *proto.Node) bool {
	a := n.Attribute("training_mode")
	return n.Operator == "BatchNormalization" && a != nil && a.Int != 0
}

// source finds the node that an input of a node comes from: an empty one if none does.
type source func(n *proto.Node, input int) *proto.Node

// reading counts the nodes that are so by what their inputs come from.
func reading(is func(n *proto.Node, from source) bool) func(p *proto.Model) int {
	return func(p *proto.Model) int {
		nodes := map[string]*proto.Node{}
		find := func(n *proto.Node, input int) *proto.Node {
			if input < len(n.Inputs) && nodes[n.Inputs[input]] != nil {
				return nodes[n.Inputs[input]]
			}
			return &proto.Node{}
		}
		return from("", func(n *proto.Node) bool {
			for _, output := range n.Outputs {
				nodes[output] = n
			}
			return is(n, find)
		})(p)
	}
}

func logSigmoid(n *proto.Node, from source) bool {
	return n.Operator == "Log" && from(n, 0).Operator == "Sigmoid"
}

func logOfExponentials(n *proto.Node, from source) bool {
	sum := from(n, 0)
	return n.Operator == "Log" && sum.Operator == "Add" && from(sum, 0).Operator == "Exp" &&
		from(sum, 1).Operator == "Exp"
}

// signedDistances reports whether a node is the root of sums of differences to the power 1.
func signedDistances(n *proto.Node, from source) bool {
	sum := from(n, 0)
	power := from(sum, 0)
	exponent := from(power, 1).Attribute("value")
	return n.Operator == "Pow" && sum.Operator == "ReduceSum" && power.Operator == "Pow" &&
		from(power, 0).Operator == "Sub" && exponent != nil && exponent.Tensor != nil &&
		bytes.Equal(exponent.Tensor.Raw, binary.LittleEndian.AppendUint32(nil, math.Float32bits(1)))
}

// addedScatter reports whether a node adds what was scattered into a constant.
func addedScatter(n *proto.Node, from source) bool {
	if n.Operator != "Add" {
		return false
	}
	scatter := from(n, 1)
	to := from(scatter, 0).Operator
	a := scatter.Attribute("reduction")
	return (scatter.Operator == "ScatterElements" || scatter.Operator == "ScatterND") &&
		(to == "Constant" || to == "ConstantOfShape") && (a == nil || string(a.String) == "none")
}

// clampedHalves counts the initializers of float16 whose largest magnitude is 10,000 exactly.
func clampedHalves(p *proto.Model) int {
	const limit = 0x70E2 // 10,000 in float16
	n := 0
	if p.Graph == nil {
		return n
	}
	for _, t := range p.Graph.Initializer {
		if value.ElementType(t.DataType) != value.Float16 {
			continue
		}
		largest := 0
		for i := 0; i+1 < len(t.Raw); i += 2 {
			largest = max(largest, int(binary.LittleEndian.Uint16(t.Raw[i:]))&0x7FFF)
		}
		if largest == limit {
			n++
		}
	}
	return n
}

// keptConstants counts subtractions of inputs of one row.
func keptConstants(p *proto.Model) int {
	if p.Graph == nil {
		return 0
	}
	rows := map[string]bool{}
	for _, in := range p.Graph.Inputs {
		if in.Type != nil && len(in.Type.Shape) > 0 {
			isOpen := func(d proto.Dim) bool { return !d.HasValue }
			rows[in.Name] = !slices.ContainsFunc(in.Type.Shape, isOpen) &&
				in.Type.Shape[0].Value == 1
		}
	}
	for _, t := range p.Graph.Initializer {
		delete(rows, t.Name)
	}
	return from("tf2onnx", func(n *proto.Node) bool {
		return n.Operator == "Sub" && len(n.Inputs) == 2 && rows[n.Inputs[1]]
	})(p)
}
