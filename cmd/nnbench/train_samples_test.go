package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/task"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// writeImages writes a folder of images of two classes, a bright left or right half.
func writeImages(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for i := range 24 {
		m := image.NewGray(image.Rect(0, 0, 8, 8))
		class := []string{"left", "right"}[i%2]
		for y := range 8 {
			for x := range 4 {
				m.Set(x+4*(i%2), y, color.Gray{byte(130 + 5*i + y)})
			}
		}
		require.NoError(t, os.MkdirAll(filepath.Join(folder, class), 0o777))
		file, err := os.Create(filepath.Join(folder, class, fmt.Sprintf("%02d.png", i)))
		require.NoError(t, err)
		require.NoError(t, png.Encode(file, m))
		require.NoError(t, file.Close())
	}
	return folder
}

func TestTrainImages(t *testing.T) {
	folder, model := writeImages(t), filepath.Join(t.TempDir(), "m.safetensors")
	train := []string{"train", "images", folder, "--net", "64-8-2", "--lr", "0.01", "--epochs", "30",
		"--batch", "6", "--shift", "1", "--val", "0.25", "--json"}
	lines := jsonLines(t, requireDone(t, append(train, "--save", model)...))
	require.Len(t, lines, 31)
	done := lines[30]
	requireKeys(t, done, outcomeKeys)
	require.Equal(t, "images", done["task"])
	require.Equal(t, 1.0, done["val_metric"])
	again := jsonLines(t, requireDone(t, train...))
	require.Equal(t, done["params_sha256"], again[30]["params_sha256"])

	file := filepath.Join(folder, "left", "00.png")
	predictions := jsonLines(t, requireDone(t, "predict", "--model", model, "--data", file, "--json"))
	require.Len(t, predictions, 1)
	require.Equal(t, file, predictions[0]["image"])
	require.Equal(t, "left", predictions[0]["class"])
	table := requireDone(t, "predict", "--model", model, "--data", filepath.Join(folder, "right"))
	require.Len(t, strings.Split(strings.TrimSpace(table), "\n"), 13)
	require.Contains(t, table, "image,class,P(left),P(right)\n")
	require.Contains(t, table, "01.png,right,")
	both := jsonLines(t, requireDone(t, "predict", "--model", model, "--data", folder, "--json"))
	require.Len(t, both, 24)
	require.Equal(t, "left", both[0]["class"])
	require.Equal(t, "right", both[23]["class"])
}

// TestPredictReconstructions compares the errors of an autoencoder with what it makes of images.
func TestPredictReconstructions(t *testing.T) {
	folder, path := writeImages(t), filepath.Join(t.TempDir(), "m.safetensors")
	requireDone(t, "train", "images", folder, "--net", "autoencoder", "--epochs", "2", "--save", path)
	right := filepath.Join(folder, "right")
	lines := jsonLines(t, requireDone(t, "predict", "--model", path, "--data", right, "--json"))
	require.Len(t, lines, 12)
	model, err := task.Load[float32](path)
	require.NoError(t, err)
	images, err := data.ReadImages(right, model.Images.Size())
	require.NoError(t, err)
	require.NoError(t, model.ReconstructImages(images, func(i int, x, y []float32) error {
		mse := nn.MeanSquaredError.New()
		for k := range x {
			mse.Add([]float64{float64(y[k])}, []float64{float64(x[k])})
		}
		require.InDelta(t, mse.Value(), lines[i]["mse"], 1e-12)
		require.Equal(t, images.Files[i], lines[i]["image"])
		return nil
	}))
	table := requireDone(t, "predict", "--model", path, "--data", right)
	require.Regexp(t, `^image,mse\n\S+/01.png,0\.\d+\n`, table)
}

// imageArchive writes an archive of images whose upper or lower half is light, and returns its path.
func imageArchive(t *testing.T) string {
	const n = 20
	pixels, labels := make([]uint8, n*36), make([]uint8, n)
	for i := range n {
		labels[i] = uint8(i % 2)
		for k := range 18 {
			pixels[i*36+18*(i%2)+k] = uint8(200 + i)
		}
	}
	x, y := tensor.ArrayOf(pixels, n, 6, 6), tensor.ArrayOf(labels, n)
	path := filepath.Join(t.TempDir(), "mnist.npz")
	require.NoError(t, npy.WriteArchive(path, map[string]*tensor.Array{"x_train": x, "y_train": y,
		"x_test": x, "y_test": y}, npy.Deflated))
	return path
}

