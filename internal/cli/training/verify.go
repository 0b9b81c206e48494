package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/tensor"
)

// verifyFlags are the flags of verify.
type verifyFlags struct {
	data, checkpoint string
	from, threads    int
	json             bool
	program          func() *cobra.Command // in which the run is a command
}

// NewVerify returns the command verify of a program, whose root a function makes.
func (p *Program) NewVerify(root func() *cobra.Command) *cobra.Command {
	f := verifyFlags{program: root}
	cmd := &cobra.Command{
		Use:   "verify MODEL.safetensors",
		Short: "Train a saved model again and say whether every bit agrees",
		Long: "verify repeats the training run that train --save wrote a model after: with the arguments,\n" +
			"the data and the seed that the model's manifest names, on this processor, with as many\n" +
			"threads as wanted. After each epoch the parameters are compared with the sums that the\n" +
			"manifest holds. The exit status is 0 if every bit agrees, and 1 with the first epoch\n" +
			"(counted from 0) and the first parameter that differ. Data of other bytes are refused\n" +
			"before anything is trained; the status of what can't be repeated is 2.\n\n" +
			"With --from-epoch only what follows a checkpoint is trained: --checkpoint names a copy of\n" +
			"its folder, which holds so many epochs and stays as it is.",
		Example: p.named("  nnbench train --data iris.csv --target species --task classification " +
			"--save iris.safetensors\n" +
			"  nnbench verify iris.safetensors --data iris.csv\n" +
			"  SIMDNN_ISA=avx2 nnbench verify iris.safetensors --threads 1"),
		Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (f.from > 0) != (f.checkpoint != "") || f.from < 0 {
				return cli.Usagef("--from-epoch N, above 0, and --checkpoint FOLDER belong together")
			}
			if err := cli.CheckMaxThreads(f.threads); err != nil || f.threads < 0 {
				return cli.Usagef("--threads: %d is not a number of threads", f.threads)
			}
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.data, "data", "", "`FILE` or folder of the data, if it isn't where it was")
	flags.StringVar(&f.checkpoint, "checkpoint", "", "`FOLDER` of a checkpoint to begin at")
	flags.IntVar(&f.from, "from-epoch", 0, "epochs that the checkpoint holds")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0: one per processor")
	flags.BoolVar(&f.json, "json", false, "print a JSON line")
	return cmd
}

// oneModel refuses another number of arguments than one.
func oneModel(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return cli.Usagef("verify takes a MODEL.safetensors, not %s", cli.Count(len(args), "argument"))
	}
	return nil
}

// verification is what a run is compared with, which its context carries.
type verification struct {
	manifest *nn.Manifest
	from     int // the epochs that a checkpoint holds
	checked  int // the epochs that were compared
	isa      string
	threads  int
}

type verificationKey struct{}

// epoch takes what the comparison of an epoch has given, and ends the run after the last.
func (v *verification) epoch(e nn.Epoch, difference error) error {
	if v.checked == 0 && e.Epoch != v.from {
		return fmt.Errorf("the checkpoint holds %d epochs, not %d", e.Epoch, v.from)
	}
	if difference != nil {
		return difference
	}
	if v.checked++; e.Epoch+1 == len(v.manifest.Epochs) {
		return nn.ErrStop
	}
	return nil
}

// verifyLine is the line with --json.
type verifyLine struct {
	Verified     bool   `json:"verified"`
	Epochs       int    `json:"epochs"` // that agree
	Epoch        *int   `json:"epoch,omitempty"`
	Parameter    string `json:"parameter,omitempty"`
	ISA          string `json:"isa"`
	Threads      int    `json:"threads"`
	ParamsSHA256 string `json:"params_sha256"`
}

// run repeats the run of a model and prints whether it agrees.
func (f *verifyFlags) run(ctx context.Context, path string, stdout, stderr io.Writer) error {
	m, err := nn.ReadManifest(path)
	if err != nil {
		return cli.Usage(err)
	}
	if err := checkParameters(path, m); err != nil {
		return err
	}
	arguments, err := f.arguments(m)
	if err != nil {
		return err
	}
	v := &verification{manifest: m, from: f.from}
	if f.checkpoint != "" {
		folder, err := copyCheckpoint(f.checkpoint)
		if err != nil {
			return cli.Usage(err)
		}
		defer os.RemoveAll(folder)
		arguments = append(arguments, "--checkpoint", folder, "--resume")
	}
	root := f.program()
	root.SetArgs(arguments)
	root.SetOut(io.Discard)
	root.SetErr(stderr)
	err = root.ExecuteContext(context.WithValue(ctx, verificationKey{}, v))
	different := (*nn.DifferenceError)(nil)
	if err != nil && !errors.As(err, &different) {
		return cli.Usagef("the run can't be repeated: %w", err)
	}
	if err == nil && v.checked == 0 {
		return cli.Usagef("the run can't be repeated: the checkpoint holds all of its epochs")
	}
	return f.print(stdout, v, different)
}

