// Package bench is the suite of benchmarks over the hot paths: products, operations on elements,
// training steps, predictions, loading of data, and beside them the machine's ceilings, its rate of
// fused multiply-adds and its copy bandwidth.
//
//	go test -run '^$' -bench . ./bench                           a selection, with the active ISA
//	go test -run '^$' -bench 'MatMul/trans=NN' ./bench -isa all  every ISA
//	go test -run '^$' -bench . ./bench -isa avx2,generic -full   every size and type: some minutes
//	go test -run '^$' -bench Elementwise/add -count 10 ./bench | tee new.txt
//	benchstat old.txt new.txt
//
// Names have the form family/op/key=value/…, as in Elementwise/add/size=16384/dtype=f32/isa=avx2,
// so that benchstat can group and compare by key: benchstat -col /isa results.txt. Everything runs
// on one thread.
//
// The suite is a list of values, [Cases], since the tests of this package are one way to run it:
// nnbench run measures the same cases without the source tree, and nnbench guard compares two
// builds by them.
package bench
