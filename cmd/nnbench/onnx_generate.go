package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/tensor"
)

// onnxGenerate are the flags of onnx generate.
type onnxGenerate struct {
	ids                    string
	files                  []string
	tokens, texts, threads int
	json                   bool
}

func newONNXGenerate() *cobra.Command {
	var o onnxGenerate
	cmd := &cobra.Command{
		Use:   "generate MODEL",
		Short: "Continue a text by a decoder's most likely tokens, and time them",
		Long: "generate lets a decoder that takes keys and values of the past continue the tokens of\n" +
			"--ids: each step takes the most likely one of the step before. It fills in input_ids, or the\n" +
			"one input of whole numbers in rows, attention_mask and position_ids; what else the model\n" +
			"takes, it gets from --input in each step. The first text makes plans for its lengths,\n" +
			"--texts tells what others take.",
		Example: "  nnbench onnx generate model.onnx --ids 464,2068,7586 --tokens 32\n" +
			"  nnbench onnx generate decoder.onnx --ids 1 --input encoder_hidden_states=states.npy --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("onnx generate takes one file; got %s", cli.Count(len(args), "argument"))
			}
			return o.run(cmd.OutOrStdout(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.ids, "ids", "1", "the tokens that the text begins with")
	flags.StringArrayVar(&o.files, "input", nil,
		"NAME=FILE: a .npy, .npz or .pb file with another input")
	flags.IntVar(&o.tokens, "tokens", 16, "tokens behind them")
	flags.IntVar(&o.texts, "texts", 2, "how often the text is made")
	flags.IntVar(&o.threads, "threads", 1, "threads")
	flags.BoolVar(&o.json, "json", false, "print JSON lines, one a text")
	return cmd
}

// generatedText is a line of onnx generate.
type generatedText struct {
	Text     int     `json:"text"`
	IDs      []int   `json:"ids"` // behind those that were given
	PromptMS float64 `json:"prompt_ms"`
	TokenMS  float64 `json:"token_ms"` // the median of those after the first
	MinMS    float64 `json:"token_min_ms"`
}

func (o *onnxGenerate) run(w io.Writer, path string) error {
	var prompt []int
	for field := range strings.SplitSeq(o.ids, ",") {
		id, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || id < 0 {
			return cli.Usagef("--ids: %q is not a token's number", field)
		}
		prompt = append(prompt, id)
	}
	if o.tokens < 1 || o.texts < 1 {
		return cli.Usagef("--tokens %d, --texts %d: each must be at least 1", o.tokens, o.texts)
	}
	if err := cli.CheckThreads(o.threads); err != nil {
		return cli.Usage(err)
	}
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return cli.Usage(err)
	}
	defer m.Close()
	t := textDecoder{inputs: map[string]*onnx.Value{}}
	files := onnxInputs{}
	for _, arg := range o.files {
		if err := files.read(m, arg, t.inputs); err != nil {
			return cli.Usage(fmt.Errorf("--input: %w", err))
		}
	}
	steps := len(prompt) + o.tokens - 1
	t.Decoder, err = m.Session(onnx.SessionOptions{Threads: o.threads}).
		NewDecoder(onnx.DecoderOptions{Limit: steps, Plans: o.tokens})
	if err != nil {
		return cli.Usage(err)
	}
	if err := t.find(m.Info()); err != nil {
		return cli.Usage(err)
	}
	for text := range o.texts {
		line, err := t.text(prompt, o.tokens)
		if err != nil {
			return err
		}
		line.Text = text + 1
		if o.json {
			err = cli.JSONLine(w, line)
		} else {
			err = line.print(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *generatedText) print(w io.Writer) error {
	others := ""
	if len(l.IDs) > 1 {
		others = fmt.Sprintf(", others %.3g ms each, the fastest %.3g ms", l.TokenMS, l.MinMS)
	}
	_, err := fmt.Fprintf(w, "text %d: %v\n  the first token in %.3g ms%s\n", l.Text, l.IDs, l.PromptMS,
		others)
	return err
}

// textDecoder is a decoder of texts, with what it takes beside what it keeps.
type textDecoder struct {
	*onnx.Decoder
	inputs map[string]*onnx.Value
	filled []onnx.Declaration // the inputs that follow from the tokens, those themselves first
	logits int                // which output has a number for each token
}

// find tells the inputs that follow from the tokens, and the output that they follow from.
func (t *textDecoder) find(info onnx.Info) error {
	for _, d := range info.Inputs {
		if t.inputs[d.Name] != nil || len(d.Shape) != 2 || d.Type != "int64" && d.Type != "int32" {
			continue
		}
		if d.Name == "attention_mask" || d.Name == "position_ids" {
			t.filled = append(t.filled, d)
		} else if len(t.filled) == 0 || !isTokens(t.filled[0]) {
			t.filled = slices.Insert(t.filled, 0, d)
		} else {
			return fmt.Errorf("both %s and %s may be the tokens: give the other one by --input",
				t.filled[0].Name, d.Name)
		}
	}
	if len(t.filled) == 0 || !isTokens(t.filled[0]) {
		return fmt.Errorf("it has no input for tokens")
	}
	t.logits = slices.IndexFunc(t.Names(), func(name string) bool {
		at := slices.IndexFunc(info.Outputs, func(d onnx.Declaration) bool { return d.Name == name })
		return info.Outputs[at].Type == "float32" && len(info.Outputs[at].Shape) == 3
	})
	if t.logits < 0 {
		return fmt.Errorf("no output beside what is kept has float32 numbers for each step's tokens")
	}
	return nil
}

func isTokens(d onnx.Declaration) bool {
	return d.Name != "attention_mask" && d.Name != "position_ids"
}

// text makes a text of so many tokens behind the first ones.
func (t *textDecoder) text(prompt []int, tokens int) (line generatedText, err error) {
	t.Truncate(0)
	var times []float64
	for step := prompt; len(line.IDs) < tokens; {
		start := time.Now()
		id, err := t.next(step)
		if err != nil {
			return line, err
		}
		line.IDs = append(line.IDs, id)
		times, step = append(times, milliseconds(time.Since(start))), []int{id}
	}
	line.PromptMS, times = times[0], times[1:]
	if slices.Sort(times); len(times) > 0 {
		line.TokenMS, line.MinMS = times[len(times)/2], times[0]
	}
	return line, nil
}

// next takes tokens and returns the most likely one behind them.
func (t *textDecoder) next(ids []int) (int, error) {
	before := t.Steps()
	for i, d := range t.filled {
		values := ids
		if d.Name == "attention_mask" {
			values = slices.Repeat([]int{1}, before+len(ids))
		} else if i > 0 {
			values = make([]int, len(ids))
			for j := range values {
				values[j] = before + j
			}
		}
		var err error
		if t.inputs[d.Name], err = wholeNumbers(values, d.Type); err != nil {
			return 0, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	outputs, err := t.Run(t.inputs)
	if err != nil {
		return 0, err
	}
	shape := outputs[t.logits].Shape()
	y := tensor.Elements[float32](outputs[t.logits].Array())
	if len(y) == 0 {
		return 0, fmt.Errorf("output %s of shape %v has no numbers of tokens", t.Names()[t.logits], shape)
	}
	return mostLikely(y[len(y)-shape[2]:])
}

// wholeNumbers returns a row of numbers of a type.
func wholeNumbers(values []int, element string) (*onnx.Value, error) {
	wide, narrow := make([]int64, len(values)), make([]int32, len(values))
	for i, v := range values {
		wide[i], narrow[i] = int64(v), int32(v)
		if element == "int32" && int(narrow[i]) != v {
			return nil, fmt.Errorf("%d is no number of type int32", v)
		}
	}
	if element == "int32" {
		return onnx.NewTensor(tensor.ArrayOf(narrow, 1, len(values))), nil
	}
	return onnx.NewTensor(tensor.ArrayOf(wide, 1, len(values))), nil
}

// mostLikely returns the first place of the largest number.
func mostLikely(y []float32) (int, error) {
	best := 0
	for i, v := range y {
		if v != v {
			return 0, fmt.Errorf("the number of token %d is NaN", i)
		}
		if v > y[best] {
			best = i
		}
	}
	return best, nil
}
