package training

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// trainOutputs are the files that a training run writes, nil where none is wanted.
type trainOutputs struct{ plot, arch, save *atomicfile.File }

// stage starts the files, so that it is known before training that they can be written.
func (o *trainOutputs) stage(ctx context.Context, p *fitPlan) error {
	for _, f := range []struct {
		path string
		file **atomicfile.File
	}{{p.plot, &o.plot}, {p.arch, &o.arch}, {p.save, &o.save}} {
		if f.path == "" {
			continue
		}
		var err error
		*f.file, err = cli.Await(ctx, func() (*atomicfile.File, error) {
			return atomicfile.Create(f.path)
		})
		if err != nil {
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
func (t *trainingRun[T]) writeResults(o *trainOutputs, history *nn.History) error {
	if o.save != nil {
		if err := t.encode(o.save); err != nil {
			return err
		}
		if err := o.save.Commit(); err != nil {
			return err
		}
	}
	if o.plot == nil {
		return nil
	}
	if err := drawCurves(o.plot, t.plotFormat, t.model.Loss(), history); err != nil {
		return err
	}
	return o.plot.Commit()
}

// pictureFormat returns the format that a file's extension names.
func pictureFormat(path string, formats ...string) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	for _, f := range formats {
		if extension == f {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: unknown picture format %q; the file's name must end in .%s", path,
		extension, strings.Join(formats, " or ."))
}

// otherFormats are extensions under which nobody would look for, or could open, a file of weights.
var otherFormats = []string{
	"csv", "tsv", "txt", "json", "jsonl", "svg", "png", "html", "pdf", "parquet", "zip", "gz",
	"onnx", "pt", "pth", "pkl", "pickle", "joblib", "h5", "keras", "npy", "npz", "gguf",
}

// checkModelName refuses a model's file whose extension names a format that it won't have. None,
// or one that names no format, as in model.v2, is fine.
func checkModelName(path string) error {
	extension := filepath.Ext(path)
	if extension == "" || !slices.Contains(otherFormats, strings.ToLower(extension[1:])) {
		return nil
	}
	return fmt.Errorf("%s: a model is saved in the format safetensors, which is not that of %s "+
		"files; %s.safetensors would do", path, extension, strings.TrimSuffix(path, extension))
}
