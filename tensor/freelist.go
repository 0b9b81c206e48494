package tensor

import "sync"

// freelist keeps values for reuse. Unlike a sync.Pool it never drops one, so that a steady state allocates nothing.
type freelist[T any] struct {
	make func() *T // makes a new value; nil for the zero value
	mu   sync.Mutex
	free []*T
}

// get returns a value that was put back, or a new one.
func (f *freelist[T]) get() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.free); n > 0 {
		v := f.free[n-1]
		f.free = f.free[:n-1]
		return v
	}
	if f.make != nil {
		return f.make()
	}
	return new(T)
}

// put hands a value back.
func (f *freelist[T]) put(v *T) {
	f.mu.Lock()
	f.free = append(f.free, v)
	f.mu.Unlock()
}
