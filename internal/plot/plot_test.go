package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
)

// requireXML fails unless data is well-formed XML, and returns the number of elements of each name.
func requireXML(t *testing.T, data []byte) map[string]int {
	t.Helper()
	elements := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
}

func samplePanels() []Panel {
	var train, val, r2 []float64
	for e := range 300 {
		train = append(train, 900+35000*math.Exp(-float64(e)/9))
		val = append(val, 960+31000*math.Exp(-float64(e)/8))
		r2 = append(r2, 1-train[e]/36000)
	}
	val[3] = math.NaN()
	return []Panel{
		{Title: "Loss", YLabel: "mean squared error", MayLog: true,
			Curves: []Curve{{"training", train}, {"validation", val}}},
		{Title: "R²", YLabel: "R²", Curves: []Curve{{"training", r2}}},
	}
}

func TestCurvesAreAPicture(t *testing.T) {
	var svg, pngFile bytes.Buffer
	require.NoError(t, Curves(&svg, SVG, samplePanels()...))
	requireXML(t, svg.Bytes())
	require.Contains(t, svg.String(), "validation")
	require.Contains(t, svg.String(), "logarithmic")

	require.NoError(t, Curves(&pngFile, PNG, samplePanels()...))
	picture, err := png.Decode(&pngFile)
	require.NoError(t, err)
	require.Greater(t, picture.Bounds().Dx(), 2*picture.Bounds().Dy())
}

func TestCurvesOfOneEpochOrNone(t *testing.T) {
	for _, y := range [][]float64{{3}, {}, {math.NaN()}, {0, 0}, {-1, 5, 100}} {
		var svg bytes.Buffer
		require.NoError(t, Curves(&svg, SVG,
			Panel{Title: "Loss", MayLog: true, Curves: []Curve{{"training", y}}}))
		requireXML(t, svg.Bytes())
	}
}

// TestCurvesOfExtremeValues draws what is hard to tell apart, or beyond the range of numbers when
// subtracted.
func TestCurvesOfExtremeValues(t *testing.T) {
	const tiny, huge = math.SmallestNonzeroFloat64, math.MaxFloat64
	for _, y := range [][]float64{
		{tiny, 2 * tiny}, {0, tiny}, {huge, -huge}, {huge, 1e-300}, {huge, tiny}, {-huge, huge / 2},
		{99.99999999999996, 100}, {1e300, 1.0000000000000002e300}, {math.Inf(1), 3e-310}, {-tiny},
	} {
		for _, mayLog := range []bool{false, true} {
			var svg bytes.Buffer
			require.NoError(t, Curves(&svg, SVG,
				Panel{Title: "Loss", MayLog: mayLog, Curves: []Curve{{"training", y}}}))
			requireXML(t, svg.Bytes())
			require.NotContains(t, svg.String(), "NaN", "%v", y)
			require.NotContains(t, svg.String(), "Inf", "%v", y)
			require.Less(t, svg.Len(), 20_000, "%v", y)
		}
	}
	var svg bytes.Buffer
	require.NoError(t, Curves(&svg, SVG,
		Panel{YLabel: "mean", Curves: []Curve{{"training", []float64{2e12, 4e12}}}}))
	require.Contains(t, svg.String(), ">mean / 1e12<")
	require.Contains(t, svg.String(), ">2.5<")
}

func TestCurvesRefuseAnUnknownFormat(t *testing.T) {
	require.ErrorContains(t, Curves(io.Discard, "pdf"), `"pdf"; known: svg, png`)
}

func TestNetworkShowsEveryNeuronOrAnEllipsis(t *testing.T) {
	var svg bytes.Buffer
	require.NoError(t, Network(&svg, "a <b> & c", []Column{
		{Size: 10, Title: "input", Detail: []string{"10 features"}},
		{Size: 64, Title: "hidden", Detail: []string{"64 neurons", "relu", "704 parameters"}},
		{Size: 3, Title: "output", Detail: []string{"3 neurons", "softmax", "195 parameters"}},
	}))
	elements := requireXML(t, svg.Bytes())
	require.Equal(t, 10+8+3+3, elements["circle"],
		"10 inputs, 8 of 64 hidden neurons and three dots, 3 outputs")
	require.Equal(t, 10*8+8*3, elements["line"])
	require.Contains(t, svg.String(), "a &lt;b&gt; &amp; c")
	require.False(t, strings.Contains(svg.String(), "<b>"))
}

func TestTicksAreRound(t *testing.T) {
	labels := func(marker plot.Ticker, lo, hi float64) []string {
		var labels []string
		for _, tick := range marker.Ticks(lo, hi) {
			if tick.Label != "" {
				labels = append(labels, tick.Label)
			}
		}
		return labels
	}
	require.Equal(t, []string{"0", "50", "100", "150", "200", "250"}, labels(roundTicks{}, 0, 299))
	require.Equal(t, []string{"0.2", "0.4", "0.6", "0.8"}, labels(roundTicks{}, 0.01, 0.97))
	require.Equal(t, []string{"0.0", "0.1", "0.2", "0.3", "0.4"}, labels(roundTicks{}, 0, 0.4))
	require.Equal(t, []string{"1000", "2000", "5000", "10000"},
		labels(decadeTicks{}, math.Log10(900), math.Log10(15000)))
	require.Equal(t, []string{"0.01", "0.1", "1", "10", "100"}, labels(decadeTicks{}, -2, 2))
	require.Equal(t, []string{"1e-20", "1e-10", "1", "1e+10", "1e+20", "1e+30", "1e+40"},
		labels(decadeTicks{}, -29, 119)[:7])
}
