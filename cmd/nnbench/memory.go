package main

import (
	"errors"
	"fmt"
	"strings"

	"simdnn/internal/memory"
	"simdnn/nn/tabular"
)

// checkMemory refuses what a flag asks for if it needs more memory than there is.
func checkMemory(flag, value, what string, bytes float64) error {
	if err := memory.Check(what, bytes); err != nil {
		return usagef("--%s %s: %w", flag, value, err)
	}
	return nil
}

// elementBytes returns the size of an element of a type.
func elementBytes(dtype string) float64 {
	if dtype == "f64" {
		return 8
	}
	return 4
}

// withHidden returns an error of [tabular.Prepare] with the flag in place of hidden layers that
// need more memory than there is.
func withHidden(err error, s *tabular.Settings) error {
	if e := new(memory.Error); errors.As(err, &e) {
		text := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Hidden), "[]"), " ", ",")
		return usagef("--hidden %s: %w", text, e)
	}
	return err
}
