package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// file returns a file with the given header and data.
func file(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// open returns the reader of a file in memory.
func open(content []byte) (*Reader, error) {
	return NewReader(bytes.NewReader(content), int64(len(content)))
}

// written returns what Write makes.
func written(t *testing.T, metadata map[string]string, tensors ...Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, metadata, tensors))
	return b.Bytes()
}

func TestWriteIsTheFormat(t *testing.T) {
	got := written(t, map[string]string{"b": "<ü>", "a": "1"},
		NewTensor("0.bias", []float32{1, -2}, 2), NewTensor("wide", []float64{0.5}),
		NewTensor("none", []float32{}, 0, 3))
	header := `{"__metadata__":{"a":"1","b":"<ü>"},` +
		`"wide":{"dtype":"F64","shape":[],"data_offsets":[0,8]},` +
		`"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},` +
		`"none":{"dtype":"F32","shape":[0,3],"data_offsets":[16,16]}}`
	header += strings.Repeat(" ", (8-len(header)%8)%8)
	require.Equal(t, string(file(header, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0,
		0xc0)), string(got))

	require.Equal(t, "{}      ", string(written(t, nil)[8:]), "a file of nothing")
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	single, double := make([]float32, 3*chunk/4+5), make([]float64, chunk/8+1)
	for i := range single {
		single[i] = math.Float32frombits(uint32(i) * 0x9e3779b9)
	}
	for i := range double {
		double[i] = math.Float64frombits(uint64(i) * 0x9e3779b97f4a7c15)
	}
	r, err := open(written(t, map[string]string{"k": "v"}, NewTensor("s", single, len(single)),
		NewTensor("d", double, 1, len(double))))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"k": "v"}, r.Metadata())
	require.Len(t, r.Tensors(), 2)
	require.Equal(t, []any{"d", F64, []int{1, len(double)}}, []any{r.Tensors()[0].Name,
		r.Tensors()[0].DType, r.Tensors()[0].Shape})

	gotSingle, err := Values[float32](r, "s", len(single))
	require.NoError(t, err)
	for i := range single {
		require.Equal(t, math.Float32bits(single[i]), math.Float32bits(gotSingle[i]),
			"NaN keep their bits")
	}
	gotDouble, err := Values[float64](r, "d", 1, len(double))
	require.NoError(t, err)
	for i := range double {
		require.Equal(t, math.Float64bits(double[i]), math.Float64bits(gotDouble[i]))
	}
	require.NoError(t, r.Close())
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, os.WriteFile(path, written(t, nil, NewTensor("x", []float32{7})), 0o666))
	r, err := Open(path)
	require.NoError(t, err)
	values, err := Values[float64](r, "x")
	require.NoError(t, err)
	require.Equal(t, []float64{7}, values)
	require.NoError(t, r.Close())
	_, err = Values[float64](r, "x")
	require.ErrorIs(t, err, os.ErrClosed)

	_, err = Open(path + ".old")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open(filepath.Dir(path))
	require.ErrorContains(t, err, filepath.Dir(path)+": not a regular file")
	require.NoError(t, os.WriteFile(path, []byte("weights"), 0o666))
	_, err = Open(path)
	require.EqualError(t, err,
		path+": safetensors: the file has 7 bytes, too few for the length of a header; it seems to be a text")
}

