package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
)

// goldenHeader is a file and what the format's own library finds in it.
type goldenHeader struct {
	Header  string
	Data    int // bytes 0, 1, 2, … after the header
	Tensors []goldenInfo
}

// goldenInfo is a tensor as the library lists it, with its bytes in hexadecimal.
type goldenInfo struct {
	Name, DType string
	Shape       []uint64
	Bytes       string
}

// otherwise holds the headers of which this package thinks otherwise than the library, with why.
func otherwise() map[string]string {
	const empty = "[4611686018427387904, 4, 0]"
	x := entry("x", "F32", "[2]", 0, 8) + "}"
	return map[string]string{
		"{" + x[:len(x)-1] + "," + x:                                    "a name stands twice",
		`{"__metadata__":{"a":"1","a":"2"},` + x:                        "a name stands twice",
		`{"x":["F32",[2],[0,8]]}`:                                       "no object",
		`{"x":{"dtype":{"F32":null},"shape":[2],"data_offsets":[0,8]}}`: "no text",
		"{" + entry("w", "F64", empty, 0, 0) + "," + x:                  "it has no elements",
		"{" + entry("w", "F4", empty, 0, 0) + "," + x:                   "it has no elements",
	}
}

// TestReadsWhatTheLibraryReads compares the verdicts, and the tensors as they are listed and as
// bytes.
func TestReadsWhatTheLibraryReads(t *testing.T) {
	differ := otherwise()
	for _, c := range golden.Read[goldenHeader](t, "safetensors/headers.json") {
		why, differs := differ[c.Header]
		delete(differ, c.Header)
		if strings.Contains(c.Header, "4611686018427387904") && strconv.IntSize == 32 {
			continue
		}
		data := make([]byte, c.Data)
		for i := range data {
			data[i] = byte(i)
		}
		r, err := open(file(c.Header, data...))
		readable := c.Tensors != nil && !slices.ContainsFunc(c.Tensors, tooLarge)
		require.Equal(t, readable != differs, err == nil, "%q and %d bytes: %s: %v", c.Header,
			c.Data, why, err)
		if err == nil && readable {
			require.Equal(t, c.Tensors, listed(t, r), c.Header)
		}
	}
	require.Empty(t, differ, "all of them are among the cases")
}

// tooLarge reports whether a size of the tensor is beyond Go's int.
func tooLarge(info goldenInfo) bool {
	return slices.ContainsFunc(info.Shape, func(n uint64) bool { return n > math.MaxInt })
}

// listed returns the tensors of a file in the order of their names.
func listed(t *testing.T, r *Reader) []goldenInfo {
	t.Helper()
	list := []goldenInfo{}
	for _, info := range r.Tensors() {
		content, err := r.Bytes(info.Name)
		require.NoError(t, err)
		shape := []uint64{}
		for _, n := range info.Shape {
			shape = append(shape, uint64(n))
		}
		list = append(list, goldenInfo{info.Name, string(info.DType), shape,
			hex.EncodeToString(content)})
	}
	slices.SortFunc(list, func(a, b goldenInfo) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func TestForeignFilesAreRead(t *testing.T) {
	header := `{"z":{"data_offsets":[4,8],"new":[{"x":1}],"shape":[2,1],"dtype":"BF16"},` +
		entry("i", "I64", "[1]", 8, 16) + `,` + entry("a", "F16", "[2]", 0, 4) + "}\n \t"
	r, err := open(file(header, 0, 0x3c, 0, 0xc0, 0x80, 0x3f, 0x49, 0x40, 1, 0, 0, 0, 0, 0, 0, 0))
	require.NoError(t, err)
	require.Nil(t, r.Metadata())
	a, err := Values[float32](r, "a", 2)
	require.NoError(t, err)
	require.Equal(t, []float32{1, -2}, a)
	z, err := Values[float64](r, "z", 2, 1)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 3.140625}, z)
	_, err = Values[float32](r, "i", 1)
	require.EqualError(t, err,
		`safetensors: tensor "i": elements of type int64, but real numbers are expected`)
}

// TestWritesWhatTheLibraryWrites compares whole files.
func TestWritesWhatTheLibraryWrites(t *testing.T) {
	for _, c := range golden.Read[struct{ File string }](t, "safetensors/written.json") {
		want, err := hex.DecodeString(c.File)
		require.NoError(t, err)
		r, err := open(want)
		require.NoError(t, err)
		require.Len(t, r.Tensors(), 38)
		var tensors []Tensor
		for _, info := range slices.Backward(r.Tensors()) {
			content, err := r.Bytes(info.Name)
			require.NoError(t, err)
			tensors = append(tensors, NewRaw(info.Name, info.DType, content, info.Shape...))
		}
		require.Equal(t, want, written(t, r.Metadata(), tensors...))
	}
}

