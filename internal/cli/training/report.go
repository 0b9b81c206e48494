package training

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/nn"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// reporter prints a training run as it goes.
type reporter interface {
	start(introduction) error
	epoch(nn.Epoch) error
	// shows reports whether epoch prints anything.
	shows(nn.Epoch) bool
	done(*outcome) error
}

// introduction is what is known before the run.
type introduction struct{ data, model, metric string }

// outcome is what a training run has reached: the last line with --json. Figures are those of the
// final parameters.
type outcome struct {
	Done         bool        `json:"done"` // false if it was interrupted
	Task         string      `json:"task"`
	Seed         uint32      `json:"seed"`
	ISA          string      `json:"isa"`
	Threads      int         `json:"threads"`
	Epochs       int         `json:"epochs"`
	Resumed      int         `json:"resumed_epochs,omitempty"` // of them, those that a checkpoint held
	Steps        int         `json:"steps"`
	Seconds      cli.Number  `json:"seconds"`
	StepNS       cli.Number  `json:"step_ns"`
	TrainLoss    cli.Number  `json:"train_loss"`
	TrainMetric  cli.Number  `json:"train_metric"`
	ValLoss      cli.Number  `json:"val_loss"`
	ValMetric    cli.Number  `json:"val_metric"`
	Shards       int         `json:"shards,omitempty"` // if there are more than one
	Processes    int         `json:"processes,omitempty"`
	ParamsSHA256 string      `json:"params_sha256"`
	MSE          *cli.Number `json:"mse,omitempty"`
	MAE          *cli.Number `json:"mae,omitempty"`
	Within5      *cli.Number `json:"within5,omitempty"` // per cent

	metric, dtype string
	// what a difference of 1 in the loss's units is in the target's; 0 if the same or if there are
	// classes
	targetScale float64
}

// describe says what the data are.
func describe[T tensor.Float](p *trainPlan, job *tabular.Job[T]) string {
	d := job.Dataset
	rows := fmt.Sprintf("%d rows of %s", d.Rows(), cli.Count(d.X.Dim(1), "feature"))
	if d.Name != p.name {
		rows = d.Name + ", " + rows
	}
	if job.Validation != nil {
		rows += fmt.Sprintf(", %g %% of them held out", 100*p.settings.Validation)
	}
	return rows
}

// introduce describes the data and the model.
func (t *trainingRun[T]) introduce() introduction {
	return introduction{t.name + ": " + t.about, t.model.String(), t.model.Loss().Metric().String()}
}

// conclude measures the final parameters, also of a run that was interrupted.
func (t *trainingRun[T]) conclude(h *nn.History, watch *stopwatch) (*outcome, error) {
	last, _ := h.Last()
	e := t.model.Engine()
	o := &outcome{
		Task: t.name, Seed: t.seed, ISA: e.ISA(), Threads: e.Threads(),
		Epochs: len(h.Epochs), Steps: last.Steps,
		Resumed: len(h.Epochs) - watch.epochs,
		Seconds: cli.Number(watch.total.Seconds()), StepNS: cli.Number(watch.median()),
		ParamsSHA256: t.model.ParamsSHA256(), metric: h.Metric, dtype: bench.Dtype[T](),
		targetScale: t.targetScale,
	}
	if t.shards > 1 {
		o.Shards = t.shards
	}
	if all := t.trainer.Processes; all != nil {
		o.Processes = all.Size()
	}
	ctx := context.Background()
	metrics := append([]nn.Metric{t.model.Loss().Metric()}, t.metrics...)
	train, err := nn.Evaluate(ctx, t.model, t.train, metrics...)
	if err != nil {
		return nil, err
	}
	o.TrainLoss, o.TrainMetric = cli.Number(train.Loss), cli.Number(train.Metrics[0])
	// null without validation
	o.ValLoss, o.ValMetric = cli.Number(last.ValLoss), cli.Number(last.ValMetric)
	if t.validation != nil {
		validation, err := nn.Evaluate(ctx, t.model, t.validation, metrics[0])
		if err != nil {
			return nil, err
		}
		o.ValLoss, o.ValMetric = cli.Number(validation.Loss), cli.Number(validation.Metrics[0])
	}
	if len(t.metrics) == 3 {
		mse, mae := cli.Number(train.Metrics[1]), cli.Number(train.Metrics[2])
		within5 := cli.Number(100 * train.Metrics[3])
		o.MSE, o.MAE, o.Within5 = &mse, &mae, &within5
	}
	return o, nil
}

// mostSteps bounds the steps whose times the median is of.
const mostSteps = 1 << 16

// stopwatch times a run and its steps, moves the progress bar and passes the epochs on.
type stopwatch struct {
	progress *cli.Progress
	report   reporter
	total    time.Duration
	mark     time.Time // the end of the last step or epoch
	steps    []float64 // nanoseconds
	epochs   int       // that have ended
}

// fit times a run.
func (s *stopwatch) fit(train func() (*nn.History, error)) (*nn.History, error) {
	start := time.Now()
	s.mark, s.steps = start, make([]float64, 0, mostSteps)
	h, err := train()
	s.total = time.Since(start)
	s.progress.End()
	return h, err
}

