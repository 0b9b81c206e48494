package tensor

import (
	"fmt"
	"slices"
	"sync"
	"weak"
)

// Lazy is an array that is made when it is asked for, such as weights that follow from others. It
// may be used by many goroutines. They share one array as long as anybody holds it; then it is
// forgotten, and made again should it be needed once more.
type Lazy struct {
	dtype DType
	shape []int
	fill  func(a *Array)

	mu   sync.Mutex
	made weak.Pointer[Array]
}

// NewLazy returns an array that fill sets the elements of, the same ones each time. They are not
// zero before.
func NewLazy(d DType, shape []int, fill func(a *Array)) *Lazy {
	return &Lazy{dtype: d, shape: slices.Clone(shape), fill: fill}
}

// DType returns the type of the elements.
func (l *Lazy) DType() DType { return l.dtype }

// Shape returns a copy of the dimensions.
func (l *Lazy) Shape() []int { return slices.Clone(l.shape) }

// Len returns the number of elements.
func (l *Lazy) Len() int { return size(l.shape) }

// String returns the type and the shape, as that of the array does.
func (l *Lazy) String() string { return fmt.Sprintf("%v%v", l.dtype, l.shape) }

// Array returns the array, which must not be changed.
func (l *Lazy) Array() *Array {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.made.Value(); a != nil {
		return a
	}
	a := NewArray(l.dtype, l.shape...)
	l.fill(a)
	l.made = weak.Make(a)
	return a
}

// Lend returns the array for a moment: it stands in memory, which grows as it must, unless somebody
// holds one. It must not be used any more once memory is used again.
func (l *Lazy) Lend(memory *[]byte) *Array {
	l.mu.Lock()
	a := l.made.Value()
	l.mu.Unlock()
	if a != nil {
		return a
	}
	n := l.Len() * l.dtype.Bytes()
	if len(*memory) < n {
		*memory = AlignedBytes(n)
	}
	a = ArrayOver(l.dtype, (*memory)[:n], l.shape...)
	l.fill(a)
	return a
}
