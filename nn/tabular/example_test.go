package tabular_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// flower is a row to learn from.
type flower struct {
	Length  float64 `table:"length"`
	Colour  string  `table:"colour"`
	Species string  `table:"species,target"`
}

// flowers returns some that are easy to tell apart.
func flowers() []flower {
	var rows []flower
	for i := range 40 {
		rows = append(rows, flower{1 + float64(i%4)/10, "white", "daisy"},
			flower{4 + float64(i%5)/10, "red", "poppy"})
	}
	return rows
}

// Trains on structs, and predicts for a service over HTTP: any number of requests at once.
func Example_service() {
	model, _, err := tabular.FitStructs[float32](context.Background(), flowers(), tabular.Options{
		Table: data.CSVOptions{Classification: true, Unknown: data.UnknownZero},
	})
	if err != nil {
		log.Fatal(err)
	}
	frozen, err := model.Freeze()
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var prediction tabular.Prediction
		object, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err == nil {
			err = frozen.PredictJSON(object, &prediction)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(prediction.AppendJSON(nil))
	}))
	defer server.Close()

	for _, object := range []string{
		`{"length": 4.2, "colour": "red"}`, `{"length": 1.1, "colour": "blue"}`,
		`{"colour": "red"}`,
	} {
		response, err := http.Post(server.URL, "application/json", strings.NewReader(object))
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		var answer struct{ Prediction string }
		if json.Unmarshal(body, &answer) != nil {
			answer.Prediction = strings.TrimSpace(string(body))
		}
		fmt.Println(response.StatusCode, answer.Prediction)
	}
	// Output:
	// 200 poppy
	// 200 daisy
	// 400 column "length": the member is missing; Missing mean in training lets the model fill it in
}

// Trains on a CSV file, saves the model to a file, and predicts from records in another order.
func ExampleFitCSV() {
	table := "rooms,town,price\n" + strings.Repeat(
		"1,Ulm,100\n2,Ulm,200\n3,Ulm,300\n1,Köln,150\n2,Köln,250\n3,Köln,350\n", 20)
	settings := tabular.DefaultSettings()
	settings.Epochs = 200
	model, history, err := tabular.FitCSV[float32](context.Background(), strings.NewReader(table),
		tabular.Options{Table: data.CSVOptions{Target: "price"}, Settings: settings})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Encode(&file); err != nil { // or Save to a path
		log.Fatal(err)
	}
	loaded, err := tabular.Decode[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	frozen, err := loaded.Freeze()
	if err != nil {
		log.Fatal(err)
	}
	records, err := frozen.Records([]string{"town", "rooms"})
	if err != nil {
		log.Fatal(err)
	}
	var prediction tabular.Prediction
	if err := records.Predict([]string{"Ulm", "2"}, &prediction); err != nil {
		log.Fatal(err)
	}
	last, _ := history.Last()
	fmt.Printf("R² above 0.99: %t; two rooms in Ulm: about %.0f\n", last.ValMetric > 0.99,
		prediction.Value)
	// Output: R² above 0.99: true; two rooms in Ulm: about 200
}
