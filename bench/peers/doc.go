// Peers times simdnn beside other systems on the same work, in one sitting and in turns, so that
// every figure is a ratio of two measurements that met the same state of the machine.
//
//	go run . [flags] [gemm] [elementwise] [step] [infer] [fit]
//
// The sections, all of them if none is named:
//
//   - gemm: matrix products, against OpenBLAS, BLIS, oneDNN, LIBXSMM, gonum and vek;
//   - elementwise: activations and reductions, against PyTorch, NumPy and vek;
//   - step: one training step, against PyTorch;
//   - infer: one prediction, against PyTorch, as it is and compiled by TorchScript, and ONNX Runtime;
//   - fit: a training with shuffled batches, against scikit-learn.
//
// C libraries are loaded at run time, whichever are installed, and timed inside a C loop: no
// foreign call is charged to them. Python peers are timed inside Python. Ours is timed through its
// public calls. Each peer's result is compared with ours before it is timed.
//
// The program starts itself anew with the environment in which each peer is fastest on this
// processor, and on as many cores as it uses threads. It runs on Linux and is a module of its own:
// it needs cgo, which simdnn does not.
package main
