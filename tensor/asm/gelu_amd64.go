//go:build !purego

package asm

// geluLanes and sigmoidLanes are gelu32 and sigmoid32 with a register of AVX2 for each constant.
var (
	geluLanes    [len(gelu32)][8]float32
	sigmoidLanes [len(sigmoid32)][8]float32
)

func init() {
	repeat(geluLanes[:], gelu32[:])
	repeat(sigmoidLanes[:], sigmoid32[:])
}

// repeat fills each register of lanes with a constant.
func repeat(lanes [][8]float32, constants []float32) {
	for i, c := range constants {
		for j := range lanes[i] {
			lanes[i][j] = c
		}
	}
}
