package op

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/graph"
)

// Einsum returns the sums of products that an equation in Einstein's notation names, as NumPy's and
// PyTorch's einsum do: "ij,jk->ik" multiplies matrices, "bhqd,bhkd->bhqk" is attention's scores,
// "ii->i" a diagonal. A letter stands for an axis, "..." for any number of axes that are broadcast,
// and letters that the result lacks are summed over. Without "->" the result has, in alphabetical
// order, the letters that occur once.
//
// Operands are taken together from left to right; the sums over letters that two of them share are
// matrix products.
func Einsum(b *graph.Builder, equation string, operands ...*graph.Value) *graph.Value {
	if b.Err() != nil {
		return &graph.Value{}
	}
	e := &einsum{b: b, equation: strings.ReplaceAll(equation, " ", "")}
	terms, result, err := e.parse(operands)
	if err != nil {
		b.Fail("einsum %q: %w", equation, err)
		return &graph.Value{}
	}
	first := e.reduce(e.diagonal(terms[0]), e.later(terms[1:], result))
	for i, next := range terms[1:] {
		later := e.later(terms[i+2:], result)
		next = e.reduce(e.diagonal(next), later+first.letters)
		first = e.reduce(first, later+next.letters)
		first = e.multiply(first, next, later)
	}
	return e.permute(e.reduce(first, result), result).value
}

// einsum is an equation that is being built. Letters are ASCII; those of "..." are the digits from
// 0 on, the last axis being 9.
type einsum struct {
	b        *graph.Builder
	equation string
}

// term is an operand with a letter for each axis.
type term struct {
	value   *graph.Value
	letters string
}

// parse returns the operands with their letters, and the letters of the result.
func (e *einsum) parse(operands []*graph.Value) (terms []term, result string, err error) {
	left, right, isExplicit := strings.Cut(e.equation, "->")
	parts := strings.Split(left, ",")
	if len(parts) != len(operands) {
		return nil, "", fmt.Errorf("%d operands for %d terms", len(operands), len(parts))
	}
	most := 0
	for i, part := range parts {
		rank := len(operands[i].Shape())
		named := len(strings.Replace(part, "...", "", 1))
		dots := rank - named
		if !strings.Contains(part, "...") && dots != 0 || dots < 0 || dots > 10 {
			return nil, "", fmt.Errorf("the term %q for %d dimensions", part, rank)
		}
		most = max(most, dots)
		t := term{operands[i], strings.Replace(part, "...", digits(dots), 1)}
		if err := isLetters(t.letters, part); err != nil {
			return nil, "", err
		}
		terms = append(terms, t)
	}
	if !isExplicit {
		right = implicit(parts)
	}
	result = strings.Replace(right, "...", digits(most), 1)
	all := ""
	for _, t := range terms {
		all += t.letters
	}
	for i, letter := range result {
		if !strings.ContainsRune(all, letter) || strings.ContainsRune(result[:i], letter) {
			return nil, "", fmt.Errorf("the result %q has %q twice, or no operand has it", right, letter)
		}
	}
	return terms, result, isLetters(result, right)
}

// digits returns the letters of the last n of 10 axes.
func digits(n int) string { return "0123456789"[10-n:] }

// isLetters says what is wrong with the letters of a term.
func isLetters(letters, term string) error {
	for _, c := range letters {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
			return fmt.Errorf("%q in the term %q is no letter", c, term)
		}
	}
	return nil
}

// implicit returns the result of an equation that does not give it.
func implicit(parts []string) string {
	all := strings.Join(parts, "")
	var once []rune
	for _, c := range all {
		if c != '.' && strings.Count(all, string(c)) == 1 {
			once = append(once, c)
		}
	}
	slices.Sort(once)
	if strings.Contains(all, "...") {
		return "..." + string(once)
	}
	return string(once)
}

// later returns the letters that are still needed.
func (e *einsum) later(terms []term, result string) string {
	for _, t := range terms {
		result += t.letters
	}
	return result
}

