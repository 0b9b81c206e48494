//go:build !purego

package asm

import (
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

// hasAMX reports whether the processor multiplies tiles of bytes, and the system lets it.
func hasAMX() bool {
	return cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXINT8) && tilesPermitted()
}

// amxQuant are the kernels of AVX-512 and VNNI, with AMX's tiles.
func amxQuant() Quant {
	q := avx512VNNIQuant()
	q.Name, q.Beside = "amxint8", 0 // since tiles are loaded panel by panel
	q.Tiles = QuantTiles{Depth: tileBytes, Rows: 5, Work: 1 << 16, Mul: mulTilesAMX}
	q.Tiles.MulTile = func(y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout, t *QuantTile) {
		mulTileAMX(&q, y, a, b, l, t)
	}
	return q
}

const (
	tileRows  = 16 // of a tile, at most
	tileBytes = 64 // of a row of it
	tileUnits = 32 // tiles of rows that a call of the kernels takes
)

// tileOrder is what the kernels are told beside a layout.
type tileOrder struct {
	config     tileConfig
	units      [tileUnits]tileUnit
	blocks     int
	offset     *int32 // of a panel's columns, which the sums begin with
	offsetStep int    // bytes to those of the next panel
	single     int    // 1: a block has the first of its two tiles of rows alone
}

// tileConfig is the operand of LDTILECFG.
type tileConfig struct {
	palette  uint8
	_        [15]uint8
	rowBytes [16]uint16
	rows     [16]uint8
}

// tileUnit says where a tile of rows is in A and in C, in bytes. Two are a block.
type tileUnit struct{ a, c int }

// noOffset are the sums that a panel begins with where nothing is added.
var noOffset [tileRows]int32

// mulTilesAMX is a [QuantMultiply] for panels of 16 columns, in AMX.
func mulTilesAMX(c *int32, a *uint8, b *int8, l *QuantLayout) {
	o := tileOrder{offset: &noOffset[0]}
	o.multiply(c, a, b, l)
}

// mulTileAMX is a [Quant.MulTile] for the same. Integers that fill panels are stored as tiles.
func mulTileAMX(q *Quant, y unsafe.Pointer, a *uint8, b *int8, l *QuantLayout, t *QuantTile) {
	if t.Result == QuantIntegers && t.Cols == l.Panels*q.NR {
		direct := *l
		direct.LDC = t.LDY
		o := tileOrder{offset: t.Offset, offsetStep: q.NR * 4}
		o.multiply((*int32)(y), a, b, &direct)
		return
	}
	mulTilesAMX(t.X, a, b, l)
	q.Tile(y, t)
}

// multiply computes a product, by so many rows at once as there is room for.
func (o *tileOrder) multiply(c *int32, a *uint8, b *int8, l *QuantLayout) {
	const most = tileRows * tileUnits
	lines, width, line := 1, l.M, 0
	if l.Width > 0 {
		lines, width, line = l.M/l.Width, l.Width, l.ALine
	}
	together := max(most/roundUpTo(width, tileRows), 1)
	for i := 0; i < lines; i += together {
		for first := 0; first < width; first += most {
			o.rows(element(c, (i*width+first)*l.LDC), element(a, i*line+first*l.ARow), b, l,
				min(together, lines-i), min(most, width-first), line)
		}
	}
}

// roundUpTo returns n or what follows it among the multiples of a size.
func roundUpTo(n, size int) int { return (n + size - 1) / size * size }

// rows multiplies lines of width rows, in tiles of one height: the last one of a line shares rows
// with that before it.
func (o *tileOrder) rows(c *int32, a *uint8, b *int8, l *QuantLayout, lines, width, line int) {
	n := (width + tileRows - 1) / tileRows
	if n > 1 && lines == 1 {
		n += n & 1
	}
	height := (width + n - 1) / n
	for i := range lines * n {
		row := min(i%n*height, width-height)
		o.units[i] = tileUnit{i/n*line + row*l.ARow, (i/n*width + row) * l.LDC * 4}
	}
	all := lines * n
	if o.single = 0; all == 1 {
		o.single = 1
	} else if all%2 == 1 { // once more
		o.units[all] = o.units[all-1]
	}
	o.blocks = (all + 1) / 2
	o.configure(height, l.Run)
	if l.Signed {
		mulTilesSignedAMX(c, a, b, l, o)
	} else {
		mulTilesUnsignedAMX(c, a, b, l, o)
	}
}

// configure sets the sizes of the tiles: of sums, of A's chunks and of B's.
func (o *tileOrder) configure(height, run int) {
	o.config = tileConfig{palette: 1}
	for i := range 8 {
		o.config.rows[i], o.config.rowBytes[i] = uint8(height), tileBytes
		switch isA := i == 4 || i == 5 && o.single == 0; {
		case isA:
			o.config.rowBytes[i] = uint16(run * QuantGroup)
		case i > 4:
			o.config.rows[i] = uint8(run)
		}
	}
}

// mulTilesUnsignedAMX multiplies unsigned bytes of A by signed ones of B.
//
//go:noescape
func mulTilesUnsignedAMX(c *int32, a *uint8, b *int8, layout *QuantLayout, order *tileOrder)

// mulTilesSignedAMX multiplies signed bytes by signed ones.
//
//go:noescape
func mulTilesSignedAMX(c *int32, a *uint8, b *int8, layout *QuantLayout, order *tileOrder)
