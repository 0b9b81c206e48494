package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ParamsSHA256 returns the SHA-256 of all parameters' little-endian bytes in hexadecimal: layer
// after layer, each parameter in its logical order, that is W row after row, then b. Two models
// with the same sum hold the same bits.
func (m *Model[T]) ParamsSHA256() string {
	hash := sha256.New()
	for _, p := range m.Parameters() {
		values := p.Value.Clone().Data()
		// Writing to a hash never fails, and a slice of floats is a fixed-size value.
		_ = binary.Write(hash, binary.LittleEndian, values)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
