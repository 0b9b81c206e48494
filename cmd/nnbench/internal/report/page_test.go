package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// element is a start tag with its attributes.
type element struct {
	name       string
	attributes map[string]string
}

// parse returns the elements of a page, all of which must be closed in order.
func parse(t *testing.T, page []byte) []element {
	t.Helper()
	var elements []element
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "img"}, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, map[string]string{}}
			for _, a := range start.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
		}
	}
}

func samplePage(t *testing.T) []byte {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, Write(&page, Source{
		Results: loadRun(t, "new.txt"), Old: loadRun(t, "old.txt"),
		Made: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC),
		Runs: []TrainingRun{{
			Name: "toy", About: "a <toy>", Loss: "mean squared error", Metric: "R²",
			Time: time.Second,
			Epochs: []nn.Epoch{{TrainLoss: 900, ValLoss: 950, TrainMetric: 0.1, ValMetric: 0.1},
				{Epoch: 1, TrainLoss: 2, ValLoss: 3, TrainMetric: 0.9, ValMetric: 0.8}},
		}},
	}))
	return page.Bytes()
}

func TestPageStandsAlone(t *testing.T) {
	page := samplePage(t)
	for _, e := range parse(t, page) {
		require.NotContains(t, []string{"script", "link", "img", "iframe", "object"}, e.name)
		for name, value := range e.attributes {
			require.False(t, strings.HasPrefix(name, "on"), "%s %s", e.name, name)
			require.False(t, name == "src" || name == "href" && !strings.HasPrefix(value, "#"),
				"%s %s=%s", e.name, name, value)
		}
	}
	require.Empty(t, regexp.MustCompile(`https?:|url\(|@import`).FindAll(page, -1))
}

func TestPageCanBeReadByAnyone(t *testing.T) {
	page := samplePage(t)
	ids, pictures, tables := map[string]bool{}, 0, 0
	for _, e := range parse(t, page) {
		if id := e.attributes["id"]; id != "" {
			require.False(t, ids[id], "the id %s occurs twice", id)
			ids[id] = true
		}
	}
	for _, e := range parse(t, page) {
		switch {
		case e.name == "html":
			require.Equal(t, "en", e.attributes["lang"])
		case e.name == "svg" && e.attributes["aria-hidden"] == "":
			pictures++
			require.Equal(t, "img", e.attributes["role"])
			for _, id := range strings.Fields(e.attributes["aria-labelledby"]) {
				require.True(t, ids[id], id)
			}
		case e.name == "table":
			tables++
		case e.name == "a":
			require.True(t, ids[strings.TrimPrefix(e.attributes["href"], "#")])
		}
	}
	require.Greater(t, pictures, 8)
	require.Greater(t, tables, 6)
	for _, rule := range []string{"prefers-color-scheme: dark", "@media print",
		"max-width: 480px"} {
		require.True(t, strings.Contains(string(pageCSS), rule), rule)
	}
}

func TestPageTellsTheRun(t *testing.T) {
	page := string(samplePage(t))
	for _, text := range []string{
		"simdnn on Some Processor", "linux/amd64", "2020-01-02", "0123456789ab", // the facts
		"Roofline", "Matrix products", "Operations on elements", "Training steps", "Training runs",
		"Against old.txt",
		"200 GFLOP/s, avx512 FMA", "<td>190</td>", "95 %", // a product of 190 under a peak of 200
		"a &lt;toy&gt;",
		"Other revision: it was ffff and is 0123456789abcdef0123.",
		"&#43;100.0 %", "−50.0 %",
	} {
		require.True(t, strings.Contains(page, text), text)
	}
	require.False(t, strings.Contains(page, "NaN"))
	require.False(t, strings.Contains(page, "+Inf"))
}

func TestPageOfLittle(t *testing.T) {
	for _, line := range []string{
		"BenchmarkX 1 5 ns/op", "BenchmarkMatMul/trans=NN/size=8x8x8/dtype=f32/isa=avx2 1 5 " +
			"ns/op 200 GFLOP/s",
		"BenchmarkElementwise/add/size=8/dtype=f32/isa=avx2 1 5 ns/op",
		"BenchmarkStep/4-2/size=8/dtype=f32/isa=avx2 1 5 ns/op",
		"BenchmarkCeiling/copy/size=1024/dtype=f32 1 5 ns/op 100 GB/s",
		"BenchmarkMatMul/size=big 1 5 ns/op",
	} {
		r, err := Read(strings.NewReader(line+"\n"), "little.txt")
		require.NoError(t, err)
		var page bytes.Buffer
		require.NoError(t, Write(&page, Source{Results: r, Old: r}))
		parse(t, page.Bytes())
		require.False(t, strings.Contains(page.String(), "NaN"), line)
		require.False(t, strings.Contains(page.String(), "Roofline"),
			"%s: no kernel without a ceiling", line)
	}
}

func TestRunsWithoutCommonBenchmarks(t *testing.T) {
	other, err := Read(strings.NewReader("BenchmarkX 1 5 ns/op\n"), "other.txt")
	require.NoError(t, err)
	require.ErrorContains(t, Write(io.Discard, Source{Results: loadRun(t, "new.txt"), Old: other}),
		"other.txt and new.txt have no benchmark in common")
}
