//go:build !purego

package asm

import "math"

// geluLanes and sigmoidLanes are gelu32 and sigmoid32 with a register of AVX2 for each constant.
// geluNear is geluTables where y is below 4: of each table the entries of 0 to 3 and 12 to 15, and a
// register of the one from y = 3 on; then what y is at most, and 3. To the largest number below 4 adding
// 1 gives 5, where the next entry begins.
var (
	geluLanes    [len(gelu32)][8]float32
	sigmoidLanes [len(sigmoid32)][8]float32
	geluNear     [len(geluTables) + 1][2][8]float32
)

// geluBounds is the place of those numbers.
const geluBounds = geluCoefficients + 1

func init() {
	repeat(geluLanes[:], gelu32[:]...)
	repeat(sigmoidLanes[:], sigmoid32[:]...)
	for i, t := range &geluTables {
		copy(geluNear[i][0][:4], t[:4])
		copy(geluNear[i][0][4:], t[12:])
		repeat(geluNear[i][1:], t[4])
	}
	repeat(geluNear[geluBounds][:], math.Nextafter32(math.Nextafter32(4, 0), 0), 3)
}

// repeat fills each register of lanes with a constant.
func repeat(lanes [][8]float32, constants ...float32) {
	for i, c := range constants {
		for j := range lanes[i] {
			lanes[i][j] = c
		}
	}
}