// entry is a tensor in a header.
func entry(name, dtype, shape string, begin, end int64) string {
	return fmt.Sprintf(`%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape,
		begin, end)
}

func TestRefusedFiles(t *testing.T) {
	ok := entry("x", "F32", "[2]", 0, 8)
	eight := make([]byte, 8)
	for _, c := range []struct {
		content []byte
		message string
	}{
		{nil, "the file has 0 bytes"},
		{[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"),
			"the header has 85966670672 bytes by the file's first 8, " +
				"but at most 100000000 are allowed"},
		{binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "at most 100000000 are allowed"},
		{binary.LittleEndian.AppendUint64(nil, MaxHeader),
			"the header has 100000000 bytes by the file's first 8, " +
				"but only 0 follow: the file is cut off"},
		{file("{" + ok + "}")[:40], "but only 32 follow: the file is cut off"},
		{file(""), "the header is not a JSON object in UTF-8"},
		{file(" "), "the header is not a JSON object in UTF-8"},
		{file("\x00{}"), "the header is not a JSON object in UTF-8"},
		{file("{}\x00"), "the header: there is something after the JSON object"},
		{file("{\"\xff\":1}"), "the header is not a JSON object in UTF-8"},
		{file("{" + ok), "the header: "},
		{file("{" + ok + "}}"), "the header: there is something after the JSON object"},
		{file("{" + ok + "} {}"), "the header: there is something after the JSON object"},
		{file(`{7:{}}`), "safetensors: the header: invalid character '7'"},
		{file("{" + ok + "," + ok + "}"), `the header: "x" stands twice`},
		{file(`{"x":{"dtype":"F32","dtype":"F64","shape":[],"data_offsets":[0,8]}}`),
			`tensor "x": "dtype" stands twice`},
		{file(`{"__metadata__":{"a":"1","a":"2"}}`), `"a" stands twice`},
		{file(`{"__metadata__":{"a":1}}`), `__metadata__: "a" is not a text`},
		{file(`{"__metadata__":{"a":{"b":"c"}}}`), `__metadata__: "a" is not a text`},
		{file(`{"__metadata__":[]}`), "an object is expected, not ["},
		{file(`{"__metadata__":{"a":null}}`), `__metadata__: "a" is not a text`},
		{file(`{"__metadata__":{"\ud83d\ude00\ud800\u0041":""}}`),
			`the header: \ud800 in a text is half of a pair of surrogates`},
		{file(`{"x":7}`), `tensor "x": an object is expected, not 7`},
		{file(`{"x":{"dtype":"F32","shape":[1]}}`),
			`tensor "x": dtype, shape and two data_offsets are needed`},
		{file(`{"x":{"DTYPE":"F32","shape":[1],"data_offsets":[0,4]}}`),
			`tensor "x": dtype, shape and two data_offsets are needed`},
		{file(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`),
			`tensor "x": dtype, shape and two data_offsets are needed`},
		{file(`{"x":{"dtype":"F32","shape":7,"data_offsets":[0,4]}}`),
			`tensor "x": a list of whole numbers is expected, not 7`},
		{file(`{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`),
			`tensor "x": 1 is not a whole number`},
		{file(`{"x":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}`),
			`tensor "x": [ is not a whole number`},
		{file("{" + entry("x", "F32", "[-1]", 0, 4) + "}"),
			`tensor "x": -1 is not a whole number from 0 on`},
		{file("{" + entry("x", "F32", "[1.5]", 0, 4) + "}"),
			`tensor "x": 1.5 is not a whole number from 0 on`},
		{file("{" + entry("x", "F32", "[99999999999999999999]", 0, 4) + "}"),
			"99999999999999999999 is not a whole number"},
		{file("{" + entry("x", "F32", "[-0]", 0, 4) + "}"),
			`tensor "x": -0 is not a whole number from 0 on`},
		{file("{"+entry("x", "I4", "[2]", 0, 8)+"}", eight...),
			`tensor "x": unknown element type "I4"`},
		{file("{"+entry("x", "F4", "[2]", 0, 8)+"}", eight...),
			`tensor "x": 8 bytes of data, but 1 are needed`},
		{file("{"+entry("x", "F6_E2M3", "[5,2]", 0, 8)+"}", eight...),
			`tensor "x": the type F6_E2M3 and the shape [5 2] don't fill whole bytes`},
		{file("{"+entry("x", "F32", "[2147483647,2147483647,2147483647]", 0, 8)+"}", eight...),
			"is impossible"},
		{file("{"+entry("x", "F32", "[1073741824,1073741824]", 0, 8)+"}", eight...),
			`tensor "x": `},
		{file("{"+entry("x", "F32", "[3]", 0, 8)+"}", eight...),
			`tensor "x": 8 bytes of data, but 12 are needed for the type F32 and the shape [3]`},
		{file("{"+entry("x", "F32", "[2]", 8, 0)+"}", eight...),
			`tensor "x": the data begin at 8, but those before end at 0`},
		{file("{"+entry("x", "F32", "[1]", 4, 8)+"}", eight...),
			`tensor "x": the data begin at 4, but those before end at 0: ` +
				"there must be no gap and no overlap"},
		{file("{"+entry("x", "F32", "[1]", 1<<62, 1<<62+4)+"}", eight...),
			`tensor "x": the data begin at 4611686018427387904, but those before end at 0`},
		{file("{"+ok+","+entry("y", "F32", "[1]", 4, 8)+"}", eight...),
			`tensor "y": the data begin at 4, but those before end at 8`},
		{file("{"+ok+"}", eight[:7]...),
			"the file holds 7 bytes of data, but its header says 8: it is cut off or damaged"},
		{file("{"+ok+"}", make([]byte, 9)...),
			"the file holds 9 bytes of data, but its header says 8"},
	} {
		_, err := open(c.content)
		require.ErrorContains(t, err, "safetensors: ", "%q", c.content)
		require.ErrorContains(t, err, c.message, "%q", c.content)
		require.NotContains(t, err.Error(), "\n", "one line")
	}
}

