package safetensors

// DType is the type of a tensor's elements by the name that it has in files.
type DType string

// The types that can be read as numbers. F64 and F32 can be written.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"

	bytesType DType = "U8"
)

// sizes holds the number of bytes of an element of each type that the format knows and that fills whole bytes.
var sizes = map[DType]int{
	F64: 8, "I64": 8, "U64": 8, "C64": 8,
	F32: 4, "I32": 4, "U32": 4,
	F16: 2, BF16: 2, "I16": 2, "U16": 2,
	bytesType: 1, "I8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}

// Float is the type of the elements that are read and written.
type Float interface{ float32 | float64 }

// TypeOf returns the DType of T.
func TypeOf[T Float]() DType {
	if _, ok := any(T(0)).(float32); ok {
		return F32
	}
	return F64
}
