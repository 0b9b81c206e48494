package tensor

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"simdnn/internal/memory"
	"simdnn/tensor/asm"
)

// Array is an array in row-major order whose element type is known at run time only. It refers to
// its elements, which a [Tensor] may share. They follow each other but for arrays of [RowsOver].
type Array struct {
	dtype     DType
	shape     []int
	slot      any // *[]T
	row, step int // of an array with gaps, else 0
}

// NewArray returns an array of zeros with 64-byte aligned storage. It panics if that needs more
// memory than there is.
func NewArray(d DType, shape ...int) *Array {
	n := size(shape)
	if float64(n)*float64(d.Bytes()) > memory.Available() {
		panic("tensor: NewArray: " + tooLarge(shape, d.Bytes()).Error())
	}
	return ArrayOver(d, AlignedBytes(n*d.Bytes()), shape...)
}

// ArrayOver returns an array whose elements stand in data, which has just their size and begins at
// a multiple of it.
func ArrayOver(d DType, data []byte, shape ...int) *Array {
	if n := size(shape) * d.Bytes(); n != len(data) {
		panic(fmt.Sprintf("tensor: ArrayOver: %d bytes for %v%v, which takes %d", len(data), d,
			shape, n))
	}
	return &Array{dtype: d, shape: slices.Clone(shape), slot: slotOfBytes(d, data)}
}

// RowsOver returns an array whose rows, of so many elements each, begin step elements apart in
// data: part of the columns of a wider array. Data ends with the last row. What knows of no gaps
// must not be given such an array, whose elements [Elements], [Slot] and [Array.Bytes] return with
// what lies between the rows.
func RowsOver(d DType, data []byte, row, step int, shape ...int) *Array {
	rows := size(shape) / max(row, 1)
	if row < 1 || step < row || rows*row != size(shape) ||
		((rows-1)*step+row)*d.Bytes() != len(data) {
		panic("tensor: RowsOver: data of another size, or rows that overlap")
	}
	return &Array{dtype: d, shape: slices.Clone(shape), slot: slotOfBytes(d, data), row: row,
		step: step}
}

// Rows returns how many elements follow each other, and how many there are from one such row to the
// next: all, if there are no gaps.
func (a *Array) Rows() (row, step int) {
	if a.row == 0 {
		return a.Len(), a.Len()
	}
	return a.row, a.step
}

// HasGaps reports whether there is something else between the array's rows.
func (a *Array) HasGaps() bool { return a.row != a.step }

// slotOfBytes returns where an array of a type keeps its elements.
func slotOfBytes(d DType, data []byte) any {
	switch d {
	case Float32Type:
		return slotOver[float32](data)
	case Float64Type:
		return slotOver[float64](data)
	case Float16Type:
		return slotOver[Float16](data)
	case BFloat16Type:
		return slotOver[BFloat16](data)
	case Int8Type:
		return slotOver[int8](data)
	case Int16Type:
		return slotOver[int16](data)
	case Int32Type:
		return slotOver[int32](data)
	case Int64Type:
		return slotOver[int64](data)
	case Uint8Type:
		return slotOver[uint8](data)
	case Uint16Type:
		return slotOver[uint16](data)
	case Uint32Type:
		return slotOver[uint32](data)
	case Uint64Type:
		return slotOver[uint64](data)
	case BoolType:
		return slotOver[bool](data)
	}
	panic(fmt.Sprintf("tensor: ArrayOver: the element type is %v", d))
}

// slotOver returns a slice of the elements in data.
func slotOver[T Element](data []byte) *[]T {
	var zero T
	s := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))),
		len(data)/int(unsafe.Sizeof(zero)))
	return &s
}

// AlignedBytes returns n zero bytes that begin at a multiple of 64.
func AlignedBytes(n int) []byte {
	words := alignedSlice[float64]((n + 7) / 8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// ArrayOf returns an array over data in row-major order, which it does not copy.
func ArrayOf[T Element](data []T, shape ...int) *Array {
	return arrayIn(DTypeOf[T](), shape, len(data), &data)
}

// arrayIn returns an array over the so many elements of a slot.
func arrayIn(d DType, shape []int, elements int, slot any) *Array {
	if size(shape) != elements {
		panic(fmt.Sprintf("tensor: ArrayOf: %d elements do not fill the shape %v", elements, shape))
	}
	return &Array{dtype: d, shape: slices.Clone(shape), slot: slot}
}

// DType returns the type of the elements.
func (a *Array) DType() DType { return a.dtype }

// Shape returns a copy of the dimensions. It is called where operators are bound, once for each
// type of elements: out of line these take less room.
//
//go:noinline
func (a *Array) Shape() []int { return slices.Clone(a.shape) }

// SameShape reports whether two arrays have the same dimensions.
func (a *Array) SameShape(b *Array) bool { return slices.Equal(a.shape, b.shape) }

// Len returns the number of elements. It stays out of line, as Shape does.
//
//go:noinline
func (a *Array) Len() int { return size(a.shape) }

// String returns the type and the shape: "float32[3 4]".
func (a *Array) String() string { return fmt.Sprintf("%v%v", a.dtype, a.shape) }

// Reshape returns an array of another shape that shares the slot: it follows [SetElements].
func (a *Array) Reshape(shape ...int) *Array {
	if size(shape) != a.Len() {
		panic(fmt.Sprintf("tensor: Array.Reshape: the shape %v has %d elements, %v has %d", shape,
			size(shape), a, a.Len()))
	}
	return &Array{dtype: a.dtype, shape: slices.Clone(shape), slot: a.slot}
}

// Slot returns where the array keeps the slice of its elements. Who reads it each time finds the
// elements after [SetElements], too. It panics if T is not the array's type.
//
//go:noinline
func Slot[T Element](a *Array) *[]T {
	slot, ok := a.slot.(*[]T)
	if !ok {
		panic(fmt.Sprintf("tensor: Slot: %v is not of type %v", a, DTypeOf[T]()))
	}
	return slot
}

// Elements returns the elements in row-major order, without copying. It panics if T is not the
// array's type.
//
//go:noinline
func Elements[T Element](a *Array) []T { return *Slot[T](a) }

// Bytes returns the memory of the elements, as this processor orders their bytes.
func (a *Array) Bytes() []byte {
	switch a.dtype.Bytes() {
	case 1:
		return bitsAsBytes(Words[uint8](a))
	case 2:
		return bitsAsBytes(Words[uint16](a))
	case 4:
		return bitsAsBytes(Words[uint32](a))
	}
	return bitsAsBytes(Words[uint64](a))
}

func bitsAsBytes[U Word](x []U) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*elementBytes[U]())
}

