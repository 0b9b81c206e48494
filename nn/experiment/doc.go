// Package experiment holds the trainings that this project is judged by as data, network and hyper-parameters: the perceptron, the
// regression and the classification on synthetic data, and two small real data sets.
//
// An [Experiment] is a recipe: how its data set is made, and the [Settings] it is trained with by default. [Prepare] turns a data set and settings
// into a [Job]: split, scaled, with a model and a trainer, ready to fit. It takes other data sets as well.
package experiment
