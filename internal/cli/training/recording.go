package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simdnn/nn"
	"simdnn/tensor"
)

// unrecorded are flags that don't change what a run trains.
var unrecorded = []string{"save", "plot", "arch", "json", "checkpoint", "checkpoint-every",
	"resume", "threads", "timeout", "messages", "hand-out"}

// command is what a run was asked for, which its context carries.
type command struct {
	arguments []string
	data      string // the file or folder that it reads, "" for none and "-" for standard input
	others    []string
	stdin     *summedReader // nil unless that is what is read
}

// summedReader sums up what is read from standard input.
type summedReader struct {
	io.Reader
	bytes int64
	hash  hash.Hash
}

// newSummedReader returns a reader that has read nothing.
func newSummedReader(r io.Reader) *summedReader { return &summedReader{r, 0, sha256.New()} }

// Read reads and sums up.
func (s *summedReader) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.hash.Write(p[:n])
	s.bytes += int64(n)
	return n, err
}

// sum returns the sum of what was read.
func (s *summedReader) sum() nn.FileSum {
	return nn.FileSum{Name: "-", Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash.Sum(nil))}
}

type commandKey struct{}

// withCommand returns the context of a run: its manifest will hold the command with its arguments,
// and the sums of what the run reads, its data and other files.
func withCommand(cmd *cobra.Command, args []string, data string, others ...string) context.Context {
	list := append(strings.Fields(cmd.CommandPath())[1:], args...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(unrecorded, f.Name) {
			list = append(list, flagArguments(f)...)
		}
	})
	return context.WithValue(cmd.Context(), commandKey{}, &command{list, data, others, nil})
}

// flagArguments returns what sets a flag to its value.
func flagArguments(f *pflag.Flag) []string {
	list, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return []string{"--" + f.Name + "=" + f.Value.String()}
	}
	var all []string
	for _, v := range list.GetSlice() {
		var quoted bytes.Buffer
		w := csv.NewWriter(&quoted)
		_ = w.Write([]string{v}) // a buffer never fails
		w.Flush()
		all = append(all, "--"+f.Name+"="+strings.TrimSuffix(quoted.String(), "\n"))
	}
	return all
}

// recording follows a run for its manifest, and compares it with that of another.
type recording[T tensor.Float] struct {
	model    *nn.Model[T]
	manifest *nn.Manifest  // nil unless the model is saved
	against  *verification // nil unless the run repeats another
}

// record begins to follow a run of a context, whose model is saved or not.
func record[T tensor.Float](ctx context.Context, model *nn.Model[T], saved bool) (*recording[T],
	error) {
	r := &recording[T]{model: model}
	r.against, _ = ctx.Value(verificationKey{}).(*verification)
	if r.against != nil {
		e := model.Engine()
		r.against.isa, r.against.threads = e.ISA(), e.Threads()
		return r, nn.CheckRounding(r.against.manifest, model)
	}
	c, _ := ctx.Value(commandKey{}).(*command)
	if !saved || c == nil {
		return r, nil
	}
	r.manifest = &nn.Manifest{Version: programVersion(), Arguments: c.arguments, Source: c.data}
	var err error
	switch {
	case c.stdin != nil:
		r.manifest.Data = []nn.FileSum{c.stdin.sum()}
	case c.data != "":
		r.manifest.Data, err = sumFiles(c.data)
	}
	for _, path := range c.others {
		s, failed := nn.SumFile(path)
		r.manifest.Others, err = append(r.manifest.Others, s), errors.Join(err, failed)
	}
	return r, err
}

// epoch notes the end of an epoch.
func (r *recording[T]) epoch(e nn.Epoch) error {
	if r.manifest != nil {
		nn.AddEpoch(r.manifest, r.model, e.Epoch)
	}
	if r.against == nil {
		return nil
	}
	return r.against.epoch(e, nn.CheckEpoch(r.against.manifest, r.model, e.Epoch))
}

// end notes the end of the run.
func (r *recording[T]) end() error {
	if r.manifest != nil {
		nn.AddEnd(r.manifest, r.model)
	}
	if r.against == nil {
		return nil
	}
	return nn.CheckEnd(r.against.manifest, r.model)
}

// sumFiles returns the sums of a file, or of all files of a folder in the order of their names.
func sumFiles(root string) ([]nn.FileSum, error) {
	var sums []nn.FileSum
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		s, err := nn.SumFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." {
			name = filepath.Base(path)
		}
		s.Name = filepath.ToSlash(name)
		sums = append(sums, s)
		return nil
	})
	return sums, err
}

// programVersion returns the version of the module and the revision that the program was built
// from, as far as it knows them.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			version += fmt.Sprintf(" %.12s", s.Value)
		}
	}
	return strings.TrimSpace(version)
}
