package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"simdnn/graph"
	"simdnn/tensor"
)

// ParamsSHA256 returns the SHA-256 of all parameters' little-endian bytes in hexadecimal: layer
// after layer, each parameter in its logical order, that is W row after row, then b. Two models
// with the same sum hold the same bits.
func (m *Model[T]) ParamsSHA256() string { return sha256Of(m.Parameters()) }

// BuffersSHA256 returns the same of the buffers, such as running means; empty if there are none.
func (m *Model[T]) BuffersSHA256() string {
	buffers := m.variablesOf(graph.Buffer)
	if buffers == nil {
		return ""
	}
	return sha256Of(buffers)
}

// sha256Of returns the SHA-256 of parameters.
func sha256Of[T tensor.Float](parameters []Parameter[T]) string {
	hash := sha256.New()
	for _, p := range parameters {
		// Writing to a hash never fails, and a slice of floats is a fixed-size value.
		_ = binary.Write(hash, binary.LittleEndian, p.Value.Clone().Data())
	}
	return hex.EncodeToString(hash.Sum(nil))
}