// SetElements lets the array refer to other elements, as many as it has.
func SetElements[T Element](a *Array, data []T) {
	slot := Slot[T](a)
	if len(data) != len(*slot) {
		panic(fmt.Sprintf("tensor: SetElements: %d elements for %v", len(data), a))
	}
	*slot = data
}

// Show lets the array refer to the elements of another one of its type and size.
func (a *Array) Show(b *Array) {
	if a.dtype != b.dtype || !slices.Equal(a.shape, b.shape) && a.Len() != b.Len() {
		panic(fmt.Sprintf("tensor: Show: %v in place of %v", b, a))
	}
	switch slot := a.slot.(type) {
	case *[]float32:
		*slot = *b.slot.(*[]float32)
	case *[]float64:
		*slot = *b.slot.(*[]float64)
	case *[]int64:
		*slot = *b.slot.(*[]int64)
	default: // without naming the types that are rare
		reflect.ValueOf(slot).Elem().Set(reflect.ValueOf(b.slot).Elem())
	}
}

// TensorOf returns a tensor that shares the array's elements. It panics if T is not the array's
// type.
func TensorOf[T Element](a *Array) *Tensor[T] { return FromSlice(Elements[T](a), a.shape...) }

// Copier returns a function that copies the elements of src, as they are then, to dst. Both have
// one type and one number of elements.
func Copier(dst, src *Array) func() {
	if dst.dtype != src.dtype || dst.Len() != src.Len() {
		panic(fmt.Sprintf("tensor: Copier: from %v to %v", src, dst))
	}
	switch to := dst.slot.(type) {
	case *[]float32:
		return copier(to, src)
	case *[]float64:
		return copier(to, src)
	case *[]Float16:
		return copier(to, src)
	case *[]BFloat16:
		return copier(to, src)
	case *[]int8:
		return copier(to, src)
	case *[]int16:
		return copier(to, src)
	case *[]int32:
		return copier(to, src)
	case *[]int64:
		return copier(to, src)
	case *[]uint8:
		return copier(to, src)
	case *[]uint16:
		return copier(to, src)
	case *[]uint32:
		return copier(to, src)
	case *[]uint64:
		return copier(to, src)
	}
	return copier(dst.slot.(*[]bool), src)
}

// copier returns the function for a destination of elements T.
func copier[T Element](dst *[]T, src *Array) func() {
	from := Slot[T](src)
	return func() { copy(*dst, *from) }
}

// Word is the bits of an element: moving elements needs no more of their type than its size.
type Word = asm.Word

// Words returns the elements of an array as unsigned integers of their size, which U must have.
func Words[U Word](a *Array) []U {
	switch slot := a.slot.(type) {
	case *[]float32:
		return words[U](*slot)
	case *[]float64:
		return words[U](*slot)
	case *[]Float16:
		return words[U](*slot)
	case *[]BFloat16:
		return words[U](*slot)
	case *[]int8:
		return words[U](*slot)
	case *[]int16:
		return words[U](*slot)
	case *[]int32:
		return words[U](*slot)
	case *[]int64:
		return words[U](*slot)
	case *[]uint8:
		return words[U](*slot)
	case *[]uint16:
		return words[U](*slot)
	case *[]uint32:
		return words[U](*slot)
	case *[]uint64:
		return words[U](*slot)
	}
	return words[U](*a.slot.(*[]bool))
}

// words returns the bits of elements, or panics if U has another size.
func words[U Word, T Element](data []T) []U {
	var element T
	var word U
	if unsafe.Sizeof(element) != unsafe.Sizeof(word) {
		refuseWords(DTypeOf[T]())
	}
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(data))), len(data))
}

// refuseWords panics over elements of another size than the words that they were to be.
func refuseWords(d DType) {
	panic("tensor: Words: the elements of " + d.String() + " have another size")
}
