// Package nn builds and trains neural networks.
//
// A [Model] is a chain of [Layer] values with a [Loss] and an [Optimizer]. One step of training is
//
//	forward:   the layers in order, from a batch x to the predictions ŷ
//	backward:  from dL/dŷ through the layers in reverse, giving dL/dp of each parameter p
//	update:    the optimizer changes the parameters
//
// and a [Trainer] makes such steps over the batches of many epochs, validates, keeps the history
// and stops early.
//
// # Graphs
//
// A layer says by operators, those of package graph/op, what becomes of a value; gradients are
// derived from that. So activations, losses, optimizers and layers of other packages are like those
// of this one, see [RegisterLayer]. A model becomes graphs that are rewritten and compiled for each
// size of batches: a step of training is one program, a prediction another.
//
// # State
//
// A model holds parameters only. What a step computes lives in a [Workspace] that the caller owns,
// so that many goroutines can run one model at once, each with its own workspace. After the first
// batch of a size nothing is allocated. Programs that only predict use a [Predictor] a goroutine,
// which takes any number of rows.
//
// # Same bits everywhere
//
// Training gives bit-identical parameters with every ISA (generic excepted) and with any number of
// threads, and what a model predicts for a row doesn't depend on the batch that the row came in. A
// seed fixes all that is random.
//
// # Descriptors
//
// Layers, activations, losses, optimizers, initialisations and metrics are values such as [ReLU] or
// Adam(0.001) that know nothing of the element type; models are generic over it.
package nn
