package safetensors

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
)

// Checksum returns the SHA-256 sum of tensors in hexadecimal, to be kept in the metadata of the
// file that they are written to. It covers names, element types, shapes and elements, and is the
// same in whatever order a file holds them.
func Checksum(tensors []Tensor) (string, error) {
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b Tensor) int { return cmp.Compare(a.info.Name, b.info.Name) })
	sum := sha256.New()
	for _, t := range tensors {
		sumInfo(sum, t.info)
		if err := t.encode(sum); err != nil {
			return "", fmt.Errorf("safetensors: tensor %q: %w", t.info.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Checksum reads all tensors and returns what [Checksum] gives for them.
func (r *Reader) Checksum() (string, error) {
	tensors := slices.Clone(r.tensors)
	slices.SortFunc(tensors, func(a, b Info) int { return cmp.Compare(a.Name, b.Name) })
	sum := sha256.New()
	for _, t := range tensors {
		sumInfo(sum, t)
		elements := io.NewSectionReader(r.source, r.data+t.begin, t.end-t.begin)
		if _, err := io.Copy(sum, elements); err != nil {
			return "", fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// sumInfo adds what describes a tensor to a sum.
func sumInfo(sum hash.Hash, t Info) { fmt.Fprintf(sum, "%q %s %d\n", t.Name, t.DType, t.Shape) }
