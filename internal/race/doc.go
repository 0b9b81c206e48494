// Package race tells Go's race detector about memory that assembly reads and writes, which it can't
// see for itself. Without the detector its functions do nothing and cost nothing.
package race
