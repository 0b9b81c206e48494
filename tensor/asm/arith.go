package asm

// arithPure fills in the pure-Go kernels of the arith family.
func arithPure[T Float](k *Kernels[T], r rounding) {
	k.Binary[Add] = add[T]
	k.Binary[Sub] = sub[T]
	k.Binary[Mul] = mul[T]
	k.Parametric[Scale] = scale[T]
	k.Parametric[Axpy] = func(y, x []T, alpha T) { axpy(r, y, x, alpha) }
	k.Rows.BroadcastAdd = addRow[T]
	k.Rows.ColumnSum = addColumns[T]
}

// The loops below take slices of one length first, so that the compiler checks bounds once and not at every element.

func add[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

func sub[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

func mul[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func scale[T Float](dst, x []T, alpha T) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = alpha * x[i]
	}
}

func axpy[T Float](r rounding, y, x []T, alpha T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = fma(r, alpha, x[i], y[i])
	}
}

func addRow[T Float](dst, b []T) {
	for ; len(b) > 0 && len(dst) >= len(b); dst = dst[len(b):] {
		row := dst[:len(b)]
		add(row, row, b)
	}
}

func addColumns[T Float](dst, x []T, xRow int) {
	for ; len(dst) > 0 && len(x) > 0; x = x[min(xRow, len(x)):] {
		add(dst, dst, x)
	}
}