// TestHugeClaimsAllocateNothing opens files that are far smaller than they say.
func TestHugeClaimsAllocateNothing(t *testing.T) {
	header := binary.LittleEndian.AppendUint64(nil, MaxHeader)
	tensor := file("{" + entry("x", "F64", "[1152921504606846]", 0, 9223372036854768) + "}")
	for _, content := range [][]byte{header, tensor} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := open(content)
		runtime.ReadMemStats(&after)
		require.Error(t, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	}
}

func TestEveryCutIsRefused(t *testing.T) {
	content := written(t, map[string]string{"k": "v"}, NewTensor("x", []float32{1, 2}, 2),
		NewTensor("y", []float64{3}, 1))
	for n := range content {
		_, err := open(content[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

func TestValuesErrors(t *testing.T) {
	r, err := open(written(t, nil, NewTensor("0.weight", []float64{1, 2, 3, 4, 5, -1e39}, 3, 2),
		NewTensor("inf", []float64{math.Inf(-1)}, 1)))
	require.NoError(t, err)
	_, err = Values[float64](r, "1.weight", 3, 2)
	require.EqualError(t, err,
		`safetensors: there is no tensor "1.weight"; there are: "0.weight", "inf"`)
	_, err = Values[float64](r, "0.weight", 2, 3)
	require.EqualError(t, err,
		`safetensors: tensor "0.weight": the shape is [3 2], but [2 3] is expected`)
	_, err = Values[float32](r, "0.weight", 3, 2)
	require.EqualError(t, err,
		`safetensors: tensor "0.weight": element 5 is beyond the range of float32`)
	infinite, err := Values[float32](r, "inf", 1)
	require.NoError(t, err, "an infinity is not out of range")
	require.Equal(t, []float32{float32(math.Inf(-1))}, infinite)

	var many []Tensor
	for i := range 12 {
		many = append(many, NewTensor(fmt.Sprint(i), []float32{1}))
	}
	r, err = open(written(t, nil, many...))
	require.NoError(t, err)
	_, err = Values[float64](r, "x")
	require.ErrorContains(t, err, `"7", and 2 more`)
}

func TestConversionRoundsToTheNearest(t *testing.T) {
	r, err := open(written(t, nil, NewTensor("x", []float64{1 + 0x1p-24, 1 + 0x1.8p-23, 0x1p-150,
		0x1.8p-149}, 4)))
	require.NoError(t, err)
	got, err := Values[float32](r, "x", 4)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1 + 0x1p-22, 0, 0x1p-148}, got)
}

// TestHalf compares all numbers of 16 bits with their definition.
func TestHalf(t *testing.T) {
	content := make([]byte, 0, 2<<16)
	for i := range 1 << 16 {
		content = append(content, byte(i), byte(i>>8))
	}
	r, err := open(written(t, nil, NewRaw("x", F16, content, 1<<16)))
	require.NoError(t, err)
	values, err := Values[float64](r, "x", 1<<16)
	require.NoError(t, err)
	for i, got := range values {
		sign, exponent, fraction := 1-2*float64(i>>15), i>>10&31, float64(i&1023)
		want := sign * math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction != 0:
			require.True(t, math.IsNaN(got), "%04x", i)
			require.Equal(t, sign < 0, math.Signbit(got))
			continue
		case exponent == 31:
			want = math.Inf(int(sign))
		}
		require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%04x", i)
	}
}

func TestWriteRefusesWhatIsNoFile(t *testing.T) {
	x := NewTensor("x", []float32{1})
	for message, c := range map[string]struct {
		metadata map[string]string
		tensors  []Tensor
	}{
		`tensor "x": the name is taken, or not in UTF-8`: {nil, []Tensor{x, x}},
		`tensor "__metadata__": the name is taken`: {nil, []Tensor{NewTensor(metadataKey,
			[]float64{1})}},
		`tensor "\xff": the name is taken, or not in UTF-8`: {nil, []Tensor{NewTensor("\xff",
			[]float64{1})}},
		`metadata "a": not in UTF-8`: {map[string]string{"a": "\xff"}, nil},
		`tensor "y": 24 bytes do not fill the shape [2 2] of F64`: {nil, []Tensor{NewTensor("y",
			[]float64{1, 2, 3}, 2, 2)}},
		`tensor "y": the shape [-1 -1] is impossible`: {nil, []Tensor{NewTensor("y",
			[]float64{1}, -1, -1)}},
		`bytes; at most 100000000 are allowed`: {
			map[string]string{"a": strings.Repeat("x", MaxHeader+59)}, []Tensor{x},
		},
	} {
		err := Write(&bytes.Buffer{}, c.metadata, c.tensors)
		require.ErrorContains(t, err, "safetensors: ")
		require.ErrorContains(t, err, message)
	}
}

func TestBrokenDisks(t *testing.T) {
	broken := errors.New("the disk is gone")
	tensors := []Tensor{NewTensor("x", make([]float32, chunk), chunk)}
	whole := written(t, nil, tensors...)
	for _, n := range []int{0, 100, len(whole) - 1} {
		require.ErrorIs(t, WriteSealed(&limitedWriter{n, broken}, nil, tensors), broken)
	}
	r, err := NewReader(readerAt{iotest.ErrReader(broken)}, 100)
	require.Nil(t, r)
	require.ErrorIs(t, err, broken)
}

// limitedWriter fails after a number of bytes.
type limitedWriter struct {
	n   int
	err error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, w.err
	}
	return len(p), nil
}

