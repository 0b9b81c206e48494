package standard

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// textOperators are the operators of strings.
var textOperators = []plan.Operator{
	{Name: "RegexFullMatch", Since: 20, Min: 1, Max: 1, Attributes: "pattern",
		Host: regexFullMatch},
	{Name: "StringConcat", Since: 20, Min: 2, Max: 2, Host: stringConcat},
	{Name: "StringNormalizer", Since: 10, Min: 1, Max: 1,
		Attributes: "case_change_action is_case_sensitive locale stopwords",
		Host:       stringNormalizer},
	{Name: "StringSplit", Since: 20, Min: 1, Max: 1, Attributes: "delimiter maxsplit",
		Host: stringSplit},
	{Name: "TfIdfVectorizer", Since: 9, Min: 1, Max: 1,
		Attributes: "max_gram_length max_skip_count " +
			"min_gram_length mode ngram_counts ngram_indexes pool_int64s pool_strings weights",
		Host: tfIdf},
}

// regexFullMatch says which strings an expression in RE2's syntax matches as a whole.
func regexFullMatch(h *plan.HostCall) ([]*value.Value, error) {
	pattern := h.Call.AttrString("pattern", "")
	e, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("the pattern %q: %w", pattern, err)
	}
	out := tensor.NewArray(tensor.BoolType, h.Input(0).Dims()...)
	for i, s := range h.Strings(0) {
		tensor.Elements[bool](out)[i] = e.MatchString(s)
	}
	return []*value.Value{value.NewTensor(out)}, nil
}

func stringConcat(h *plan.HostCall) ([]*value.Value, error) {
	x, y := h.Strings(0), h.Strings(1)
	shape, at, err := broadcastIndices(h.Input(0).Dims(), h.Input(1).Dims())
	if err != nil {
		return nil, err
	}
	out := make([]string, tensors.Size(shape))
	for i := range out {
		out[i] = x[at[0][i]] + y[at[1][i]]
	}
	return []*value.Value{value.NewStrings(out, shape...)}, nil
}

// stringNormalizer leaves out stop words and changes the case. Nothing at all becomes one empty
// string.
func stringNormalizer(h *plan.HostCall) ([]*value.Value, error) {
	x := h.Input(0)
	if len(x.Dims()) == 0 || len(x.Dims()) > 2 || len(x.Dims()) == 2 && x.Dims()[0] != 1 {
		return nil, fmt.Errorf("its input is %v, not of shape [n] or [1 n]", x)
	}
	change := func(s string) string { return s }
	switch action := h.Call.AttrString("case_change_action", "NONE"); action {
	case "NONE":
	case "LOWER":
		change = strings.ToLower
	case "UPPER":
		change = strings.ToUpper
	default:
		return nil, fmt.Errorf("the change of case %q is unknown", action)
	}
	fold := strings.ToLower
	if h.Call.AttrInt("is_case_sensitive", 0) != 0 {
		fold = func(s string) string { return s }
	}
	stop := map[string]bool{}
	for _, s := range h.Call.AttrStrings("stopwords") {
		stop[fold(s)] = true
	}
	var out []string
	for _, s := range h.Strings(0) {
		if !stop[fold(s)] {
			out = append(out, change(s))
		}
	}
	if len(out) == 0 {
		out = []string{""}
	}
	shape := slices.Clone(x.Dims())
	shape[len(shape)-1] = len(out)
	return []*value.Value{value.NewStrings(out, shape...)}, nil
}

// stringSplit cuts strings at a delimiter, or at white space, into as many parts as the one with
// the most has, and tells how many each has.
func stringSplit(h *plan.HostCall) ([]*value.Value, error) {
	delimiter := h.Call.AttrString("delimiter", "")
	limit := h.Call.AttrInt("maxsplit", -1)
	var all [][]string
	most := 0
	counts := tensor.NewArray(tensor.Int64Type, h.Input(0).Dims()...)
	for i, s := range h.Strings(0) {
		parts := splitText(s, delimiter, limit)
		all = append(all, parts)
		most = max(most, len(parts))
		tensor.Elements[int64](counts)[i] = int64(len(parts))
	}
	var out []string
	for _, parts := range all {
		out = append(append(out, parts...), make([]string, most-len(parts))...)
	}
	shape := append(h.Input(0).Shape(), most)
	return []*value.Value{value.NewStrings(out, shape...), value.NewTensor(counts)}, nil
}

