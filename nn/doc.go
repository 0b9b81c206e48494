// Package nn builds and trains feed-forward neural networks.
//
// A [Model] is a chain of [Layer] values with a [Loss] and an [Optimizer]. One step of training is
//
//	forward:   the layers in order, from a batch of rows x to the predictions ŷ
//	backward:  from dL/dŷ through the layers in reverse, giving dL/dW and dL/db of each
//	update:    the optimizer changes W and b
//
// and a [Trainer] makes such steps over the batches of many epochs, validates, keeps the history and stops early.
//
// # State
//
// A model holds parameters only. What a pass computes lives in a [Workspace] that the caller owns, so that many goroutines can
// run one model at once, each with its own workspace. A workspace is sized once: after the first step nothing is allocated. Programs that
// only predict use a [Predictor] a goroutine, which takes any number of rows.
//
// # Same bits everywhere
//
// Training gives bit-identical parameters with every ISA (generic excepted) and with any number of threads, and what a
// model predicts for a row doesn't depend on the batch that the row came in. A seed fixes all that is random.
//
// # Descriptors
//
// Activations, losses, optimizers, initialisations and metrics are values such as [ReLU] or Adam(0.001) that know nothing of the
// element type; layers and models are generic over it.
package nn
