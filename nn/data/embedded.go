package data

import (
	"compress/gzip"
	"embed"
	"fmt"
)

// datasets holds the embedded data sets; its README.md gives their sources and licences in full.
//
//go:embed datasets/*.csv.gz
var datasets embed.FS

// Digits returns 1797 images of handwritten digits for classification into 10 classes: x of shape
// (1797, 64) with the 8×8 pixels, row by row, from 0 to 16.
//
// Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
// Learning Repository, test part; licence CC BY 4.0. The same data as scikit-learn's load_digits.
func Digits() (*Dataset, error) {
	return readEmbedded("digits.csv.gz", CSVOptions{Target: "digit", Classification: true})
}

// Diabetes returns age, sex, body mass index, blood pressure and six serum measurements of 442
// patients, x of shape (442, 10), for the regression of the disease's progression one year later.
// The features are raw; scale them with [FitScaler] before training.
//
// Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), Least Angle Regression,
// Annals of Statistics 32, by way of scikit-learn (BSD licence). The same data as its
// load_diabetes(scaled=False).
func Diabetes() (*Dataset, error) {
	return readEmbedded("diabetes.csv.gz", CSVOptions{Target: "progression"})
}

// readEmbedded reads an embedded data set.
func readEmbedded(name string, o CSVOptions) (*Dataset, error) {
	f, err := datasets.Open("datasets/" + name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d, err := ReadCSV(text, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}
