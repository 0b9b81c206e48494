package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"simdnn/internal/memory"
	"simdnn/tensor"
)

// idxTypes are the element types of IDX files by the third byte of their magic number.
var idxTypes = map[byte]tensor.DType{
	0x08: tensor.Uint8Type, 0x09: tensor.Int8Type, 0x0B: tensor.Int16Type,
	0x0C: tensor.Int32Type, 0x0D: tensor.Float32Type, 0x0E: tensor.Float64Type,
}

// ReadIDX returns the array in a file of the format of MNIST, plain or compressed by gzip whatever
// its name: two zeros, a byte for the element type, one for the number of dimensions, these as 32
// bits each and the elements, all big-endian (LeCun, Cortes and Burges 1998).
func ReadIDX(path string) (*tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // of a file that was only read
	buffered := bufio.NewReader(f)
	var r io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(buffered); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	a, err := decodeIDX(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// decodeIDX reads an array, which must be all there is.
func decodeIDX(r io.Reader) (*tensor.Array, error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, fmt.Errorf("no IDX file: %w", endsEarly(err))
	}
	dtype, ok := idxTypes[magic[2]]
	if magic[0] != 0 || magic[1] != 0 || !ok {
		return nil, fmt.Errorf("no IDX file: it begins with the bytes % x", magic)
	}
	shape, bytesOf, err := readIDXShape(r, int(magic[3]), dtype)
	if err != nil {
		return nil, err
	}
	// Grown as there is more to read: a header may promise what isn't there.
	var elements bytes.Buffer
	n, err := io.CopyN(&elements, r, bytesOf)
	if err != nil {
		return nil, fmt.Errorf("%d bytes of elements, but %v of %v takes %d: %w", n, dtype, shape,
			bytesOf, endsEarly(err))
	}
	if more, err := io.CopyN(io.Discard, r, 1); more > 0 {
		return nil, fmt.Errorf("there is more behind the %d bytes of %v of %v", bytesOf, dtype, shape)
	} else if !errors.Is(err, io.EOF) {
		return nil, err // such as a wrong checksum
	}
	a := tensor.NewArray(dtype, shape...)
	copyBigEndian(a.Bytes(), elements.Bytes(), dtype.Bytes())
	return a, nil
}

// readIDXShape reads the dimensions and returns how many bytes the elements take.
func readIDXShape(r io.Reader, rank int, dtype tensor.DType) ([]int, int64, error) {
	dims := make([]uint32, rank)
	if err := binary.Read(r, binary.BigEndian, dims); err != nil {
		return nil, 0, fmt.Errorf("the %d dimensions: %w", rank, endsEarly(err))
	}
	shape, size := make([]int, rank), float64(dtype.Bytes())
	for i, d := range dims {
		if d > math.MaxInt32 {
			return nil, 0, fmt.Errorf("a dimension of %d", d)
		}
		shape[i] = int(d)
		size *= float64(d)
	}
	return shape, int64(size), memory.Check(fmt.Sprintf("the shape %v", shape), size)
}

// copyBigEndian copies elements of some bytes each to this machine's order.
func copyBigEndian(to, from []byte, size int) {
	for at := 0; at < len(from); at += size {
		switch size {
		case 1:
			to[at] = from[at]
		case 2:
			binary.NativeEndian.PutUint16(to[at:], binary.BigEndian.Uint16(from[at:]))
		case 4:
			binary.NativeEndian.PutUint32(to[at:], binary.BigEndian.Uint32(from[at:]))
		default:
			binary.NativeEndian.PutUint64(to[at:], binary.BigEndian.Uint64(from[at:]))
		}
	}
}

// endsEarly says of the end of a file that it came too early.
func endsEarly(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
