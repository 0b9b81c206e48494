// Package data brings data to a network: generators that repeat scikit-learn's, readers for CSV
// files, images and texts, two embedded data sets, the split into training and validation rows,
// folds for cross-validation, missing values, scaling, one-hot encoding, and the [Loader] that
// hands out mini-batches: of tensors, or of [Samples] that are made when they are asked for, images
// that are changed at random and windows over texts and series.
//
// A data set is a matrix x of shape (samples, features) and a target y of shape (samples, 1) or
// (samples, targets). The classes of a classification are numbered 0, 1, … and stand in y as
// numbers of the element type. Everything random comes from a seed.
package data