// TestArrays reads tensors of every type that package tensor has, and floats of 8 bits as float32.
func TestArrays(t *testing.T) {
	types := map[DType]string{"F64": "float64", "F32": "float32", "F16": "float16",
		"BF16": "bfloat16", "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
		"U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool"}
	for dtype, name := range types {
		content := make([]byte, 2*bitSizes[dtype]/8)
		content[0] = 1
		r, err := open(written(t, nil, NewRaw("x", dtype, content, 2, 1)))
		require.NoError(t, err)
		a, err := r.Array("x")
		require.NoError(t, err)
		require.Equal(t, name+"[2 1]", a.String())
		require.NoError(t, a.Decode(binary.LittleEndian)) // back to the file's order
		require.Equal(t, content, a.Bytes())
	}
	for dtype, bits := range map[DType]byte{"F8_E4M3": 0x3c, "F8_E5M2": 0x3e, "F8_E4M3FNUZ": 0x44,
		"F8_E5M2FNUZ": 0x42} {
		r, err := open(written(t, nil, NewRaw("x", dtype, []byte{bits, bits | 0x80}, 2)))
		require.NoError(t, err)
		x, err := Values[float64](r, "x", 2)
		require.NoError(t, err)
		require.Equal(t, []float64{1.5, -1.5}, x, dtype)
	}
	r, err := open(written(t, nil, NewRaw("x", "F8_E8M0", []byte{128, 126}, 2),
		NewRaw("b", "BOOL", []byte{2}, 1)))
	require.NoError(t, err)
	x, err := Values[float32](r, "x", 2)
	require.NoError(t, err)
	require.Equal(t, []float32{2, 0.5}, x)
	_, err = r.Array("b")
	require.EqualError(t, err, `safetensors: tensor "b": element 0 is no boolean`)
	_, err = r.Array("none")
	require.ErrorContains(t, err, `there is no tensor "none"`)
}

// TestTypesWithoutNumbers lists tensors of types that nothing here computes with beside one that is
// read as numbers.
func TestTypesWithoutNumbers(t *testing.T) {
	for dtype, bytes := range map[DType]int{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "C64": 64} {
		content := []byte{0, 0, 0x80, 0x3f}
		for i := range bytes {
			content = append(content, byte(i))
		}
		other := entry("other", string(dtype), "[2,4]", 4, int64(4+bytes))
		r, err := open(file("{"+entry("x", "F32", "[1]", 0, 4)+","+other+"}", content...))
		require.NoError(t, err, dtype)
		info, err := r.Lookup("other")
		require.NoError(t, err)
		require.Equal(t, []any{dtype, []int{2, 4}}, []any{info.DType, info.Shape})
		got, err := r.Bytes("other")
		require.NoError(t, err)
		require.Equal(t, content[4:], got)
		_, err = Values[float32](r, "other", 2, 4)
		require.EqualError(t, err, fmt.Sprintf(`safetensors: tensor "other": elements of type %s `+
			"can be read as bytes only", dtype))
		x, err := Values[float64](r, "x", 1)
		require.NoError(t, err)
		require.Equal(t, []float64{1}, x)
		_, err = r.Bytes("y")
		require.EqualError(t, err, `safetensors: there is no tensor "y"; there are: "x", "other"`)
	}
}

// TestOrderOfSizesIsNoMatter opens empty and impossible tensors with their sizes in every order.
func TestOrderOfSizesIsNoMatter(t *testing.T) {
	for _, shape := range []string{"[0,%d,4]", "[%d,0,4]", "[%d,4,0]", "[4,%d,0]"} {
		r, err := open(file("{" + entry("x", "F64", fmt.Sprintf(shape, math.MaxInt), 0, 0) + "}"))
		require.NoError(t, err, shape)
		x, err := Values[float64](r, "x", r.Tensors()[0].Shape...)
		require.NoError(t, err)
		require.Empty(t, x)
	}
	for _, shape := range []string{"[2,%[1]d,%[1]d,%[1]d]", "[%[1]d,2,%[1]d,%[1]d]",
		"[%[1]d,%[1]d,%[1]d,2]"} {
		_, err := open(file("{" + entry("x", "F64", fmt.Sprintf(shape, math.MaxInt), 0, 0) + "}"))
		require.ErrorContains(t, err, `tensor "x": the shape [`)
		require.ErrorContains(t, err, "is impossible")
	}
}

func TestNullIsNoMetadata(t *testing.T) {
	for _, text := range []string{"null", " null\n"} {
		r, err := open(file(` {"__metadata__":`+text+","+entry("x", "F32", "[]", 0, 4)+"}",
			0, 0, 0, 0))
		require.NoError(t, err)
		require.Nil(t, r.Metadata())
		require.Len(t, r.Tensors(), 1)
	}
}
