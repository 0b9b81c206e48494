package examples_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/examples"
)

var models = flag.String("models", "", "the folder that cases.py made")

// expected is what the models' own packages found.
type expected struct {
	Segments []struct{ Start, End int }
	Words    []struct {
		Box  [4][2]float64
		Text string
	}
	Files map[string]struct {
		Label string
		Score float32
	}
}

func read(t *testing.T) (e expected) {
	if *models == "" {
		t.Skip("it takes -models")
	}
	require.NoError(t, json.Unmarshal(file(t, "expected.json"), &e))
	return e
}

func path(name string) string { return filepath.Join(*models, name) }

func file(t *testing.T, name string) []byte {
	data, err := os.ReadFile(path(name))
	require.NoError(t, err)
	return data
}

// TestVoice finds the segments that Silero's own program finds.
func TestVoice(t *testing.T) {
	want := read(t)
	voice, err := examples.NewVoice(path("silero_vad.onnx"))
	require.NoError(t, err)
	segments, err := voice.Segments(file(t, "speech.wav"))
	require.NoError(t, err)
	require.Len(t, segments, len(want.Segments))
	for i, s := range want.Segments {
		require.Equal(t, examples.Segment{Start: s.Start, End: s.End}, segments[i])
	}
}

// TestWords reads the lines that RapidOCR reads; spaces are not compared.
func TestWords(t *testing.T) {
	want := read(t)
	words, err := examples.NewWords(path("ch_PP-OCRv4_det_infer.onnx"),
		path("ch_ppocr_mobile_v2.0_cls_infer.onnx"), path("ch_PP-OCRv4_rec_infer.onnx"))
	require.NoError(t, err)
	found, err := words.In(file(t, "words.png"))
	require.NoError(t, err)
	require.Len(t, found, len(want.Words))
	for i, w := range want.Words {
		require.Equal(t, strings.ReplaceAll(w.Text, " ", ""), strings.ReplaceAll(found[i].Text, " ", ""))
		require.InDelta(t, w.Box[0][0], found[i].Box.Left, 8)
		require.InDelta(t, w.Box[2][1], found[i].Box.Bottom, 8)
	}
}

// TestFileTypes names the types that Magika names.
func TestFileTypes(t *testing.T) {
	want := read(t)
	types, err := examples.NewFileTypes(path("magika.onnx"), path("magika.json"))
	require.NoError(t, err)
	for name, f := range want.Files {
		label, score, err := types.Of(file(t, "file-"+name))
		require.NoError(t, err)
		require.Equal(t, f.Label, label, name)
		require.InDelta(t, f.Score, score, 1e-3, name)
	}
}
