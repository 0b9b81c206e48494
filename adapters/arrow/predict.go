package simdnn

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// batchRows is how many rows are predicted at a time.
const batchRows = 256

// Predict calls each with the prediction for every row of a table, in their order. The table must
// have the model's columns; it may have others. A prediction is valid until the next call. A row
// that can't be understood ends it with a [data.Error] that names row and column, after the rows
// before it; so does an error of each.
func Predict[T tensor.Float](t *Table, model *tabular.Frozen[T],
	each func(row int, p *tabular.Prediction) error) error {
	return withoutFixes(predict(t, model, each), "Drop") // of what the model needs
}

func predict[T tensor.Float](t *Table, model *tabular.Frozen[T],
	each func(row int, p *tabular.Prediction) error) error {
	columns, err := t.find(model.Columns())
	if err != nil {
		return err
	}
	batch, err := model.NewBatch(min(batchRows, max(t.rows, 1)))
	if err != nil {
		return err
	}
	var p tabular.Prediction
	for first := 0; first < t.rows; first += batchRows {
		n, bad := encode(batch, columns, model.Columns(), min(batchRows, t.rows-first))
		done, err := batch.Predict(n)
		if err == nil {
			err = bad
		}
		for i := range done {
			batch.Prediction(i, &p)
			if err := each(first+i, &p); err != nil {
				return err
			}
		}
		if e := new(data.Error); errors.As(err, &e) {
			e.Row = first + done + 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// encode sets the features of the next n rows, of those before one that it can't understand.
func encode[T tensor.Float](
	b *tabular.Batch[T], columns []*column, of []data.Column, n int,
) (done int, err error) {
	for row := range n {
		features := b.Features(row)
		for i, c := range columns {
			if err := c.encode(&of[i], features[:of[i].Features()]); err != nil {
				return row, err
			}
			features = features[of[i].Features():]
		}
	}
	return n, nil
}

// find reads the columns that a model takes, in its order.
func (t *Table) find(needed []data.Column) ([]*column, error) {
	found := map[string]*column{}
	isNeeded := func(name string) bool {
		return slices.ContainsFunc(needed, func(c data.Column) bool { return c.Name == name })
	}
	for place, field := range t.schema.Fields() {
		if !isNeeded(field.Name) && !slices.ContainsFunc(placesOf(field), isNeeded) {
			continue
		}
		columns, err := t.columns(place)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			if found[c.name] != nil && isNeeded(c.name) {
				return nil, fmt.Errorf("two columns are named %q", c.name)
			}
			found[c.name] = c
		}
	}
	columns := make([]*column, len(needed))
	for i, c := range needed {
		if columns[i] = found[c.Name]; columns[i] == nil {
			return nil, &data.Error{
				Problem: fmt.Sprintf("there is no column %q, which the model needs", c.Name)}
		}
	}
	return columns, nil
}

// placesOf returns the names of the columns that a list of a fixed size becomes.
func placesOf(field arrow.Field) (names []string) {
	list, isList := field.Type.(*arrow.FixedSizeListType)
	if !isList {
		return nil
	}
	for i := range int(list.Len()) {
		names = append(names, field.Name+strconv.Itoa(i+1))
	}
	return names
}