func TestTrainMNIST(t *testing.T) {
	path := imageArchive(t)
	train := []string{"train", "mnist", "--data", path, "--lr", "0.01", "--batch", "5", "--json",
		"--schedule", "constant"}
	for _, net := range []string{"36-8-2", "lstm"} {
		train := append(train[:len(train):len(train)], "--net", net)
		whole := jsonLines(t, requireDone(t, append(train, "--epochs", "6")...))
		require.Equal(t, 1.0, whole[6]["val_metric"])
		kept := append(train[:len(train):len(train)], "--resume", "--checkpoint", t.TempDir())
		requireDone(t, append(kept, "--epochs", "2")...)
		resumed := jsonLines(t, requireDone(t, append(kept, "--epochs", "6")...))
		require.Equal(t, whole[6]["params_sha256"], resumed[4]["params_sha256"])
		require.Equal(t, 2.0, resumed[4]["resumed_epochs"])
	}
}

func TestTrainText(t *testing.T) {
	folder := t.TempDir()
	file, model := filepath.Join(folder, "t.txt"), filepath.Join(folder, "m.safetensors")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("so it goes. ", 200)), 0o666))
	requireDone(t, "train", "text", file, "--net", "gru", "--length", "16", "--epochs", "6", "--lr",
		"0.01", "--save", model)
	out := requireDone(t, "predict", "--model", model, "--prompt", "so it ", "--length", "18",
		"--temperature", "0")
	require.Equal(t, "so it goes. so it goes. \n", out)
	requireError(t, statusUsage, []string{"predict", "--model", model, "--data", file},
		"predict takes --prompt, not --data")
	requireError(t, statusFailed, []string{"predict", "--model", model, "--prompt", "x"},
		"the prompt: line 1, byte 1")
	requireError(t, statusFailed, []string{"predict", "--model", model, "--temperature", "-1"},
		"a temperature of -1")
}

func TestTrainSeries(t *testing.T) {
	var b strings.Builder
	b.WriteString("step,load\n")
	for i := range 200 {
		fmt.Fprintf(&b, "%d,%.4f\n", i, 50+10*math.Sin(float64(i)/3))
	}
	table, model := writeCSV(t, b.String()), filepath.Join(t.TempDir(), "m.safetensors")
	train := []string{"train", "series", table, "--target", "load", "--window", "10", "--drop", "step"}
	requireDone(t, append(train, "--epochs", "30", "--lr", "0.02", "--save", model)...)
	lines := jsonLines(t, requireDone(t, "predict", "--model", model, "--data", table, "--steps", "3",
		"--json"))
	require.Len(t, lines, 3)
	for i, line := range lines {
		require.InDelta(t, 50+10*math.Sin(float64(200+i)/3), line["value"], 4)
	}
	require.Regexp(t, `^step,load\n1,\S+\n$`, requireDone(t, "predict", "--model", model, "--data",
		table))
}

// TestTrainSeriesArrays trains on the same numbers from a CSV file, a .npy and a .npz file: the
// same bits, and the same forecasts.
func TestTrainSeriesArrays(t *testing.T) {
	const steps = 60
	csv, both, load, other := "c1,c2\n", []float64(nil), []float64(nil), []int16(nil)
	for i := range steps {
		v, w := math.Sin(float64(i)/3), int16(i%7)
		csv += fmt.Sprintf("%v,%d\n", v, w)
		both, load, other = append(both, v, float64(w)), append(load, v), append(other, w)
	}
	folder := t.TempDir()
	array, archive := filepath.Join(folder, "a.npy"), filepath.Join(folder, "a.npz")
	require.NoError(t, npy.WriteFile(array, tensor.ArrayOf(both, steps, 2)))
	require.NoError(t, npy.WriteArchive(archive, map[string]*tensor.Array{
		"c1": tensor.ArrayOf(load, steps), "c2": tensor.ArrayOf(other, steps)}, npy.Deflated))
	var hashes, forecasts []string
	for _, path := range []string{writeCSV(t, csv), array, archive} {
		model := filepath.Join(t.TempDir(), "m.safetensors")
		lines := jsonLines(t, requireDone(t, "train", "series", path, "--target", "c1", "--window", "5",
			"--epochs", "2", "--save", model, "--json"))
		hashes = append(hashes, lines[len(lines)-1]["params_sha256"].(string))
		forecasts = append(forecasts, requireDone(t, "predict", "--model", model, "--data", path))
		requireDone(t, "verify", model, "--data", path)
	}
	require.Equal(t, []string{hashes[0], hashes[0], hashes[0]}, hashes)
	require.Equal(t, []string{forecasts[0], forecasts[0], forecasts[0]}, forecasts)
	alone := filepath.Join(folder, "alone.npy")
	require.NoError(t, npy.WriteFile(alone, tensor.ArrayOf(load, steps)))
	require.Contains(t, requireDone(t, "train", "series", alone, "--target", "c1", "--window", "5",
		"--epochs", "1", "--lr", "0.25", "--schedule", "one-cycle"), "(lr 0.25,")
	requireError(t, statusUsage, []string{"train", "series", array, "--target", "c1", "--window", "5",
		"--missing", "mean"}, "--missing is for CSV files, which "+array+" is not")
	requireError(t, statusFailed, []string{"train", "series", archive, "--target", "x", "--window",
		"5"},
		`a.npz: there is no column "x"; there are c1, c2`)
}

