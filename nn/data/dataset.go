package data

import "simdnn/tensor"

// Dataset is a data set for supervised learning with the names of its parts.
type Dataset struct {
	X        *tensor.Tensor[float64] // (samples, features)
	Y        *tensor.Tensor[float64] // (samples, 1): numbers of a regression, class numbers of a classification
	Features []string                // names of X's columns
	Columns  []Column                // what X's columns were made of, if it was a table
	Target   string                  // name of Y
	Classes  []string                // names of the classes 0, 1, … of a classification; nil for a regression
}
