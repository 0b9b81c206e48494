package main

// #cgo CFLAGS: -O2
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "product.h"
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"unsafe"

	"simdnn/tensor"
)

// debianLibraries is where Debian keeps shared libraries.
const debianLibraries = "/usr/lib/x86_64-linux-gnu"

// openBLASFolder holds Debian's OpenBLAS, and a libblas.so.3 that leads to it.
const openBLASFolder = debianLibraries + "/openblas-pthread"

// library is a shared library with matrix products.
type library struct {
	key, name string
	debian    string   // the Debian package that has it
	setup     bool     // installed by setup, not by Debian
	files     []string // where it may be; names without a folder are searched by the system
	f32, f64  *entry   // its products; nil if it has none
	// small says that the library makes kernels for one small shape each, which are compared with
	// ours chosen beforehand.
	small bool
	start string // function to call before any other; "" if there is none
	about func(loaded) string
	build func() (string, error) // makes a shared library where Debian has none; nil for others
}

// entry is a function and its interface.
type entry struct {
	symbol string
	kind   uint32
}

// libraries lists those that the program knows.
var libraries = []library{
	{key: "openblas", name: "OpenBLAS", debian: "libopenblas0-pthread",
		files: []string{filepath.Join(openBLASFolder, "libopenblas.so.0"), "libopenblas.so.0"},
		f32:   &entry{"cblas_sgemm", C.CBLAS_F32}, f64: &entry{"cblas_dgemm", C.CBLAS_F64},
		about: func(l loaded) string { return "kernels " + l.text("openblas_get_corename") }},
	{key: "blis", name: "BLIS", debian: "libblis4-openmp", start: "bli_init",
		files: []string{filepath.Join(debianLibraries, "blis-openmp/libblis.so.4"), "libblis.so.4"},
		f32:   &entry{"cblas_sgemm", C.CBLAS_F32}, f64: &entry{"cblas_dgemm", C.CBLAS_F64},
		about: func(l loaded) string { return "kernels " + l.textOf("bli_arch_string", "bli_arch_query_id") }},
	{key: "dnnl", name: "oneDNN", debian: "libdnnl2",
		files: []string{"libdnnl.so.2", "libdnnl.so.3"},
		f32:   &entry{"dnnl_sgemm", C.DNNL_F32},
		about: func(l loaded) string {
			return fmt.Sprintf("instruction sets %#x", l.number("dnnl_get_effective_cpu_isa"))
		}},
	{key: "mkl", name: "MKL", setup: true, files: installed("lib/libmkl_rt.so.*"),
		f32: &entry{"cblas_sgemm", C.CBLAS_F32}, f64: &entry{"cblas_dgemm", C.CBLAS_F64},
		about: func(l loaded) string { return "branch " + strconv.Itoa(l.number("mkl_cbwr_get_auto_branch")) }},
	{key: "libxsmm", name: "LIBXSMM", debian: "libxsmm-dev", small: true,
		files: []string{"libxsmm.so.1", "libxsmm.so"}, build: buildXSMM,
		f32: &entry{"libxsmm_smmdispatch", C.XSMM_F32}, f64: &entry{"libxsmm_dmmdispatch", C.XSMM_F64},
		about: func(l loaded) string { return "target " + l.text("libxsmm_get_target_arch") }},
}

// libraryKeys returns the keys of all libraries.
func libraryKeys() []string {
	var keys []string
	for _, l := range libraries {
		keys = append(keys, l.key)
	}
	return keys
}

// howToGet returns the command that installs the library.
func (l *library) howToGet() string {
	if l.setup {
		return "go run . setup"
	}
	return "apt-get install -y --no-install-recommends " + l.debian
}

// loaded is a library in memory.
type loaded struct {
	*library
	file   string
	handle unsafe.Pointer
}

// load opens the library: the file, or if that is "" the first of the usual ones that there is.
func (l *library) load(file string) (loaded, error) {
	files := l.files
	if file != "" {
		files = []string{file}
	}
	if len(files) == 0 {
		return loaded{}, errors.New("not installed")
	}
	var failures []error
	for _, file := range files {
		lib, err := l.open(file)
		if err == nil {
			return lib, nil
		}
		failures = append(failures, err)
	}
	if l.build != nil && file == "" {
		built, err := l.build()
		if err == nil {
			var lib loaded
			if lib, err = l.open(built); err == nil {
				return lib, nil
			}
		}
		failures = append(failures, err)
	}
	return loaded{}, errors.Join(failures...)
}

// open opens the library's file and makes it ready.
func (l *library) open(file string) (loaded, error) {
	handle, err := open(file)
	if err != nil {
		return loaded{}, err
	}
	lib := loaded{l, file, handle}
	if f := lib.function(l.start); l.start != "" && f != nil {
		C.call(f)
	}
	return lib, nil
}

// open opens a shared library.
func open(file string) (unsafe.Pointer, error) {
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	var message *C.char
	handle := C.open_library(name, &message)
	if handle == nil {
		return nil, errors.New(C.GoString(message))
	}
	return handle, nil
}

// function returns an exported function, or nil.
func (l loaded) function(name string) unsafe.Pointer {
	symbol := C.CString(name)
	defer C.free(unsafe.Pointer(symbol))
	return C.find_function(l.handle, symbol)
}

// text returns the result of a function without arguments, or "unknown" if there is no such
// function.
func (l loaded) text(name string) string {
	if f := l.function(name); f != nil {
		return C.GoString(C.call_text(f))
	}
	return "unknown"
}

// textOf returns the result of a function of the result of another one.
func (l loaded) textOf(text, number string) string {
	f, g := l.function(text), l.function(number)
	if f == nil || g == nil {
		return "unknown"
	}
	return C.GoString(C.call_text_of(f, g))
}

// number returns the result of a function without arguments, or −1.
func (l loaded) number(name string) int {
	if f := l.function(name); f != nil {
		return int(C.call_number(f))
	}
	return -1
}

// errNoProduct says that a library does not compute a product, which is no failure.
var errNoProduct = errors.New("has no such product")

// product returns the run of a product by the library on the given row-major matrices, or
// errNoProduct.
func (l loaded) product(j job, a, b, c unsafe.Pointer,
	by clock) (func(iterations int) (float64, error), error) {
	e := l.f32
	if j.dtype == "f64" {
		e = l.f64
	}
	if e == nil || l.small && (j.trans != tensor.NN || j.m*j.n*j.k > xsmmLimit) {
		return nil, errNoProduct
	}
	f := l.function(e.symbol)
	if f == nil {
		return nil, fmt.Errorf("%s has no function %s", l.file, e.symbol)
	}
	letters := j.trans.String()
	p := C.struct_product{_interface: e.kind, function: f, trans_a: C.char(letters[0]),
		trans_b: C.char(letters[1]), m: C.int(j.m), n: C.int(j.n), k: C.int(j.k)}
	if l.small {
		if p.function = C.dispatch_xsmm(f, p); p.function == nil {
			return nil, errNoProduct
		}
	}
	return func(iterations int) (float64, error) {
		return float64(C.run_product(p, a, b, c, C.long(iterations), C.int(by))), nil
	}, nil
}
