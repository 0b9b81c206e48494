package torch

import (
	"bytes"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlainValues runs operations of every protocol.
func TestPlainValues(t *testing.T) {
	for pickle, want := range map[string]any{
		"N.":                           nil,
		"\x80\x02\x88.":                true,
		"\x89.":                        false,
		"I01\n.":                       true,
		"I00\n.":                       false,
		"I-12\n.":                      int64(-12),
		"L7L\n.":                       int64(7),
		"L99999999999999999999999L\n.": opaque{},
		"K\xff.":                       int64(255),
		"M\x00\x01.":                   int64(256),
		"J\xfe\xff\xff\xff.":           int64(-2),
		"\x8a\x00.":                    int64(0),
		"\x8a\x01\xff.":                int64(-1),
		"\x8a\x02\xff\x00.":            int64(255),
		"\x8b\x01\x00\x00\x00\x80.":    int64(-128),
		"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.":     int64(math.MinInt64),
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.": opaque{},
		"F1.5\n.":                                1.5,
		"G\x3f\xf8\x00\x00\x00\x00\x00\x00.":     1.5,
		"X\x02\x00\x00\x00\xc3\xa9.":             "é",
		"\x8c\x01a.":                             "a",
		"\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.": "a",
		"U\x01\xff.":                             octets{255},
		"T\x01\x00\x00\x00a.":                    "a",
		"B\x01\x00\x00\x00a.":                    octets("a"),
		"C\x01a.":                                octets("a"),
		"\x8e\x01\x00\x00\x00\x00\x00\x00\x00a.": octets("a"),
		"\x96\x01\x00\x00\x00\x00\x00\x00\x00a.": octets("a"),
		").":                                     tuple(nil),
		"K\x01\x85.":                             tuple{int64(1)},
		"K\x01K\x02\x86.":                        tuple{int64(1), int64(2)},
		"K\x01K\x02N\x87.":                       tuple{int64(1), int64(2), nil},
		"(K\x01K\x02t.":                          tuple{int64(1), int64(2)},
		"(K\x01\x91.":                            tuple{int64(1)},
		"].":                                     &list{},
		"(K\x01l.":                               &list{[]any{int64(1)}},
		"]K\x01a(K\x02K\x03e.":                   &list{[]any{int64(1), int64(2), int64(3)}},
		"\x8f(K\x01\x90.":                        &list{[]any{int64(1)}},
		"K\x01q\x050h\x05h\x05\x86.":             tuple{int64(1), int64(1)},
		"K\x01r\x00\x01\x00\x000j\x00\x01\x00\x00.": int64(1),
		"\x95\x00\x00\x00\x00\x00\x00\x00\x00K\x01\x94K\x02\x94\x86h\x01\x86.": tuple{
			tuple{int64(1), int64(2)}, int64(2)},
		"K\x01K\x020.":                               int64(1),
		"K\x01(K\x02K\x031.":                         int64(1),
		"K\x012\x86.":                                tuple{int64(1), int64(1)},
		"ctorch\nfloat16\n.":                         dtype("float16"),
		"\x8c\x05torch\x8c\x05int64\x93.":            dtype("int64"),
		"ctorch\nSize\n(K\x03t\x85R.":                tuple{int64(3)},
		"ctorch\ndevice\nX\x03\x00\x00\x00cpu\x85R.": opaque{},
		"c__builtin__\nset\n]\x85R.":                 opaque{},
		"ccollections\nCounter\n}\x85R.":             opaque{},
		"ccollections\nOrderedDict\n)R}b.":           &dict{},
		"ccollections\nOrderedDict\n)\x81.":          &dict{},
	} {
		got, err := unpickle([]byte(pickle))
		require.NoError(t, err, "%q", pickle)
		require.Equal(t, want, got, "%q", pickle)
	}
	got, err := unpickle([]byte("}(K\x01K\x02K\x01K\x03N\x88ud."))
	require.Error(t, err, "%v", got)
	got, err = unpickle([]byte("(K\x01K\x02K\x01K\x03N\x88d."))
	require.NoError(t, err)
	require.Equal(t, []any{int64(1), nil}, got.(*dict).keys)
	require.Equal(t, []any{int64(3), true}, got.(*dict).values, "the last value of a key counts")
}

// TestRefusedPickles names what is refused. None of it is run.
func TestRefusedPickles(t *testing.T) {
	for pickle, want := range map[string]string{
		"":                              "it is cut off",
		"K":                             "it is cut off",
		".":                             "the stack is empty",
		"NN.":                           "more than one object",
		"(N.":                           "more than one object",
		"(.":                            "the stack is empty",
		"t.":                            "there is no mark",
		"N(a.":                          "the stack is empty",
		"NNa.":                          "items for what is no list",
		"N(NNu.":                        "items for what is no dictionary",
		"}(Nu.":                         "items for what is no dictionary",
		"h\x01.":                        "no value was kept as number 1",
		"\x80\x06N.":                    "protocol 6; 0 to 5 are known",
		"cos\nsystem\n.":                `"os.system" is no tensor, container or plain value`,
		"\x8c\x02os\x8c\x06system\x93.": `"os.system" is no tensor`,
		"cbuiltins\neval\nX\x01\x00\x00\x001\x85R.": `"builtins.eval" is no tensor`,
		"cnumpy.core.multiarray\nscalar\n.":         `"numpy.core.multiarray.scalar" is no tensor`,
		"c__main__\nNet\n)\x81.":                    `"__main__.Net" is no tensor`,
		"c" + strings.Repeat("x", 200) + "\ny\n.":   strings.Repeat("x", 100) + `…" is no tensor`,
		"(S'x'\no.":                          "the operation 0x53, which is not known here",
		"Pid\n.":                             "the operation 0x50",
		"\x82\x01.":                          "the operation 0x82",
		"N)R.":                               "a call of what is no function",
		"ctorch\nSize\nNR.":                  "a call of what is no function",
		"ctorch\nSize\n)R.":                  "torch.Size with other arguments",
		"ccollections\nOrderedDict\nN\x85R.": "collections.OrderedDict with other arguments",
		"ctorch._utils\n_rebuild_parameter\n(N\x88NtR.": "_rebuild_parameter with other arguments",
		"N}b.":                        "a state for what has none",
		"NQ.":                         "a persistent id that names no storage",
		rebuild + "(NK\x00))\x89NtR.": "a tensor without storage",
		rebuild + "(" + floats + "K\x00))\x89NtR.": "a tensor without storage",
		"X\x01\x00\x00\x00\xff.":                   "a text that is not in UTF-8",
		"X\xff\xff\xff\xff.":                       "it is cut off",
		"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.":    "it is cut off",
		"Ix\n.":                                    "a number that is none",
		"Fx\n.":                                    "a number that is none",
		"I1":                                       "it is cut off",
		strings.Repeat("N", maxOperations+1):       "more than 4194304 operations",
	} {
		_, err := unpickle([]byte(pickle))
		require.ErrorContains(t, err, want, "%.50q", pickle)
		require.NotContains(t, err.Error(), "\n")
	}
}

// TestContainersInEachOther opens pickles whose containers hold each other, or come so often that
// their tensors have more names than can be written.
func TestContainersInEachOther(t *testing.T) {
	tensor := strings.TrimSuffix(strings.TrimPrefix(
		one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01t"), "\x80\x02}"+textual("x")), "s.")
	var doubled strings.Builder // (((x, x), (x, x)), …)
	doubled.WriteString(tensor)
	for range 90 {
		doubled.WriteString("2\x86")
	}
	key := textual(strings.Repeat("k", 200))
	for name, c := range map[string]struct{ pickle, want string }{
		"itself":  {"]2a.", "containers in each other too often"},
		"doubled": {doubled.String() + ".", "containers in each other too often"},
		"deep": {strings.Repeat("(", 101) + tensor + strings.Repeat("t", 101) + ".",
			"too often"},
		"long name": {strings.Repeat("}"+key, 6) + tensor + strings.Repeat("s", 6) + ".",
			"too often"},
		"same name": {"(" + textual("a.b") + tensor + textual("a") + "}" + textual("b") + tensor +
			"sd.", `there are two tensors "a.b"`},
	} {
		_, err := open(archive(t, map[string]string{
			"m/data.pkl": c.pickle, "m/data/0": "12345678"}))
		require.ErrorContains(t, err, c.want, name)
	}
	r, err := open(archive(t, map[string]string{
		"m/data.pkl": "(N" + tensor + "\x88]d.", "m/data/0": "12345678"}))
	require.NoError(t, err)
	require.Equal(t, "(None)", r.Tensors()[0].Name, "a key that is no text")
}

// hostile are pickles that make much of few bytes.
var hostile = map[string]string{
	"marks": "(", "nils": "N", "lists": "]", "dictionaries": "}", "kept": "N\x94",
	"keys": "}K\x01Ns", "tuples": "N\x85", "doubles": "N2", "storages": floats,
}

// TestPicklesTakeLittleMemory bounds what is allocated for each byte.
func TestPicklesTakeLittleMemory(t *testing.T) {
	for name, part := range hostile {
		pickle := []byte(strings.Repeat(part, 100_000/len(part)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := unpickle(pickle)
		runtime.ReadMemStats(&after)
		require.Error(t, err)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(300*len(pickle)), name)
	}
}

// FuzzUnpickle looks for pickles that panic or take more memory than they may.
func FuzzUnpickle(f *testing.F) {
	for _, part := range hostile {
		f.Add([]byte(strings.Repeat(part, 10) + "."))
	}
	f.Add([]byte(one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01t")))
	f.Add([]byte("\x80\x02(K\x01K\x02K\x01K\x03N\x88d."))
	f.Fuzz(func(t *testing.T, pickle []byte) {
		file := archive(t, map[string]string{"m/data.pkl": string(pickle), "m/data/0": "12345678",
			"m/data/1": strings.Repeat("x", 64)})
		r, err := NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, info := range r.Tensors() {
			if a, err := r.Array(info.Name); err == nil && len(a.Bytes()) > 64 {
				t.Fatalf("%v has more than its storage", info)
			}
		}
	})
}

// FuzzOpen changes whole files.
func FuzzOpen(f *testing.F) {
	f.Add(archive(f, map[string]string{
		"m/data.pkl":  one(floats, "K\x02", "K\x00", "(K\x02t", "(K\x01t"),
		"m/byteorder": "big", "m/data/0": "12345678"}))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, info := range r.Tensors() {
			if a, err := r.Array(info.Name); err == nil && len(a.Bytes()) > len(file) {
				t.Fatalf("%v has more than the file", info)
			}
		}
	})
}
