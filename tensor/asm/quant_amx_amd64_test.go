//go:build !purego

package asm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTilesDecode decodes the instructions of AMX, which the assembler has no names for, and
// demands those that the loops are made of, in their order.
func TestTilesDecode(t *testing.T) {
	dots := map[string]string{"mulTilesUnsignedAMX": "TDPBUSD", "mulTilesSignedAMX": "TDPBSSD"}
	found := 0
	for _, k := range disassembly(t, "amd64") {
		dot, ok := dots[k.name]
		if !ok {
			continue
		}
		found++
		var got []string
		for i := 0; i < len(k.instructions); {
			if k.instructions[i].mnemonic != "BYTE" {
				i++
				continue
			}
			name, size := decodeTile(t, k.code[k.instructions[i].offset:])
			got = append(got, name)
			i += size
		}
		require.Equal(t, tileProgram(dot), got, k.name)
	}
	require.Equal(t, len(dots), found)
}

// decodeTile reads an instruction by the tables of Intel's manual, and its bytes: VEX of three bytes
// for the second map, of 128 bits.
func decodeTile(t *testing.T, code []byte) (text string, size int) {
	require.Equal(t, []byte{0xC4, 0x80 | 2, 0}, []byte{code[0], code[1] & 0x9F, code[2] & 0x84})
	b, c, a := ^code[2]>>3&15, code[4]>>3&7, code[4]&7
	registers := strings.Fields("AX CX DX BX SP BP SI DI R8 R9 R10 R11 R12 R13 R14 R15")
	memory := func() string {
		require.Equal(t, byte(4), code[4]&0xC7, "of memory, with an index")
		require.Less(t, code[5], byte(0x40), "a scale of 1")
		base, index := code[5]&7|^code[1]>>2&8, code[5]>>3|^code[1]>>3&8
		require.NotEqual(t, byte(5), base&7, "would be a displacement")
		require.NotEqual(t, byte(4), index, "would be none")
		return fmt.Sprintf("(%s)(%s*1)", registers[base], registers[index])
	}
	switch at := fmt.Sprintf("%X%d", code[3], code[2]&3); {
	case at == "490" && code[4] == 0xC0:
		return "TILERELEASE", 5
	case at == "490" && code[4] < 4:
		return fmt.Sprintf("LDTILECFG (%s)", registers[code[4]]), 5
	case at == "4B3":
		return fmt.Sprintf("TILELOADD %s, T%d", memory(), c), 6
	case at == "4B2":
		return fmt.Sprintf("TILESTORED T%d, %s", c, memory()), 6
	case code[3] == 0x5E && code[4] >= 0xC0:
		name := []string{"TDPBUUD", "TDPBUSD", "TDPBSUD", "TDPBSSD"}[code[2]&3]
		return fmt.Sprintf("%s T%d, T%d, T%d", name, b, a, c), 5
	}
	t.Fatalf("% x is none of AMX's", code[:6])
	return "", 0
}

// tileProgram returns the instructions of tiles of a kernel, block by block.
func tileProgram(dot string) (list []string) {
	add := func(lines ...string) { list = append(list, lines...) }
	begin := func(tiles ...int) {
		for _, tile := range tiles {
			add(fmt.Sprintf("TILELOADD (AX)(CX*1), T%d", tile))
		}
	}
	end := func(tiles ...int) {
		for _, tile := range tiles {
			add(fmt.Sprintf("TILESTORED T%d, (DX)(R15*1)", tile))
		}
	}
	product := func(b, a, c int) string { return fmt.Sprintf("%s T%d, T%d, T%d", dot, b, a, c) }
	const loadA, lower = "TILELOADD (AX)(R8*1), T4", "TILELOADD (AX)(R8*1), T5"
	const loadB = "TILELOADD (DI)(R13*1), T6"
	loadNext := func(tile int) string { return fmt.Sprintf("TILELOADD (AX)(R13*1), T%d", tile) }
	add("LDTILECFG (AX)")
	begin(0, 2, 1, 3)
	add(loadB, loadA, product(6, 4, 0), lower, product(6, 5, 2), loadNext(7), product(7, 4, 1),
		product(7, 5, 3))
	end(0, 1, 3, 2)
	begin(0, 2)
	add(loadB, loadA, product(6, 4, 0), lower, product(6, 5, 2))
	end(0, 2)
	begin(0, 1, 2, 3)
	add(loadA, loadB, product(6, 4, 0), loadNext(7), product(7, 4, 1), loadNext(5), product(5, 4, 2),
		loadNext(6), product(6, 4, 3))
	end(0, 1, 2, 3)
	begin(0)
	add(loadA, loadB, product(6, 4, 0))
	end(0)
	add("TILERELEASE")
	return list
}

// TestTilesSurviveSignals multiplies on many goroutines, which move between threads, while a
// profiler interrupts them and the collector stops them: what the system saves of a thread must
// hold its tiles.
func TestTilesSurviveSignals(t *testing.T) {
	if !hasAMX() {
		t.Skip("needs AMX")
	}
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Log("without a profiler: ", err)
	} else {
		defer pprof.StopCPUProfile()
	}
	q := amxQuant()
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	var group sync.WaitGroup
	wrong := make([]int, 16)
	for g := range wrong {
		rng := rand.New(rand.NewPCG(14, uint64(g)))
		l := QuantLayout{M: 100, Groups: 64, Panels: 5, Run: 16, Signed: g%2 == 0}
		p := newRunsProblem(&q, rng, l, 0, false)
		want := make([]int32, l.M*p.LDC)
		q.Tiles.Mul(&want[0], &p.codes[0], &p.panel[0], &p.QuantLayout)
		p.require(t, want, 0)
		group.Go(func() {
			got := make([]int32, len(want))
			for range rounds {
				q.Tiles.Mul(&got[0], &p.codes[0], &p.panel[0], &p.QuantLayout)
				for i, v := range got {
					if v != want[i] {
						wrong[g]++
						break
					}
				}
				clear(got)
				runtime.Gosched()
				if g == 0 {
					runtime.GC()
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, make([]int, len(wrong)), wrong)
}
