package plot

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func sampleChart() Chart {
	return Chart{
		ID: "speed", Title: "Speed <by> size", Description: "Larger is faster & better.",
		X: Axis{Title: "size", Log: true, Ticks: []float64{8, 64, 512, 4096}},
		Y: Axis{Title: "GFLOP/s"},
		Series: []Series{
			{Label: "avx512", Short: "512", Class: "c1", Symbol: Circle, Joined: true,
				Points: []Point{{X: 8, Y: 20, Note: "small"}, {X: 64, Y: 200}, {X: 512, Y: 250}}},
			{Label: "avx2", Class: "c2", Symbol: Square, Joined: true,
				Points: []Point{{X: 8, Y: 10}, {X: 64, Y: 120}, {X: 512, Y: 249}}},
			{Label: "peak", Class: "c5", Limit: true,
				Points: []Point{{X: 8, Y: 280}, {X: 512, Y: 280}}},
			{Label: "copy", Class: "c5", Limit: true,
				Points: []Point{{X: 8, Y: 8}, {X: 64, Y: 64}}},
			{Class: "c3", Symbol: Triangle,
				Points: []Point{{X: 30, Y: 50, Label: "A·B"}, {X: math.NaN(), Y: 1},
					{X: 30, Y: math.Inf(1)}}},
		},
	}
}

func TestChartIsAnAccessiblePicture(t *testing.T) {
	c := sampleChart()
	svg := c.SVG(760, 400)
	elements := requireXML(t, []byte(svg))
	require.Equal(t, 1+1, elements["title"], "the picture's and a note's")
	require.Equal(t, 3+3+1, strings.Count(string(svg), `class="mark `),
		"one for each point that has a place")
	require.Contains(t, svg, `role="img" aria-labelledby="speed-t760 speed-d760"`)
	require.Contains(t, svg, `<title id="speed-t760">Speed &lt;by&gt; size</title>`+
		`<desc id="speed-d760">Larger is faster &amp; better.</desc>`)
	require.NotContains(t, svg, "#", "colours are the style sheet's")
	require.NotContains(t, svg, "NaN")
	require.NotContains(t, svg, "Inf")
}

func TestChartLabelsItsSeriesAndPoints(t *testing.T) {
	c := sampleChart()
	wide, narrow := string(c.SVG(760, 400)), string(c.SVG(356, 400))
	for _, label := range []string{"avx512", "avx2", "peak", "copy", "A·B", "GFLOP/s", ">512<"} {
		require.Contains(t, wide, label)
	}
	require.NotContains(t, wide, "4096", "a tick beyond the data")
	require.NotContains(t, narrow, "avx512")
	require.Equal(t, "avx512", c.Series[0].Label, "the chart itself is as it was")
}

func TestLabelsAtTheEdgeStandApart(t *testing.T) {
	labels := []endLabel{{y: 100}, {y: 101}, {y: 102}, {y: 300}, {y: 399}, {y: 400}}
	spread(labels, 10, 400)
	for i := range labels[1:] {
		require.GreaterOrEqual(t, labels[i+1].at-labels[i].at, float64(rowHeight))
	}
	require.LessOrEqual(t, labels[5].at, 400.0)
	require.Equal(t, 300.0, labels[3].at, "what has room stays")
}

// TestPointLabelsDoNotOverlap crowds points whose labels can't all find room.
func TestPointLabelsDoNotOverlap(t *testing.T) {
	var points []Point
	for i := range 60 {
		points = append(points, Point{X: float64(i%10) / 10, Y: float64(i*i%7) / 10,
			Label: fmt.Sprintf("point %d", i)})
	}
	c := Chart{ID: "crowd", Series: []Series{{Class: "c1", Symbol: Circle, Points: points}}}
	s := c.layOut(400, 300)
	s.symbols(&c.Series[0])
	marks := len(s.taken)
	s.pointLabels(c.Series)
	labels := s.taken[marks:]
	require.Greater(t, len(labels), 5)
	require.Less(t, len(labels), 60)
	for i, a := range labels {
		for _, b := range append(labels[:i:i], s.taken[:marks]...) {
			require.False(t, a.overlaps(b))
		}
	}
}

func TestChartStaysInItsFrame(t *testing.T) {
	c := sampleChart()
	for _, width := range []int{356, 760} {
		svg := string(c.SVG(width, 400))
		points := regexp.MustCompile(`[ML]([\d.-]+) ([\d.-]+)`)
		for _, match := range points.FindAllStringSubmatch(svg, -1) {
			x, errX := strconv.ParseFloat(match[1], 64)
			y, errY := strconv.ParseFloat(match[2], 64)
			require.NoError(t, errX)
			require.NoError(t, errY)
			require.True(t, x >= 0 && x <= float64(width) && y >= 0 && y <= 400, "%s in %d×400",
				match[0], width)
		}
	}
}

func TestChartsWithoutMuchToShow(t *testing.T) {
	for _, points := range [][]Point{nil, {{X: 1, Y: 1}}, {{X: 0, Y: 0}, {X: 0, Y: 0}},
		{{X: math.NaN(), Y: 1}}} {
		for _, log := range []bool{false, true} {
			c := Chart{ID: "few", X: Axis{Log: log}, Y: Axis{Log: log},
				Series: []Series{{Label: "one", Symbol: Diamond, Joined: true, Points: points}}}
			svg := c.SVG(300, 200)
			requireXML(t, []byte(svg))
			require.NotContains(t, svg, "NaN")
		}
	}
}

func TestRowsOfNamesStartAtTheTop(t *testing.T) {
	s := newScale(Axis{Names: []string{"add", "mul", "exp"}}, nil)
	s.from, s.to = 300, 0
	require.Less(t, s.at(0), s.at(1))
	require.Less(t, s.at(1), s.at(2))
	require.True(t, s.at(0) > 0 && s.at(2) < 300)
}

func TestKeyIsAPicture(t *testing.T) {
	for symbol := Circle; symbol <= Ring; symbol++ {
		require.Equal(t, 1, requireXML(t, []byte(Key("c1", symbol)))["path"])
	}
	require.NotEqual(t, Key("c1", Circle), Key("c1", Ring))
}

func TestTicksOfLogarithmsAreExact(t *testing.T) {
	s := newScale(Axis{Log: true, Lo: 300, Hi: 7e6}, nil)
	var values []float64
	for _, tick := range s.ticks {
		values = append(values, tick.Value)
	}
	require.Equal(t, []float64{1e3, 1e4, 1e5, 1e6}, values)
}
