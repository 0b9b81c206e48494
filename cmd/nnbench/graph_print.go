package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"simdnn/graph/exec"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// graphNode is a node of a program as graph prints it.
type graphNode struct {
	Node       string          `json:"node"`
	Operator   string          `json:"operator"`
	Attributes json.RawMessage `json:"attributes"`
	Scope      string          `json:"scope"`
	Inputs     []string        `json:"inputs"`
	Shape      []int           `json:"shape"`
	Type       string          `json:"type"`
	Outputs    []graphOutput   `json:"outputs"`
	NS         cli.Number      `json:"ns"`
	Share      cli.Number      `json:"share"`
}

// graphOutput is one of the outputs of a node.
type graphOutput struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
}

// graphEnd is the last line of graph.
type graphEnd struct {
	Done           bool       `json:"done"`
	Model          string     `json:"model"`
	Graph          string     `json:"graph"`
	Batch          int        `json:"batch"`
	Dtype          string     `json:"dtype"`
	ISA            string     `json:"isa"`
	Threads        int        `json:"threads"`
	Nodes          int        `json:"nodes"`
	NodesRewritten int        `json:"nodes_rewritten"`
	Steps          int        `json:"steps"`
	ArenaBytes     int        `json:"arena_bytes"`
	BuildUS        cli.Number `json:"build_us"`
	RewriteUS      cli.Number `json:"rewrite_us"`
	CompileUS      cli.Number `json:"compile_us"`
	RunNS          cli.Number `json:"run_ns"`
}

// showGraph prints the graph of a model.
func showGraph[T tensor.Float](p *graphPlan, w io.Writer) error {
	m, err := newGraphModel[T](p)
	if err != nil {
		return err
	}
	g, err := makeGraphs(p, m)
	if err != nil {
		return err
	}
	if p.dot {
		_, err := io.WriteString(w, g.rewritten.DOT())
		return err
	}
	times := untimed(g.program)
	if p.time {
		if times, err = timeNodes(g.program); err != nil {
			return err
		}
	}
	nodes, end := describeNodes(g.program, times), g.end(p, m.Engine().ISA(), times)
	if p.json {
		if err := cli.JSONEach(w, nodes); err != nil {
			return err
		}
		return cli.JSONLine(w, end)
	}
	return g.print(w, p, nodes, end)
}

// nodeTimes are the times of a program in ns, NaN if it was not timed.
type nodeTimes struct {
	steps []float64
	run   float64
}

func untimed(p *exec.Program) nodeTimes {
	t := nodeTimes{make([]float64, p.Steps()), math.NaN()}
	for i := range t.steps {
		t.steps[i] = math.NaN()
	}
	return t
}

// timeRuns is the number of runs in which nodes are timed, and timeRunsLeast of those that take
// longer than timeNodesLongest together.
const (
	timeRuns         = 1001
	timeRunsLeast    = 5
	timeNodesLongest = time.Second
)

// timeNodes returns the times of the steps of a program, medians over runs, and of a whole run.
func timeNodes(p *exec.Program) (nodeTimes, error) {
	if err := p.Run(); err != nil { // which shows whether there can be an error at all
		return nodeTimes{}, err
	}
	run := measure.Nanoseconds(func() { _ = p.Run() })[0] // the warm-up of the nodes
	runs := min(max(int(float64(timeNodesLongest)/max(run, 1)), timeRunsLeast), timeRuns)
	each := make([][]float64, p.Steps())
	times := make([]time.Duration, p.Steps())
	for range runs {
		if err := p.RunTimed(times); err != nil {
			return nodeTimes{}, err
		}
		for i, t := range times {
			each[i] = append(each[i], float64(t.Nanoseconds()))
		}
	}
	t := nodeTimes{run: run}
	for _, samples := range each {
		t.steps = append(t.steps, measure.Median(samples))
	}
	return t, nil
}

// describeNodes returns the nodes of a program with their times and their shares of the sum.
func describeNodes(p *exec.Program, times nodeTimes) []graphNode {
	total := 0.0
	for _, t := range times.steps {
		total += t
	}
	var nodes []graphNode
	for _, n := range p.Nodes() {
		attributes, err := json.Marshal(n.Operator)
		if err != nil { // of an operator with a function, say
			attributes = []byte("{}")
		}
		d := graphNode{Node: n.Outputs[0].Name(), Operator: n.Operator.Name(), Attributes: attributes,
			Scope: n.Scope, Inputs: []string{}}
		for _, v := range n.Inputs {
			d.Inputs = append(d.Inputs, v.Name())
		}
		for i, v := range n.Outputs {
			shape, _ := n.Types[i].Shape.Ints()
			d.Outputs = append(d.Outputs, graphOutput{v.Name(), v.DType().String(), shape})
		}
		d.Shape, d.Type = d.Outputs[0].Shape, d.Outputs[0].Type
		if n.Step >= 0 {
			d.NS = cli.Number(times.steps[n.Step])
		} else if math.IsNaN(times.run) {
			d.NS = cli.Number(times.run)
		}
		d.Share = cli.Number(float64(d.NS) / total)
		nodes = append(nodes, d)
	}
	return nodes
}

// end returns the last line.
func (g *graphs) end(p *graphPlan, isa string, times nodeTimes) graphEnd {
	of := "prediction"
	if p.train {
		of = "training step"
	}
	us := func(ns float64) cli.Number { return cli.Number(ns / 1000) }
	return graphEnd{Done: true, Model: p.name(), Graph: of, Batch: p.batch, Dtype: p.dtype, ISA: isa,
		Threads: p.threads, Nodes: len(g.built.Nodes()), NodesRewritten: len(g.rewritten.Nodes()),
		Steps: g.program.Steps(), ArenaBytes: g.program.ArenaBytes(), BuildUS: us(g.times[0]),
		RewriteUS: us(g.times[1]), CompileUS: us(g.times[2]), RunNS: cli.Number(times.run)}
}

// print writes the graphs for people.
func (g *graphs) print(w io.Writer, p *graphPlan, nodes []graphNode, end graphEnd) error {
	_, err := fmt.Fprintf(w, "%s of %s as built: %s\n\n%v\nrewritten: %s\n\n%v\n", end.Graph,
		end.Model, cli.Count(end.Nodes, "node"), g.built,
		cli.Count(end.NodesRewritten, "node"), g.rewritten)
	if err != nil {
		return err
	}
	if p.time {
		t := cli.NewTable(w, "time", "share", "node", "operator", "outputs", "scope")
		for _, n := range nodes {
			var outputs []string
			for _, o := range n.Outputs {
				outputs = append(outputs, fmt.Sprint(o.Type, o.Shape))
			}
			t.Row(cli.Nanoseconds(float64(n.NS)), fmt.Sprintf("%.1f %%", 100*float64(n.Share)), n.Node,
				n.Operator, strings.Join(outputs, " "), n.Scope)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nrun         %s\n", cli.Nanoseconds(float64(end.RunNS)))
	}
	_, err = fmt.Fprintf(w, "arena       %d bytes for a batch of %d (%s, %s, %s)\n"+
		"made in     %s: built %s, rewritten %s, compiled %s\n", end.ArenaBytes, end.Batch, end.Dtype,
		end.ISA, cli.Count(end.Threads, "thread"), cli.Nanoseconds(g.times[0]+g.times[1]+g.times[2]),
		cli.Nanoseconds(g.times[0]), cli.Nanoseconds(g.times[1]), cli.Nanoseconds(g.times[2]))
	return err
}
