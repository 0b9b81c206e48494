package op

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ints is a list of whole numbers in an operator, which has to be comparable. In files it is a
// list.
type Ints string

// IntsOf returns the list of these numbers.
func IntsOf(values ...int) Ints {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return Ints(strings.Join(texts, " "))
}

// Values returns the numbers.
func (l Ints) Values() []int {
	fields := strings.Fields(string(l))
	values := make([]int, len(fields))
	for i, f := range fields {
		values[i], _ = strconv.Atoi(f) // which IntsOf made
	}
	return values
}

// Has reports whether v is one of the numbers.
func (l Ints) Has(v int) bool { return slices.Contains(l.Values(), v) }

// MarshalJSON returns a list of numbers.
func (l Ints) MarshalJSON() ([]byte, error) { return json.Marshal(l.Values()) }

// UnmarshalJSON reads a list of numbers.
func (l *Ints) UnmarshalJSON(data []byte) error {
	var values []int
	if err := json.Unmarshal(data, &values); err != nil {
		return fmt.Errorf("%s is not a list of whole numbers", data)
	}
	*l = IntsOf(values...)
	return nil
}

// Floats is a list of numbers in an operator, which has to be comparable. In files it is a list.
type Floats string

// FloatsOf returns the list of these numbers.
func FloatsOf(values ...float64) Floats {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return Floats(strings.Join(texts, " "))
}

// Values returns the numbers.
func (l Floats) Values() []float64 {
	fields := strings.Fields(string(l))
	values := make([]float64, len(fields))
	for i, f := range fields {
		values[i], _ = strconv.ParseFloat(f, 64) // which FloatsOf made
	}
	return values
}

// MarshalJSON returns a list of numbers.
func (l Floats) MarshalJSON() ([]byte, error) { return json.Marshal(l.Values()) }

// UnmarshalJSON reads a list of numbers.
func (l *Floats) UnmarshalJSON(data []byte) error {
	var values []float64
	if err := json.Unmarshal(data, &values); err != nil {
		return fmt.Errorf("%s is not a list of numbers", data)
	}
	*l = FloatsOf(values...)
	return nil
}
