// Package data brings data to a network: generators that repeat scikit-learn's, a reader for CSV
// files, two embedded data sets, the split into training and validation rows, folds for
// cross-validation, missing values, scaling, one-hot encoding, and the [Loader] that hands out
// mini-batches.
//
// A data set is a matrix x of shape (samples, features) and a target y of shape (samples, 1) or
// (samples, targets). The classes of a classification are numbered 0, 1, … and stand in y as
// numbers of the element type. Everything random comes from a seed.
package data
