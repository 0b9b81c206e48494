package asm

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tested holds the kernels that some test compared with the reference, as "float32.Add" and
// "float64.Mul".
var tested = map[string]bool{}

// TestMain ends a whole run of the tests with a look at what they reached: a kernel of the tables
// that none of them compared with the reference fails the run.
func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if missing := untested(); status == 0 && wholeRun() && len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: no test compares these kernels with the reference: %v\n", missing)
		status = 1
	}
	os.Exit(status)
}

// wholeRun reports whether every test was asked for, and none was merely listed.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return true
}

// untested returns the kernels of both tables that no test has noted.
func untested() []string {
	var missing []string
	note := func(name string) {
		if !tested[name] {
			missing = append(missing, name)
		}
	}
	eachKernel[float32](note)
	eachKernel[float64](note)
	slices.Sort(missing)
	return missing
}

// eachKernel calls f with the name of every kernel that an available ISA has.
func eachKernel[T Float](f func(name string)) {
	names := map[string]bool{}
	for i := range Available() {
		table := reflect.ValueOf(For[T](&Available()[i])).Elem()
		forEachFunction(table, func(field string, _ reflect.Value) { names[kernelName[T](field)] = true })
	}
	for name := range names {
		f(name)
	}
}

func kernelName[T Float](field string) string { return fmt.Sprintf("%T.%s", T(0), field) }

// forEachFunction calls f with every function of a table, those of its structs and arrays included:
// "Sum", "Unary.exp". One that is nil is none.
func forEachFunction(table reflect.Value, f func(name string, v reflect.Value)) {
	for i := range table.NumField() {
		name, v := table.Type().Field(i).Name, table.Field(i)
		switch v.Kind() {
		case reflect.Func:
			callUnlessNil(name, v, f)
		case reflect.Array:
			for j := range v.Len() {
				callUnlessNil(name+"."+functionName(name, j), v.Index(j), f)
			}
		case reflect.Struct:
			forEachFunction(v, f)
		}
	}
}

func callUnlessNil(name string, v reflect.Value, f func(name string, v reflect.Value)) {
	if !v.IsNil() {
		f(name, v)
	}
}

// functionName returns the name of a member of the family in a field of [Kernels].
func functionName(field string, i int) string {
	switch strings.TrimSuffix(field, "Gradient") {
	case "Unary":
		return Unary(i).String()
	case "Parametric":
		return Parametric(i).String()
	case "Binary":
		return Binary(i).String()
	case "Slide":
		return Slide(i).String()
	case "Float32", "Float64", "Int32", "Int64":
		return Comparison(i).String()
	}
	panic("unknown family " + field)
}

// noted returns the kernels of a table wrapped so that a call notes their names in tested. The
// wrappers are slow: one call is enough.
func noted[T Float](k *Kernels[T]) *Kernels[T] {
	wrapped := *k
	forEachFunction(reflect.ValueOf(&wrapped).Elem(), func(field string, v reflect.Value) {
		kernel := reflect.ValueOf(v.Interface())
		v.Set(reflect.MakeFunc(v.Type(), func(arguments []reflect.Value) []reflect.Value {
			tested[kernelName[T](field)] = true
			return kernel.Call(arguments)
		}))
	})
	return &wrapped
}
