package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "setup" {
		if err := setUp(); err != nil {
			fmt.Fprintln(os.Stderr, "peers: setup:", err)
			os.Exit(1)
		}
		return
	}
	o, err := parseOptions(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(2)
	}
	if err := start(o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// start runs the program with the environment of the peers. Remarks go to the table, or beside the
// JSON Lines to standard error.
func start(o *options) error {
	env := environment(hasAVX512(), o.threads, o.isa)
	if err := relaunch(env, o.threads); err != nil {
		return err
	}
	s := &session{options: o, report: &report{out: os.Stdout, remarks: os.Stdout, json: o.json}}
	if o.json {
		s.remarks = os.Stderr
	}
	given := strings.Split(os.Getenv(variable), ",")
	s.note("environment: %s", describe(current(env),
		func(name string) bool { return slices.Contains(given, name) }))
	if err := s.run(); err != nil {
		return err
	}
	if s.failed > 0 {
		return fmt.Errorf("%d sides failed, see above", s.failed)
	}
	return nil
}