// readerAt makes a ReaderAt of a Reader that always does the same.
type readerAt struct {
	r interface{ Read([]byte) (int, error) }
}

func (r readerAt) ReadAt(p []byte, _ int64) (int, error) { return r.r.Read(p) }

func TestSeal(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteSealed(&b, map[string]string{"epoch": "12"}, []Tensor{NewTensor("x",
		[]float32{1, 2, 3}, 3)}))
	content := b.Bytes()
	r, err := open(content)
	require.NoError(t, err)
	require.NoError(t, r.CheckSeal())
	values, err := Values[float32](r, "x", 3)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3}, values)

	for i := range content {
		for bit := range 8 {
			damaged := slices.Clone(content)
			damaged[i] ^= 1 << bit
			if r, err := open(damaged); err == nil {
				require.Error(t, r.CheckSeal(), "byte %d, bit %d", i, bit)
			}
		}
	}
	r, err = open(written(t, nil, NewTensor("x", []float32{1})))
	require.NoError(t, err)
	require.EqualError(t, r.CheckSeal(), "safetensors: the file does not end with its checksum")
}

func FuzzReader(f *testing.F) {
	for _, c := range [][]byte{
		nil,
		file("{}"),
		file(`{"__metadata__":{"format":"pt"},`+entry("x", "F16", "[2,1]", 0, 4)+","+entry("y",
			"BF16", "[]", 4, 6)+"}  ", 1, 2, 3, 4, 5, 6),
		file("{"+entry("x", "F64", "[0,1152921504606846976]", 0, 0)+","+entry("y", "F32", "[1]", 0,
			4)+"}", 1, 2, 3, 4),
		file("{" + entry("x", "F64", "[1152921504606846976]", 0, 9223372036854775807) + "}"),
		file(` {"__metadata__":null,`+entry("x", "F6_E3M2", "[4,1]", 0, 3)+"}", 1, 2, 3),
		file("{"+entry(`\\\ud83d\ude00`, "F4", "[2]", 0, 1)+"}", 1),
		binary.LittleEndian.AppendUint64(nil, 1<<60),
	} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := open(content)
		if err != nil {
			return
		}
		total := r.data
		var again []Tensor
		for _, info := range r.Tensors() {
			total += info.end - info.begin
			bytes, err := r.Bytes(info.Name)
			require.NoError(t, err)
			require.Len(t, bytes, int(info.end-info.begin))
			values, err := Values[float64](r, info.Name, info.Shape...)
			if err == nil {
				again = append(again, NewTensor(info.Name, values, info.Shape...))
			}
		}
		require.EqualValues(t, len(content), total, "every byte belongs to something")
		r, err = open(written(t, r.Metadata(), again...))
		require.NoError(t, err)
		require.Len(t, r.Tensors(), len(again))
		_ = r.CheckSeal() // must not panic
	})
}
