package main

import (
	"simdnn/internal/atomicfile"
	"simdnn/nn"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// trainOutputs are the files that a training writes, nil where none is wanted.
type trainOutputs struct{ plot, arch, save *atomicfile.File }

// stage starts the files, so that it is known before the training that they can be written.
func (o *trainOutputs) stage(p *trainPlan) error {
	for _, f := range []struct {
		path string
		file **atomicfile.File
	}{{p.plot, &o.plot}, {p.arch, &o.arch}, {p.save, &o.save}} {
		if f.path == "" {
			continue
		}
		var err error
		if *f.file, err = atomicfile.Create(f.path); err != nil {
			o.discard()
			return err
		}
	}
	return nil
}

// discard removes the files that were not completed.
func (o *trainOutputs) discard() {
	for _, f := range []*atomicfile.File{o.plot, o.arch, o.save} {
		if f != nil {
			f.Discard()
		}
	}
}

// writeArchitecture draws the network, if that is wanted.
func writeArchitecture[T tensor.Float](o *trainOutputs, p *trainPlan, job *tabular.Job[T]) error {
	if o.arch == nil {
		return nil
	}
	if err := drawNetwork(o.arch, p.name, job.Model); err != nil {
		return err
	}
	return o.arch.Commit()
}

// writeResults saves the model and draws the curves, as far as that is wanted.
func writeResults[T tensor.Float](
	o *trainOutputs, p *trainPlan, job *tabular.Job[T], history *nn.History,
) error {
	if o.save != nil {
		if err := job.Trained().Encode(o.save); err != nil {
			return err
		}
		if err := o.save.Commit(); err != nil {
			return err
		}
	}
	if o.plot == nil {
		return nil
	}
	if err := drawCurves(o.plot, p.plotFormat, job.Model.Loss(), history); err != nil {
		return err
	}
	return o.plot.Commit()
}
