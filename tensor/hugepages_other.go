//go:build !linux

package tensor

// adviseHugePages does nothing: the system chooses the size of its pages by itself.
func adviseHugePages[T Element]([]T) {}