func TestTrainSamplesUsage(t *testing.T) {
	for problem, args := range map[string]string{
		"mnist needs --data FOLDER":              "mnist",
		"images needs a FOLDER":                  "images",
		"text takes one FILE; got [\"a\" \"b\"]": "text a b",
		"series needs --target COLUMN":           "series x.csv",
		"series needs --window N":                "series x.csv --target y",
		"--window and --horizon: -1 and 1 are":   "series x.csv --target y --window -1",
		"--size: \"64\" is no WIDTHxHEIGHT":      "images x --size 64",
		"--length: 0 is not a positive number":   "text x --length 0",
		"--batch: 0 is not a positive number":    "text x --batch 0",
		"unknown schedule \"x\"":                 "text x --schedule x",
		"--net nowhere.json: open nowhere.json:": "text x --net nowhere.json",
	} {
		requireError(t, statusUsage, append([]string{"train"}, strings.Fields(args)...), problem)
	}
	requireError(t, statusFailed, []string{"train", "mnist", "--data", t.TempDir()},
		"there is no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in it")
	file := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(file, []byte("\xff\n"), 0o666))
	requireError(t, statusFailed, []string{"train", "mnist", "--data", file},
		"neither a folder with the four files of MNIST nor a .npz archive")
	requireError(t, statusFailed, []string{"train", "text", file},
		"0xff is not in UTF-8; --bytes learns its bytes")
}

// TestReportOfModels draws a page about a model of each kind.
func TestReportOfModels(t *testing.T) {
	folder, images := t.TempDir(), writeImages(t)
	model, page := filepath.Join(folder, "m.safetensors"), filepath.Join(folder, "page.html")
	draw := func(train string, args ...string) string {
		t.Helper()
		requireDone(t, append(strings.Fields("train "+train), "--epochs", "1", "--save", model)...)
		requireDone(t, append([]string{"report", "--model", model, "-o", page}, args...)...)
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		return string(content)
	}
	classes := draw("images "+images+" --net 64-2-2 --lr 1e-9", "--data", images)
	require.Contains(t, classes, "Confusion matrix of 2 classes")
	require.Contains(t, classes, ", predicted ")
	require.Equal(t, 2, strings.Count(classes, `alt="1"`)+strings.Count(classes, `alt="2"`))
	require.Contains(t, draw("images "+images+" --net autoencoder", "--data", images),
		"Reconstructions")
	text := filepath.Join(folder, "t.txt")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("<b>", 200)), 0o666))
	require.Contains(t, draw("text "+text+" --net gru --length 8"), "Generated text")
	table := writeCSV(t, "y\n"+strings.Repeat("1\n2\n3\n", 30))
	require.Contains(t, draw("series "+table+" --target y --window 4", "--data", table),
		"each predicted from those before it")
	requireError(t, statusUsage, []string{"report", "--model", model}, "needs --data")
}

// TestReportOfTables draws a page about a classifier and one about a regression.
func TestReportOfTables(t *testing.T) {
	const flowers = "../../testdata/iris.csv"
	page := filepath.Join(t.TempDir(), "page.html")
	draw := func(model, table string) string {
		t.Helper()
		requireDone(t, "report", "--model", model, "--data", table, "-o", page)
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		return string(content)
	}
	species := savedModel(t, flowers, "species", "classification")
	require.Contains(t, draw(species, flowers), "Of 150 rows ")
	line := writeCSV(t, "x,noise,y\n"+strings.Repeat("1,1,2\n2,0,4\n3,1,6\n4,0,8\n", 30))
	drawn := draw(savedModel(t, line, "y", "regression", "--epochs", "60"), line)
	require.Contains(t, drawn, "Each of 120 rows")
	require.Less(t, strings.Index(drawn, ">x<"), strings.Index(drawn, ">noise<"), "the column that matters")
	requireError(t, statusUsage, []string{"report", "--model", species}, "a model of tables needs --data")
	other := writeCSV(t, "sepal_length,sepal_width,petal_length,petal_width,species\n1,2,3,4,rose\n"+
		"1,2,3,4,lily\n")
	requireError(t, statusFailed, []string{"report", "--model", species, "--data", other, "-o", page},
		"row 1 has a class that the model doesn't know")
}