// step notes the time of a step.
func (s *stopwatch) step(step nn.Step) error {
	now := time.Now()
	if len(s.steps) < cap(s.steps) {
		s.steps = append(s.steps, float64(now.Sub(s.mark)))
	}
	s.progress.Tick(step.Epoch*step.Steps+step.Step+1, now)
	s.mark = now
	return nil
}

// epoch passes an epoch on.
func (s *stopwatch) epoch(e nn.Epoch) error {
	if s.report.shows(e) {
		s.progress.MakeRoom()
	}
	err := s.report.epoch(e)
	s.epochs++
	s.mark = time.Now()
	return err
}

// median returns the median time of a step in nanoseconds, NaN if there was none.
func (s *stopwatch) median() float64 {
	if len(s.steps) == 0 {
		return math.NaN()
	}
	return measure.Median(s.steps)
}

// jsonReporter prints JSON Lines.
type jsonReporter struct{ w io.Writer }

func (r *jsonReporter) start(introduction) error { return nil }

func (r *jsonReporter) shows(nn.Epoch) bool { return true }

func (r *jsonReporter) epoch(e nn.Epoch) error {
	return cli.JSONLine(r.w, struct {
		Epoch       int        `json:"epoch"`
		TrainLoss   cli.Number `json:"train_loss"`
		TrainMetric cli.Number `json:"train_metric"`
		ValLoss     cli.Number `json:"val_loss"`
		ValMetric   cli.Number `json:"val_metric"`
	}{e.Epoch, cli.Number(e.TrainLoss), cli.Number(e.TrainMetric),
		cli.Number(e.ValLoss), cli.Number(e.ValMetric)})
}

func (r *jsonReporter) done(o *outcome) error { return cli.JSONLine(r.w, o) }

// textReporter prints a run for people: a table with a row every interval of epochs, and what was
// reached.
type textReporter struct {
	w        io.Writer
	interval int
	last     int // the last epoch, which is shown whatever the interval
}

func (r *textReporter) start(i introduction) error {
	metric := MetricTitle(i.metric)
	_, err := fmt.Fprintf(r.w, "%s\n\n%s\n%6s  %14s  %14s  %14s  %14s\n", i.data, i.model, "epoch",
		"train loss", "train "+metric, "val loss", "val "+metric)
	return err
}

func (r *textReporter) shows(e nn.Epoch) bool {
	return e.Epoch%r.interval == 0 || e.Epoch == r.last
}

func (r *textReporter) epoch(e nn.Epoch) error {
	if !r.shows(e) {
		return nil
	}
	_, err := fmt.Fprintf(r.w, "%6d  %14s  %14s  %14s  %14s\n", e.Epoch, figure(e.TrainLoss),
		figure(e.TrainMetric), figure(e.ValLoss), figure(e.ValMetric))
	return err
}

func (r *textReporter) done(o *outcome) error {
	var s strings.Builder
	fmt.Fprintf(&s, "\n%s, %s in %.2f s", cli.Count(o.Epochs, "epoch"), cli.Count(o.Steps, "step"),
		o.Seconds)
	if o.Resumed > 0 {
		fmt.Fprintf(&s, " after the first %s", cli.Count(o.Resumed, "epoch"))
	}
	if !o.Done {
		s.WriteString(", interrupted")
	}
	if step := float64(o.StepNS); !math.IsNaN(step) {
		fmt.Fprintf(&s, " (a step: %s)", cli.Nanoseconds(step))
	}
	s.WriteString("\n")
	r.reached(&s, "training", o, float64(o.TrainLoss), float64(o.TrainMetric))
	if !math.IsNaN(float64(o.ValLoss)) {
		r.reached(&s, "validation", o, float64(o.ValLoss), float64(o.ValMetric))
	}
	if o.MSE != nil {
		fmt.Fprintf(&s, "predictions  MSE %.4f, MAE %.4f, %.2f %% within 5 units\n", *o.MSE, *o.MAE,
			*o.Within5)
	}
	if o.Processes > 0 {
		fmt.Fprintf(&s, "processes    %d, %s\n", o.Processes, cli.Count(o.Shards, "shard"))
	}
	fmt.Fprintf(&s, "ISA   %s, %s, %s, seed %d\nparameters   sha256 %s\n", o.ISA,
		cli.Count(o.Threads, "thread"), o.dtype, o.Seed, o.ParamsSHA256)
	_, err := io.WriteString(r.w, s.String())
	return err
}

// reached writes what the final parameters reach on one part of the data.
func (r *textReporter) reached(w io.Writer, part string, o *outcome, loss, metric float64) {
	fmt.Fprintf(w, "%-12s loss %.4f, %s %.4f", part, loss, MetricTitle(o.metric), metric)
	if o.targetScale != 0 {
		fmt.Fprintf(w, " (root mean squared error %.4g in the target's units)",
			math.Sqrt(loss)*o.targetScale)
	}
	fmt.Fprintln(w)
}

// figure formats a loss or metric, a dash if there is none.
func figure(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.4f", v)
}
