// Package bench holds the benchmarks over the hot paths: products, operations on elements, training steps and predictions.
//
//	go test -bench . ./bench
//	go test -bench 'MatMul/f32/avx2' -count 10 ./bench
//
// nnbench kernels and nnbench step measure the same with other sizes, kernel sets in turns.
package bench
