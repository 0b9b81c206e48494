package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/tensor"
)

const decoderModel = "../../testdata/golden/generation/decoder.onnx"

// TestONNXGenerate continues a text as ONNX's evaluator does, for a second time as for the first.
func TestONNXGenerate(t *testing.T) {
	type text struct{ Prompt, Tokens []int }
	want := golden.Read[text](t, "generation/tokens.json")[0]
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(want.Prompt), " ", ","), "[]")
	args := []string{"onnx", "generate", decoderModel, "--ids", ids, "--tokens",
		fmt.Sprint(len(want.Tokens))}
	lines := strings.Split(strings.TrimSpace(requireDone(t, append(args, "--json")...)), "\n")
	require.Len(t, lines, 2)
	for i, line := range lines {
		var got generatedText
		require.NoError(t, json.Unmarshal([]byte(line), &got))
		require.Equal(t, i+1, got.Text)
		require.Equal(t, want.Tokens, got.IDs)
		require.Positive(t, got.PromptMS)
		require.GreaterOrEqual(t, got.TokenMS, got.MinMS)
	}
	require.Contains(t, requireDone(t, append(args, "--texts", "1")...),
		fmt.Sprintf("text 1: %v\n", want.Tokens))
	alone := requireDone(t, "onnx", "generate", decoderModel, "--ids", ids, "--tokens", "1")
	require.NotContains(t, alone, "others")
}

func TestWholeNumbers(t *testing.T) {
	x, err := wholeNumbers([]int{7, math.MaxInt32}, "int32")
	require.NoError(t, err)
	require.Equal(t, []int32{7, math.MaxInt32}, tensor.Elements[int32](x.Array()))
	if beyond := math.MaxInt32; strconv.IntSize > 32 {
		beyond++
		_, err = wholeNumbers([]int{beyond}, "int32")
		require.EqualError(t, err, "2147483648 is no number of type int32")
	}
}

func TestONNXGenerateRefuses(t *testing.T) {
	refused := func(message string, args ...string) {
		t.Helper()
		requireError(t, statusUsage, append([]string{"onnx", "generate"}, args...), message)
	}
	refused("onnx generate takes one file")
	refused(`--ids: "x" is not a token's number`, decoderModel, "--ids", "1,x")
	refused("--tokens 0, --texts 2: each must be at least 1", decoderModel, "--tokens", "0")
	refused("threads", decoderModel, "--threads", "-1")
	refused(`--input: "x" is not NAME=FILE`, decoderModel, "--input", "x")
	refused("no output is called as an input of the next step is", digitsModel)
	requireError(t, statusFailed, []string{"onnx", "generate", decoderModel, "--ids", "99"}, "99")
}
