package tensor

import "simdnn/tensor/asm"

// Unary, Parametric and Binary name the element-wise functions of an [Engine], see package asm.
type (
	Unary      = asm.Unary
	Parametric = asm.Parametric
	Binary     = asm.Binary
)

// The functions of one argument.
const (
	Relu     = asm.Relu
	Exp      = asm.Exp
	Log      = asm.Log
	Tanh     = asm.Tanh
	Sigmoid  = asm.Sigmoid
	Silu     = asm.Silu
	Gelu     = asm.Gelu
	GeluTanh = asm.GeluTanh
	Unaries  = asm.Unaries // their number
)

// The functions of one argument and a scalar.
const (
	Scale       = asm.Scale
	Axpy        = asm.Axpy
	ExpSub      = asm.ExpSub
	LeakyRelu   = asm.LeakyRelu
	Parametrics = asm.Parametrics // their number
)

// The functions of two arguments.
const (
	Add      = asm.Add
	Sub      = asm.Sub
	Mul      = asm.Mul
	Binaries = asm.Binaries // their number
)
