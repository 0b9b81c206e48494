// Package tabular trains networks on tables and predicts from their rows: it keeps the columns,
// scalers, categories and classes beside a network that make numbers of a row and a value or a
// class of what the network gives.
//
// [FitCSV] and [FitStructs] train a [Model] from a CSV file or from Go structs; [Prepare] does the
// same step by step. A Model is saved to and loaded from one file. [Model.Freeze] makes of it what
// a service needs: a [Frozen], which predicts from a CSV row, a JSON object or a struct, by any
// number of goroutines at once, and allocates nothing per row.
//
// Everything outside the network is float64: features are scaled before they are rounded to the
// network's element type, and a target's scaling is undone after what the network gives was
// widened.
package tabular
