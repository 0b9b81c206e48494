package report

import (
	"bytes"
	"image"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestModelPage(t *testing.T) {
	picture := func(caption string) []Picture {
		return []Picture{{Raster(2, 3, 1, true, func(y, x, c int) float64 {
			return float64(3*y + x)
		}), caption}}
	}
	classes := []string{"<a>", "a long name"}
	var b bytes.Buffer
	require.NoError(t, WriteModel(&b, ModelSource{
		File: "m.safetensors", Network: "Dense", Data: "images", Made: time.Unix(0, 0),
		Confusion: &Confusion{Classes: classes, Counts: [][]int{{3, 1}, {0, 0}}},
		Wrong:     picture("a, predicted b"), Filters: picture("1"), Pairs: picture("x.png"),
		Text:     "if a < b",
		Forecast: &Forecast{Target: "y", First: 3, Truth: []float64{1, 2}, Predicted: []float64{1, 3}},
		Values:   &Values{Target: "y", Truth: []float64{1, 3, 5}, Predicted: []float64{1, 3, 7}},
		Columns: &Columns{Metric: "rmse", Value: 2, Names: []string{"<x>", "y"},
			Shuffled: []float64{2.5, 8}},
	}))
	images := 0
	var sections []string
	for _, e := range parse(t, b.Bytes()) {
		switch e.name {
		case "img":
			images++
			require.NotEmpty(t, e.attributes["alt"])
			require.True(t, strings.HasPrefix(e.attributes["src"], "data:image/png;base64,"))
		case "section":
			sections = append(sections, e.attributes["id"])
		}
	}
	require.Equal(t, 3, images)
	require.Equal(t, strings.Fields("confusion wrong filters pairs text forecast values columns"), sections)
	page := b.String()
	require.Contains(t, page, "Of 4 images 3 are classified correctly: 75.00 %")
	require.Contains(t, page, "&lt;a&gt; predicted as a long name: 1")
	require.Contains(t, page, "a long…")
	require.Contains(t, page, "if a &lt; b")
	require.Contains(t, page, "error is 1.155; the predictions explain 50.00 %")
	require.Less(t, strings.Index(page, "&#43;6<"), strings.Index(page, "&#43;0.5<"))
	require.Contains(t, page, "&lt;x&gt;")

	b.Reset()
	require.NoError(t, WriteModel(&b, ModelSource{File: "m"}))
	require.NotContains(t, b.String(), "<section")
}

func TestRaster(t *testing.T) {
	at := func(y, x, c int) float64 { return []float64{-1, 0.5, 3}[x] + float64(c) }
	spread := Raster(1, 3, 3, true, at).(*image.NRGBA)
	require.Equal(t, []uint8{0, 43, 85, 255}, spread.Pix[:4])
	plain := Raster(1, 3, 1, false, at).(*image.NRGBA)
	require.Equal(t, []uint8{0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255}, plain.Pix)
}
