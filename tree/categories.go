package tree

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// categories are those of a feature that have names, the name of category 0 first.
type categories struct {
	names   []string
	numbers map[string]int // of the names
	cut     bool           // whether XGBoost has broken the names, which are then none
}

func newCategories(names []string) categories {
	c := categories{names: names, numbers: make(map[string]int, len(names))}
	for i, name := range names {
		c.numbers[name] = i
	}
	return c
}

// of returns the categories of a feature.
func (m *Model) of(feature int) categories {
	if m.categories == nil {
		return categories{}
	}
	return m.categories[feature]
}

// Categories returns the names of a feature's categories, the name of category 0 first: those of a
// data frame that the model was trained on. They are nil of numbers, and where the file has none or
// broken ones.
func (m *Model) Categories(feature int) []string { return m.of(feature).names }

// Category returns the number that a row has for a category of a feature. One that the training has
// not seen is a missing value to LightGBM, and an error to XGBoost.
func (m *Model) Category(feature int, name string) (float64, error) {
	c := m.of(feature)
	if c.cut {
		return 0, ErrCutNames
	}
	if i, ok := c.numbers[name]; ok {
		return float64(i), nil
	}
	if m.Format == "LightGBM" && c.names != nil {
		return math.NaN(), nil
	}
	return 0, fmt.Errorf("%q is none of the categories that the training has seen", name)
}

// ErrCutNames is the error about categories whose names are lost, so that rows must have their numbers.
var ErrCutNames = errors.New("the file has broken names of these categories: XGBoost up to 3.2 takes " +
	"letters beyond ASCII for single bytes; rename them before the training, or give their numbers")

// xgboostCategories are the categories of a feature: texts one after another, or integers. Of a
// feature of numbers there are none.
type xgboostCategories struct {
	Offsets []int   // of each text, and the end of the last
	Values  []int64 // bytes, −128 to 127, or the integers
}

// names returns the names, and whether any has a letter beyond ASCII.
func (c *xgboostCategories) names() (names []string, beyond bool, err error) {
	if c.Offsets == nil {
		for _, v := range c.Values {
			names = append(names, strconv.FormatInt(v, 10))
		}
		return names, false, nil
	}
	text := make([]byte, len(c.Values))
	for i, v := range c.Values {
		text[i] = byte(v)
		beyond = beyond || text[i] >= utf8.RuneSelf
	}
	for i := range max(len(c.Offsets)-1, 0) {
		begin, end := c.Offsets[i], c.Offsets[i+1]
		if begin < 0 || end < begin || end > len(text) {
			return nil, false, fmt.Errorf("a text from byte %d to %d of %d", begin, end, len(text))
		}
		names = append(names, string(text[begin:end]))
	}
	return names, beyond, nil
}

// nameXGBoost reads the names of categories. Of letters beyond ASCII versions up to 3.2 write the
// first bytes alone, as many as there are letters: all names then are wrong.
func (m *Model) nameXGBoost(list []xgboostCategories, version []int) error {
	if len(list) == 0 {
		return nil
	}
	if len(list) != m.trees.Features {
		return fmt.Errorf("gradient_booster.model.cats: %d of %d features", len(list), m.trees.Features)
	}
	cutting := slices.Compare(version, []int{3, 3}) < 0
	for i := range list {
		names, beyond, err := list[i].names()
		if err != nil {
			return fmt.Errorf("gradient_booster.model.cats: feature %d: %w", i, err)
		}
		c := newCategories(names)
		if beyond && cutting {
			c = categories{cut: true}
		}
		m.categories = append(m.categories, c)
	}
	return nil
}

// nameLightGBM reads the names of categories after the trees: the numbers of the features among the
// parameters, and lists of pandas' categories in their order. Where these are not as many, as with
// ordered categories, nobody knows whose the lists are, and there are no names.
func (m *Model) nameLightGBM(rest *bufio.Reader) error {
	var features []string
	for {
		line, err := rest.ReadString('\n')
		text := strings.TrimRight(line, "\r\n")
		if list, ok := strings.CutPrefix(text, "[categorical_feature: "); ok {
			features = strings.Split(strings.TrimSuffix(list, "]"), ",")
		}
		if list, ok := strings.CutPrefix(text, "pandas_categorical:"); ok {
			return m.pandas(features, list)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// pandas sets the names of features' categories to those of a JSON list of lists.
func (m *Model) pandas(features []string, text string) error {
	var all [][]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // names keep their digits
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("pandas_categorical: %w", err)
	}
	if len(all) != len(features) {
		return nil
	}
	list := make([]categories, m.trees.Features)
	for i, values := range all {
		feature, err := strconv.Atoi(features[i])
		if err != nil || feature < 0 || feature >= len(list) {
			return nil
		}
		names := make([]string, len(values))
		for j, v := range values {
			names[j] = nameOfCategory(v)
		}
		list[feature] = newCategories(names)
	}
	m.categories = list
	return nil
}

// nameOfCategory returns a category's name as pandas writes it to CSV.
func nameOfCategory(v any) string {
	switch v {
	case true:
		return "True"
	case false:
		return "False"
	}
	return fmt.Sprint(v)
}
