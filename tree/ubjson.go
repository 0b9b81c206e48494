package tree

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// isUBJSON reports whether a file that begins as an object is one of Universal Binary JSON: then a
// type, a count or a length follows, where JSON has a name or the end.
func isUBJSON(file []byte) bool {
	for _, c := range file[1:] {
		switch c {
		case ' ', '\t', '\n', '\r':
		case '"', '}':
			return false
		default:
			return true
		}
	}
	return false
}

// jsonOf returns an object of UBJSON (draft 12) as JSON. Numbers of float32 keep their bits; NaN
// and infinities, which JSON has not, become texts.
func jsonOf(file []byte) ([]byte, error) {
	u := ubjson{rest: file, size: len(file)}
	if err := u.value(u.marker(), 0); err != nil {
		return nil, fmt.Errorf("byte %d: %w", u.size-len(u.rest), err)
	}
	return u.json, nil
}

// ubjson is a file that is being read.
type ubjson struct {
	rest []byte
	size int
	json []byte
}

// mostDepth is how far values may lie within one another.
const mostDepth = 64

// marker takes a byte, 0 at the end.
func (u *ubjson) marker() byte {
	if len(u.rest) == 0 {
		return 0
	}
	c := u.rest[0]
	u.rest = u.rest[1:]
	return c
}

// peek returns the next byte, 0 at the end.
func (u *ubjson) peek() byte {
	if len(u.rest) == 0 {
		return 0
	}
	return u.rest[0]
}

// take takes n bytes.
func (u *ubjson) take(n int) ([]byte, error) {
	if n < 0 || n > len(u.rest) {
		return nil, fmt.Errorf("%d bytes where %d are left", n, len(u.rest))
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b, nil
}

// value appends a value whose marker was taken.
func (u *ubjson) value(marker byte, depth int) error {
	if depth > mostDepth {
		return fmt.Errorf("values lie more than %d deep", mostDepth)
	}
	switch marker {
	case '{', '[':
		return u.container(marker, depth)
	case 'Z':
		u.json = append(u.json, "null"...)
	case 'T':
		u.json = append(u.json, "true"...)
	case 'F':
		u.json = append(u.json, "false"...)
	case 'S', 'C', 'H':
		return u.text(marker == 'C')
	case 'd':
		b, err := u.take(4)
		if err != nil {
			return err
		}
		u.number(float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32)
	case 'D':
		b, err := u.take(8)
		if err != nil {
			return err
		}
		u.number(math.Float64frombits(binary.BigEndian.Uint64(b)), 64)
	default:
		n, err := u.integer(marker)
		if err != nil {
			return err
		}
		u.json = strconv.AppendInt(u.json, n, 10)
	}
	return nil
}

// number appends a number of so many bits.
func (u *ubjson) number(v float64, bits int) {
	if v != v || math.IsInf(v, 0) {
		u.json = append(strconv.AppendFloat(append(u.json, '"'), v, 'g', -1, bits), '"')
		return
	}
	u.json = strconv.AppendFloat(u.json, v, 'g', -1, bits)
}

// integer takes an integer whose marker was taken.
func (u *ubjson) integer(marker byte) (int64, error) {
	sizes := map[byte]int{'i': 1, 'U': 1, 'I': 2, 'l': 4, 'L': 8}
	b, err := u.take(sizes[marker])
	switch {
	case err != nil:
		return 0, err
	case marker == 'i':
		return int64(int8(b[0])), nil
	case marker == 'U':
		return int64(b[0]), nil
	case marker == 'I':
		return int64(int16(binary.BigEndian.Uint16(b))), nil
	case marker == 'l':
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	case marker == 'L':
		return int64(binary.BigEndian.Uint64(b)), nil
	}
	return 0, fmt.Errorf("no value begins with %q", marker)
}

// length takes a number of things of at least so many bytes each.
func (u *ubjson) length() (int, error) {
	n, err := u.integer(u.marker())
	if err == nil && (n < 0 || n > int64(len(u.rest))) {
		return 0, fmt.Errorf("a length of %d where %d bytes are left", n, len(u.rest))
	}
	return int(n), err
}

// text appends a text, of one byte if it has no length.
func (u *ubjson) text(one bool) error {
	n, err := 1, error(nil)
	if !one {
		if n, err = u.length(); err != nil {
			return err
		}
	}
	b, err := u.take(n)
	if err != nil {
		return err
	}
	quoted, err := json.Marshal(string(b))
	u.json = append(u.json, quoted...)
	return err
}

// container appends an object or an array: with a type for all values, a count, or an end.
func (u *ubjson) container(open byte, depth int) (err error) {
	end := open + 2
	kind, count := byte(0), -1
	if u.peek() == '$' {
		u.marker()
		kind = u.marker()
		if u.peek() != '#' {
			return fmt.Errorf("a type of values without their number")
		}
		if kind == 'Z' || kind == 'T' || kind == 'F' { // a few bytes would be any number of values
			return fmt.Errorf("many values of type %q, which has no bytes", kind)
		}
	}
	if u.peek() == '#' {
		u.marker()
		if count, err = u.length(); err != nil {
			return err
		}
	}
	u.json = append(u.json, open)
	for i := 0; i != count; i++ {
		if count < 0 && u.peek() == end {
			u.marker()
			break
		}
		if i > 0 {
			u.json = append(u.json, ',')
		}
		if open == '{' {
			if err := u.text(false); err != nil {
				return err
			}
			u.json = append(u.json, ':')
		}
		marker := kind
		if kind == 0 {
			marker = u.marker()
		}
		if err := u.value(marker, depth+1); err != nil {
			return err
		}
	}
	u.json = append(u.json, end)
	return nil
}

// notFinite are the numbers that XGBoost writes to JSON, which has not got them.
var notFinite = [][]byte{[]byte("-Infinity"), []byte("Infinity"), []byte("NaN")}

// quoted returns JSON in which they are texts, as [jsonOf] makes them.
func quoted(text []byte) []byte {
	if !slices.ContainsFunc(notFinite, func(n []byte) bool { return bytes.Contains(text, n) }) {
		return text
	}
	var out []byte
	for within := false; len(text) > 0; {
		n := 1
		switch {
		case within && text[0] == '\\' && len(text) > 1:
			n = 2
		case text[0] == '"':
			within = !within
		case !within:
			for _, name := range notFinite {
				if bytes.HasPrefix(text, name) {
					out = append(append(append(out, '"'), name...), '"')
					text, n = text[len(name):], 0
					break
				}
			}
		}
		out, text = append(out, text[:n]...), text[n:]
	}
	return out
}