// splitText cuts as Python's split does: at most limit times, if that is not negative.
func splitText(s, delimiter string, limit int) []string {
	if delimiter != "" {
		if limit < 0 {
			return strings.Split(s, delimiter)
		}
		return strings.SplitN(s, delimiter, limit+1)
	}
	var parts []string
	s = strings.TrimFunc(s, isSpace)
	for s != "" {
		at := strings.IndexFunc(s, isSpace)
		if at < 0 || limit >= 0 && len(parts) == limit {
			return append(parts, s)
		}
		parts = append(parts, s[:at])
		s = strings.TrimLeftFunc(s[at:], isSpace)
	}
	return parts
}

// isSpace reports whether a character is white space to Python.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1C <= r && r <= 0x1F }

// tfIdf counts the n-grams of a pool in sequences, whose items may be some apart.
func tfIdf(h *plan.HostCall) ([]*value.Value, error) {
	c, x := h.Call, h.Input(0)
	items := x.Strings()
	if x.Array() != nil {
		for _, v := range h.Ints(0) {
			items = append(items, strconv.FormatInt(v, 10))
		}
	}
	pool := c.AttrStrings("pool_strings")
	for _, v := range c.AttrInts("pool_int64s") {
		pool = append(pool, strconv.Itoa(v))
	}
	indexes, weights := c.AttrInts("ngram_indexes"), c.AttrFloats("weights")
	width := 0
	for _, i := range indexes {
		if i < 0 {
			return nil, fmt.Errorf("an n-gram has the index %d", i)
		}
		width = max(width, i+1)
	}
	shortest, longest := c.AttrInt("min_gram_length", 1), c.AttrInt("max_gram_length", 1)
	grams, err := ngrams(pool, c.AttrInts("ngram_counts"), indexes, shortest, longest)
	if err != nil {
		return nil, err
	}
	if len(x.Dims()) > 2 || len(weights) > 0 && len(weights) != len(indexes) {
		return nil, fmt.Errorf("its input is %v, with %d weights for %d n-grams", x, len(weights),
			len(indexes))
	}
	shape := []int{width}
	rows, length := 1, len(items)
	if len(x.Dims()) == 2 {
		rows, length = x.Dims()[0], x.Dims()[1]
		shape = []int{rows, width}
	}
	out := tensor.NewArray(tensor.Float32Type, shape...)
	for row := range rows {
		countGrams(tensor.Elements[float32](out)[row*width:][:width], items[row*length:][:length],
			grams,
			shortest, longest, c.AttrInt("max_skip_count", 0))
	}
	return []*value.Value{value.NewTensor(out)}, weigh(tensor.Elements[float32](out),
		c.AttrString("mode", "TF"),
		weights, indexes, width)
}

// ngrams returns the index of each n-gram of a pool, in which those of each length follow one
// another from an index on.
func ngrams(pool []string, starts, indexes []int, shortest, longest int) (map[string]int, error) {
	grams := map[string]int{}
	id := 0
	for i, start := range starts {
		n, end := i+1, len(pool)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if start < 0 || end < start || end > len(pool) || (end-start)%n != 0 {
			return nil, fmt.Errorf("the n-grams of %d are from %d to %d of %d", n, start, end,
				len(pool))
		}
		for at := start; at < end; at += n {
			if id >= len(indexes) {
				return nil, fmt.Errorf("%d indexes for more n-grams", len(indexes))
			}
			if n >= shortest && n <= longest {
				grams[strings.Join(pool[at:at+n], "\x00")] = indexes[id]
			}
			id++
		}
	}
	return grams, nil
}

// countGrams counts n-grams whose items are up to skips+1 apart; those of one item once.
func countGrams(counts []float32, items []string, grams map[string]int, shortest, longest,
	skips int) {
	for distance := 1; distance <= skips+1; distance++ {
		for start := range items {
			gram := ""
			for n := 1; n <= longest; n++ {
				at := start + (n-1)*distance
				if at >= len(items) {
					break
				}
				if n > 1 {
					gram += "\x00"
				}
				gram += items[at]
				if i, ok := grams[gram]; ok && n >= shortest {
					counts[i]++
				}
			}
		}
		if shortest == 1 {
			if shortest++; shortest > longest {
				break
			}
		}
	}
}

// weigh turns counts into what the mode says. Weights are in the order of the n-grams' indexes.
func weigh(counts []float32, mode string, weights []float32, indexes []int, width int) error {
	weight := slices.Repeat([]float32{1}, width)
	for i, at := range indexes {
		if i < len(weights) {
			weight[at] = weights[i]
		}
	}
	for i, n := range counts {
		switch mode {
		case "TF":
		case "IDF":
			counts[i] = min(n, 1) * weight[i%width]
		case "TFIDF":
			counts[i] = n * weight[i%width]
		default:
			return fmt.Errorf("the mode %q is unknown", mode)
		}
	}
	return nil
}