// checkParameters returns an error unless a model's file holds the parameters that its manifest's
// run left: without it the manifest alone would be verified, whatever the model has become.
func checkParameters(path string, m *nn.Manifest) error {
	err := checkFile[float32](path, m)
	if err != nil { // its elements may be wider
		err = checkFile[float64](path, m)
	}
	if errors.As(err, new(*nn.DifferenceError)) {
		return fmt.Errorf("%s holds other parameters than those that the run of its manifest left", path)
	}
	return err
}

// checkFile returns an error unless the model in a file is as a run has left it.
func checkFile[T tensor.Float](path string, m *nn.Manifest) error {
	model, err := nn.Load[T](path)
	if err != nil {
		return err
	}
	return nn.CheckEnd(m, model)
}

// print prints the verdict, and returns the difference if there is one.
func (f *verifyFlags) print(w io.Writer, v *verification, different *nn.DifferenceError) error {
	o := verifyLine{Verified: different == nil, Epochs: v.from + v.checked, ISA: v.isa,
		Threads: v.threads, ParamsSHA256: v.manifest.Params}
	if different != nil && different.Epoch >= 0 {
		o.Epoch, o.Parameter = &different.Epoch, different.Parameter
	}
	var err error
	if f.json {
		err = json.NewEncoder(w).Encode(o)
	} else if o.Verified {
		_, err = fmt.Fprintf(w, "verified: %s, every bit agrees, on %s with %s\nparameters %s\n",
			cli.Count(o.Epochs, "epoch"), v.isa, cli.Count(v.threads, "thread"), o.ParamsSHA256)
	}
	if err == nil && different != nil {
		return different
	}
	return err
}

// arguments returns the command line of the manifest's run, after comparing the data.
func (f *verifyFlags) arguments(m *nn.Manifest) ([]string, error) {
	switch {
	case len(m.Arguments) == 0:
		return nil, cli.Usagef("the model's run can't be repeated: it was no command")
	case m.Source == "-" && f.data == "":
		return nil, cli.Usagef("the model was trained on standard input: what that was " +
			"--data FILE has to say")
	}
	arguments := slices.Clone(m.Arguments)
	source := m.Source
	if f.data != "" && source == "" {
		return nil, cli.Usagef("--data: the model was trained on %s, which reads no files",
			strings.Join(arguments, " "))
	}
	if f.data != "" {
		for i, a := range arguments {
			if flag, value, ok := strings.Cut(a, "="); ok && value == source {
				arguments[i] = flag + "=" + f.data
			} else if a == source {
				arguments[i] = f.data
			}
		}
		source = f.data
	}
	if source != "" {
		sums, err := sumFiles(source)
		if err != nil {
			return nil, cli.Usage(err)
		}
		if err := sameData(m.Data, sums); err != nil {
			return nil, cli.Usagef("%s is not what the model was trained on: %w", source, err)
		}
	}
	for _, want := range m.Others {
		if got, err := nn.SumFile(want.Name); err != nil {
			return nil, cli.Usage(err)
		} else if got != want {
			return nil, cli.Usagef("%s is not what the model was trained with", want.Name)
		}
	}
	if f.threads > 0 {
		arguments = append(arguments, fmt.Sprintf("--threads=%d", f.threads))
	}
	return arguments, nil
}

// sameData returns an error that names the first file that differs.
func sameData(want, got []nn.FileSum) error {
	if len(want) == 1 && len(got) == 1 { // whatever it is called
		want, got = slices.Clone(want), slices.Clone(got)
		want[0].Name = got[0].Name
	}
	left := map[string]nn.FileSum{}
	for _, s := range got {
		left[s.Name] = s
	}
	for _, s := range want {
		is, there := left[s.Name]
		switch delete(left, s.Name); {
		case !there:
			return fmt.Errorf("%s is missing", s.Name)
		case is != s:
			return fmt.Errorf("%s has not the SHA-256 %s", s.Name, s.SHA256)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		return fmt.Errorf("%s was not there", name)
	}
	return nil
}

// copyCheckpoint returns a folder with a copy of a checkpoint, which a run may go on from.
func copyCheckpoint(folder string) (copied string, err error) {
	data, err := os.ReadFile((&nn.Checkpoint{Folder: folder}).Path())
	if err != nil {
		return "", err
	}
	if copied, err = os.MkdirTemp("", "nnbench-verify-"); err != nil {
		return "", err
	}
	path := filepath.Join(copied, filepath.Base((&nn.Checkpoint{Folder: folder}).Path()))
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		os.RemoveAll(copied)
	}
	return copied, err
}
