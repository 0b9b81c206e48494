package training

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/data"
)

// Program is what differs among the programs that train.
type Program struct {
	Name string
	// IsTable tells files of tables of the program's own kind from CSV files, and ReadTable reads
	// them; nil if there are none.
	IsTable   func(path string) bool
	ReadTable func(path string, o data.CSVOptions) (*data.Dataset, error)
	// Processes train together, and the first one prints and writes files; nil for one alone.
	Processes nn.Processes
}

// isFirst reports whether this process is the one that prints and writes files.
func (p *Program) isFirst() bool { return p.Processes == nil || p.Processes.Rank() == 0 }

// shareBatches makes as many shards as there are processes, and all manifests name them, since they
// decide the bits.
func (p *Program) shareBatches(flags *pflag.FlagSet) {
	if p.Processes != nil {
		size := strconv.Itoa(p.Processes.Size())
		_ = flags.Set("shards", size) // it is a number
		flags.Lookup("shards").DefValue = size
	}
}

// named returns examples of what nnbench has in common with the program as those of the program.
func (p *Program) named(examples string) string {
	return strings.NewReplacer("nnbench train", p.Name+" train", "nnbench verify",
		p.Name+" verify").Replace(examples)
}

// readTable reads a table of the program's own kind or a CSV file. Flags that say how CSV files are
// written are refused if they are given for others.
func (p *Program) readTable(
	path string, o data.CSVOptions, given func(flag string) bool,
) (*data.Dataset, error) {
	if p.IsTable == nil || !p.IsTable(path) {
		return data.ReadCSVFile(path, o)
	}
	if flag := firstOf(new(CSVFormatFlags).Flags(), given); flag != "" {
		return nil, cli.Usagef("--%s is for CSV files, which %s is not", flag, path)
	}
	d, err := p.ReadTable(path, o)
	if e := new(data.Error); errors.As(err, &e) {
		e.File = path
	}
	return d, err
}

// firstOf returns the first of some flags that was given, "" if none was.
func firstOf(of *pflag.FlagSet, given func(flag string) bool) (first string) {
	of.VisitAll(func(f *pflag.Flag) {
		if first == "" && given(f.Name) {
			first = f.Name
		}
	})
	return first
}

// interruptedError is that of a run that was interrupted and has reported how far it went.
type interruptedError struct{ error }

// Unwrap returns what tells it from others.
func (interruptedError) Unwrap() error { return context.Canceled }
