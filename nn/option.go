package nn

import "simdnn/tensor"

// Option changes how [NewModel] builds a model.
type Option func(*settings)

type settings struct {
	seed      uint64
	threads   int
	set       *tensor.ISA
	tuning    *tensor.Tuning
	optimizer Optimizer
	input     []int

	fixedPlans bool
}

// WithInput sets the shape of a sample, without the batch, for a model whose first layer takes
// inputs of any shape: one of [Dense] knows its own.
func WithInput(shape ...int) Option { return func(s *settings) { s.input = shape } }

// WithSeed sets the seed from which the initial parameters are drawn.
func WithSeed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// WithThreads sets the largest number of threads that an operation uses; 0 means one a processor. A
// step of training or a prediction uses them if that makes it faster, which is measured now and
// then as they run. It doesn't change any result.
func WithThreads(threads int) Option { return func(s *settings) { s.threads = threads } }

// WithISA chooses the kernels, see [tensor.ISAByName]. Apart from generic it doesn't change any
// result.
func WithISA(set *tensor.ISA) Option { return func(s *settings) { s.set = set } }

// WithTuning sets what the model's products are tuned for, see [tensor.WithTuning]. It doesn't
// change any result.
func WithTuning(t tensor.Tuning) Option { return func(s *settings) { s.tuning = &t } }

// WithFixedPlans lets all steps and predictions run in the same way, on all threads, as the tuning
// says. Without it the model times a few ways as they run, and keeps the fastest, see
// [tensor.Engine.Plan] and [WithThreads]. It doesn't change any result.
func WithFixedPlans() Option { return func(s *settings) { s.fixedPlans = true } }

// WithOptimizer sets what Update uses.
func WithOptimizer(o Optimizer) Option { return func(s *settings) { s.optimizer = o } }

// engineOptions returns what the settings say about the model's engine, but for its ISA and
// threads.
func (s *settings) engineOptions() (options []tensor.Option) {
	if s.tuning != nil {
		options = append(options, tensor.WithTuning(*s.tuning))
	}
	if s.fixedPlans {
		options = append(options, tensor.WithFixedPlans())
	}
	return options
}
