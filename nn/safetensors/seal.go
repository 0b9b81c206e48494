package safetensors

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// sealName is the name of the tensor that seals a file.
const sealName = "sha256"

// WriteSealed writes a file as [Write] does, with one tensor more as its end: "sha256", the 32
// bytes of the SHA-256 sum of all that comes before them. Other readers see a tensor like any
// other; [Reader.CheckSeal] sees whether a single bit of the file has changed.
func WriteSealed(w io.Writer, metadata map[string]string, tensors []Tensor) error {
	sum := sha256.New()
	seal := Tensor{
		info:  Info{Name: sealName, DType: bytesType, Shape: []int{sha256.Size}},
		bytes: sha256.Size,
		encode: func(w io.Writer) error {
			_, err := w.Write(sum.Sum(nil))
			return err
		},
	}
	return writeOrdered(io.MultiWriter(w, sum), metadata, append(ordered(tensors), seal))
}

// CheckSeal reads the whole file and returns an error unless it is just as [WriteSealed] wrote it.
func (r *Reader) CheckSeal() error {
	n := len(r.tensors) - 1
	if n < 0 || r.tensors[n].Name != sealName || r.tensors[n].end-r.tensors[n].begin != sha256.Size {
		return errors.New("safetensors: the file does not end with its checksum")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r.source, 0, r.size-sha256.Size)); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	var seal [sha256.Size]byte
	if err := readAt(r.source, seal[:], r.size-sha256.Size); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if [sha256.Size]byte(sum.Sum(nil)) != seal {
		return errors.New("safetensors: the checksum is wrong: the file is damaged")
	}
	return nil
}