// diagonal takes the diagonal of axes with one letter.
func (e *einsum) diagonal(t term) term {
	for i, letter := range t.letters {
		j := strings.LastIndex(t.letters, string(letter))
		if j == i {
			continue
		}
		n, known := t.value.Shape()[i].Value()
		if !known || !t.value.Shape()[j].Is(n) {
			e.b.Fail("einsum %q: the diagonal %q of the shape %v", e.equation, letter, t.value.Shape())
			return t
		}
		rest := t.letters[:i] + t.letters[i+1:j] + t.letters[j+1:]
		t = e.permute(t, string(letter)+string(letter)+rest) // both first
		flat := Flatten(e.b, t.value, 0, 1)
		return e.diagonal(term{Slice(e.b, flat, 0, 0, ToEnd, n+1), string(letter) + rest})
	}
	return t
}

// reduce sums over the letters that nobody needs.
func (e *einsum) reduce(t term, needed string) term {
	var axes []int
	kept := ""
	for i, letter := range t.letters {
		if strings.ContainsRune(needed, letter) {
			kept += string(letter)
		} else {
			axes = append(axes, i)
		}
	}
	if len(axes) == 0 {
		return t
	}
	return term{Sum(e.b, t.value, axes...), kept}
}

// permute gives the axes the order of letters.
func (e *einsum) permute(t term, letters string) term {
	if e.b.Err() != nil || t.letters == letters {
		return t
	}
	axes, from := make([]int, len(letters)), []byte(t.letters)
	for i := range letters {
		axes[i] = slices.Index(from, letters[i])
		from[axes[i]] = 0 // so that the second of two equal letters is found next
	}
	return term{Permute(e.b, t.value, axes...), letters}
}

// multiply returns the products of x and y, summed over the letters that both have and nobody needs
// later.
func (e *einsum) multiply(x, y term, later string) term {
	var batch, summed, left, right string
	for _, letter := range x.letters {
		switch isShared := strings.ContainsRune(y.letters, letter); {
		case isShared && strings.ContainsRune(later, letter):
			batch += string(letter)
		case isShared:
			summed += string(letter)
		default:
			left += string(letter)
		}
	}
	for _, letter := range y.letters {
		if !strings.ContainsRune(x.letters, letter) {
			right += string(letter)
		}
	}
	if summed == "" {
		return e.outer(x, y, batch+left+right)
	}
	m := e.matrix(x, batch, left, summed)
	n := e.matrix(y, batch, summed, right)
	if e.b.Err() != nil {
		return x
	}
	product := e.b.Apply(Product{}, m, n)
	return e.unflatten(product, x, y, batch, left, right)
}

// outer returns the products of elements.
func (e *einsum) outer(x, y term, letters string) term {
	aligned := func(t term) *graph.Value {
		order := ""
		for _, letter := range letters {
			if strings.ContainsRune(t.letters, letter) {
				order += string(letter)
			}
		}
		v := e.permute(t, order).value
		for i, letter := range letters {
			if !strings.ContainsRune(order, letter) {
				v = e.b.Apply(Unsqueeze{i}, v)
			}
		}
		return v
	}
	return term{Mul(e.b, aligned(x), aligned(y)), letters}
}

// matrix returns matrices whose rows are the axes of some letters, and the columns those of others.
func (e *einsum) matrix(t term, batch, rows, columns string) *graph.Value {
	v := e.permute(t, batch+rows+columns).value
	for _, part := range []struct{ at, n int }{{len(batch) + len(rows), len(columns)},
		{len(batch), len(rows)}} {
		switch {
		case e.b.Err() != nil:
		case part.n == 0:
			v = e.b.Apply(Unsqueeze{part.at}, v)
		case part.n > 1:
			v = Flatten(e.b, v, part.at, part.at+part.n-1)
		}
	}
	return v
}

// unflatten gives a product of matrices an axis for each letter again. At most one of those that
// were taken together may have a length that is not known.
func (e *einsum) unflatten(product *graph.Value, x, y term, batch, left, right string) term {
	if e.b.Err() != nil {
		return x
	}
	shape := make([]int, len(batch))
	size := func(t term, letter rune) int {
		n, known := t.value.Shape()[strings.IndexRune(t.letters, letter)].Value()
		if !known {
			return -1
		}
		return n
	}
	for _, letter := range left {
		shape = append(shape, size(x, letter))
	}
	for _, letter := range right {
		shape = append(shape, size(y, letter))
	}
	if len(left) == 1 && len(right) == 1 {
		return term{product, batch + left + right}
	}
	return term{Reshape(e.b, product, shape...), batch + left + right}
}
