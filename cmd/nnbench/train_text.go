package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"simdnn/nn"
)

// textReporter prints a training for people: a table with a row every interval of epochs, and what was reached.
type textReporter struct {
	w        io.Writer
	interval int
	last     int // the last epoch, which is shown whatever the interval
}

func (r *textReporter) start(i introduction) error {
	metric := metricTitle(i.metric)
	_, err := fmt.Fprintf(r.w, "%s\n\n%s\n%6s  %14s  %14s  %14s  %14s\n", i.data, i.model, "epoch", "train loss", "train "+metric, "val loss", "val "+metric)
	return err
}

func (r *textReporter) shows(e nn.Epoch) bool { return e.Epoch%r.interval == 0 || e.Epoch == r.last }

func (r *textReporter) epoch(e nn.Epoch) error {
	if !r.shows(e) {
		return nil
	}
	_, err := fmt.Fprintf(r.w, "%6d  %14s  %14s  %14s  %14s\n", e.Epoch, figure(e.TrainLoss), figure(e.TrainMetric), figure(e.ValLoss), figure(e.ValMetric))
	return err
}

func (r *textReporter) done(o *outcome) error {
	var s strings.Builder
	fmt.Fprintf(&s, "\n%s, %s in %.2f s", count(o.Epochs, "epoch"), count(o.Steps, "step"), o.Seconds)
	if o.Resumed > 0 {
		fmt.Fprintf(&s, " after the first %s", count(o.Resumed, "epoch"))
	}
	if !o.Done {
		s.WriteString(", interrupted")
	}
	if step := float64(o.StepNS); !math.IsNaN(step) {
		fmt.Fprintf(&s, " (a step: %s)", nanoseconds(step))
	}
	s.WriteString("\n")
	r.reached(&s, "training", o, float64(o.TrainLoss), float64(o.TrainMetric))
	if !math.IsNaN(float64(o.ValLoss)) {
		r.reached(&s, "validation", o, float64(o.ValLoss), float64(o.ValMetric))
	}
	if o.MSE != nil {
		fmt.Fprintf(&s, "predictions  MSE %.4f, MAE %.4f, %.2f %% within 5 units\n", *o.MSE, *o.MAE, *o.Within5)
	}
	fmt.Fprintf(&s, "ISA   %s, %s, %s, seed %d\nparameters   sha256 %s\n", o.ISA, count(o.Threads, "thread"), o.dtype, o.Seed, o.ParamsSHA256)
	_, err := io.WriteString(r.w, s.String())
	return err
}

// reached writes what the final parameters reach on one part of the data.
func (r *textReporter) reached(w io.Writer, part string, o *outcome, loss, metric float64) {
	fmt.Fprintf(w, "%-12s loss %.4f, %s %.4f", part, loss, metricTitle(o.metric), metric)
	if o.targetScale != 0 {
		fmt.Fprintf(w, " (root mean squared error %.4g in the target's units)", math.Sqrt(loss)*o.targetScale)
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
