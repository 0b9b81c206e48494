package data

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// IsArrayFile reports whether a path is that of NumPy's files, .npy or .npz.
func IsArrayFile(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return extension == ".npy" || extension == ".npz"
}

// ArrayTable is a table of numbers from a file of NumPy.
type ArrayTable struct {
	Names  []string                // of the columns
	Values *tensor.Tensor[float64] // (rows, columns)
}

// ReadArrayTable returns the table of a .npy file of shape (rows) or (rows, columns), whose columns
// are c1, c2, …, or of a .npz archive of such arrays with as many rows: there a column goes by its
// array's name, with a number from 1 behind it if the array has several. Elements are numbers or
// booleans.
func ReadArrayTable(path string) (*ArrayTable, error) {
	var t ArrayTable
	parts, err := t.read(path)
	if err == nil && len(parts) == 0 {
		err = errors.New("there are no arrays in it")
	}
	if err != nil {
		return nil, inFile(path, err)
	}
	t.Values = tensor.Concat(1, parts...)
	return &t, nil
}

// read returns the columns of each array, and names them.
func (t *ArrayTable) read(path string) (parts []*tensor.Tensor[float64], err error) {
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		a, err := npy.ReadFile(path)
		if err == nil {
			parts, err = t.add(parts, a, "c", true)
		}
		return parts, err
	}
	archive, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	for _, name := range archive.Names() {
		a, err := archive.Read(name)
		if err == nil {
			parts, err = t.add(parts, a, name, len(a.Shape()) == 2)
		}
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return parts, nil
}

// inFile names the file in an error that doesn't.
func inFile(path string, err error) error {
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// add appends an array's columns, under names with numbers behind them if they are numbered.
func (t *ArrayTable) add(
	parts []*tensor.Tensor[float64], a *tensor.Array, name string, numbered bool,
) ([]*tensor.Tensor[float64], error) {
	shape := a.Shape()
	if len(shape) == 1 {
		shape = append(shape, 1)
	}
	if len(shape) != 2 {
		return nil, fmt.Errorf("its shape is %v, which must be (rows) or (rows, columns)", a.Shape())
	}
	if a.Len() == 0 {
		return nil, fmt.Errorf("its shape is %v: it has no numbers", a.Shape())
	}
	if len(parts) > 0 && parts[0].Dim(0) != shape[0] {
		return nil, fmt.Errorf("it has %s, but those before it have %d", plural(shape[0], "row"),
			parts[0].Dim(0))
	}
	values, err := numbers(a)
	if err != nil {
		return nil, err
	}
	for i := range shape[1] {
		column := name
		if numbered {
			column += strconv.Itoa(i + 1)
		}
		if slices.Contains(t.Names, column) {
			return nil, fmt.Errorf("there is a column %q before it", column)
		}
		t.Names = append(t.Names, column)
	}
	return append(parts, tensor.FromSlice(values, shape...)), nil
}

// numbers returns the elements of an array as float64.
func numbers(a *tensor.Array) ([]float64, error) {
	switch a.DType() {
	case tensor.Float64Type:
		return tensor.Elements[float64](a), nil
	case tensor.Float32Type:
		return widened(tensor.Elements[float32](a)), nil
	case tensor.Float16Type:
		return halves(tensor.Elements[tensor.Float16](a)), nil
	case tensor.BFloat16Type:
		return halves(tensor.Elements[tensor.BFloat16](a)), nil
	case tensor.BoolType:
		return truths(tensor.Elements[bool](a)), nil
	case tensor.Int8Type:
		return widened(tensor.Elements[int8](a)), nil
	case tensor.Int16Type:
		return widened(tensor.Elements[int16](a)), nil
	case tensor.Int32Type:
		return widened(tensor.Elements[int32](a)), nil
	case tensor.Int64Type:
		return widened(tensor.Elements[int64](a)), nil
	case tensor.Uint8Type:
		return widened(tensor.Elements[uint8](a)), nil
	case tensor.Uint16Type:
		return widened(tensor.Elements[uint16](a)), nil
	case tensor.Uint32Type:
		return widened(tensor.Elements[uint32](a)), nil
	case tensor.Uint64Type:
		return widened(tensor.Elements[uint64](a)), nil
	}
	return nil, fmt.Errorf("%v are no numbers", a)
}

func widened[N int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32](
	values []N,
) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = float64(v)
	}
	return all
}

func halves[H interface{ Float32() float32 }](values []H) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = float64(v.Float32())
	}
	return all
}

func truths(values []bool) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		if v {
			all[i] = 1
		}
	}
	return all
}

// Select returns the values of some columns, (rows, columns), in the order of their names.
func (t *ArrayTable) Select(names ...string) (*tensor.Tensor[float64], error) {
	columns := make([]*tensor.Tensor[float64], len(names))
	for i, name := range names {
		at := slices.Index(t.Names, name)
		if at < 0 {
			return nil, fmt.Errorf("there is no column %q; there are %s", name,
				strings.Join(t.Names, ", "))
		}
		columns[i] = t.Values.Narrow(1, at, at+1)
	}
	if len(columns) == 0 {
		return tensor.New[float64](t.Values.Dim(0), 0), nil
	}
	return tensor.Concat(1, columns...), nil
}

// Series returns the table as a data set of steps of time: the target, one of the columns, and as
// features the columns that are named, all others if there are no names, but for those to drop.
func (t *ArrayTable) Series(target string, columns, drop []string) (*Dataset, error) {
	y, err := t.Select(target)
	if err != nil {
		return nil, err
	}
	if _, err := t.Select(slices.Concat(columns, drop)...); err != nil {
		return nil, err
	}
	d := &Dataset{Y: y, Target: target}
	for _, name := range t.Names {
		chosen := len(columns) == 0 || slices.Contains(columns, name)
		if name != target && chosen && !slices.Contains(drop, name) {
			d.Features = append(d.Features, name)
			d.Columns = append(d.Columns, Column{Name: name})
		}
	}
	d.X, err = t.Select(d.Features...)
	return d, err
}
