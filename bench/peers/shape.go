package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"simdnn/tensor"
)

// shape is the size of a product: C has m×n elements, the inner index runs to k.
type shape struct{ m, n, k int }

func (s shape) String() string { return fmt.Sprintf("%d×%d×%d", s.m, s.n, s.k) }

// flops returns the number of floating point operations of a product.
func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// parseShapes reads shapes such as 64x64x64,1x64x10: M×N×K.
func parseShapes(text string) ([]shape, error) {
	var shapes []shape
	for _, one := range strings.Split(text, ",") {
		sizes, err := parseSizes(strings.Split(strings.ReplaceAll(one, "×", "x"), "x"))
		if err != nil || len(sizes) != 3 {
			return nil, fmt.Errorf("%q is not a shape M×N×K of three positive sizes, such as 64x128x10", one)
		}
		shapes = append(shapes, shape{sizes[0], sizes[1], sizes[2]})
	}
	return shapes, nil
}

// parseSizes reads positive integers.
func parseSizes(texts []string) ([]int, error) {
	var sizes []int
	for _, text := range texts {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive integer", text)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// job is one product to time.
type job struct {
	dtype string // f32 or f64
	trans tensor.Trans
	shape
}

func (j job) String() string { return fmt.Sprintf("%s %s %s", j.dtype, j.trans, j.shape) }

// defaultJobs are the products that networks of the usual sizes are made of: forward (NN and NT),
// the gradients of weights (TN) and of inputs (NT), from single samples to batches that fill the
// caches, and squares for comparison with published figures.
var defaultJobs = []struct {
	dtype  string
	trans  tensor.Trans
	shapes string
}{
	{"f32", tensor.NN, "1x64x10,8x64x10,32x64x10,32x32x32,64x64x64,32x128x64,64x128x64,96x96x96,128x128x128,32x3x64,32x1x64,128x10x256"},
	{"f32", tensor.NN, "128x256x512,128x512x784,256x1024x1024,512x512x512,1024x1024x1024,2048x2048x2048,1024x10x512,10000x64x10"},
	{"f32", tensor.NT, "64x128x64,128x512x784,256x1024x1024,32x64x10"},
	{"f32", tensor.TN, "512x784x128,64x10x32,128x64x64,1024x1024x256"},
	{"f64", tensor.NN, "32x64x10,64x64x64,256x256x256,512x512x512,1024x1024x1024"},
}

// selectJobs returns every given shape with every given type and transpose, or, of the default
// products, those with such a type and transpose. A missing list of types or transposes means f32
// and NN with given shapes, and all without.
func selectJobs(shapes []shape, dtypes []string, trans []tensor.Trans) ([]job, error) {
	var jobs []job
	if len(shapes) == 0 {
		for _, d := range defaultJobs {
			if len(dtypes) > 0 && !slices.Contains(dtypes, d.dtype) || len(trans) > 0 &&
				!slices.Contains(trans, d.trans) {
				continue
			}
			list, err := parseShapes(d.shapes)
			if err != nil {
				return nil, err
			}
			for _, s := range list {
				jobs = append(jobs, job{d.dtype, d.trans, s})
			}
		}
		if len(jobs) == 0 {
			return nil, fmt.Errorf("no default product has the types %v and transposes %v: name shapes with --shape", dtypes, trans)
		}
		return jobs, nil
	}
	if len(dtypes) == 0 {
		dtypes = []string{"f32"}
	}
	if len(trans) == 0 {
		trans = []tensor.Trans{tensor.NN}
	}
	for _, dtype := range dtypes {
		for _, t := range trans {
			for _, s := range shapes {
				jobs = append(jobs, job{dtype, t, s})
			}
		}
	}
	return jobs, nil
}
