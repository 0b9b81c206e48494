package report

import (
	"slices"

	"simdnn/cmd/nnbench/internal/draw"
)

// styleOf returns how the figures of an ISA look, the same in every picture.
func (r *Results) styleOf(set string) draw.Series {
	styles := []draw.Series{
		{Class: "c1", Symbol: draw.Circle}, {Class: "c2", Symbol: draw.Square}, {Class: "c3", Symbol: draw.Triangle},
		{Class: "c4", Symbol: draw.Diamond}, {Class: "c5", Symbol: draw.Ring},
	}
	style := styles[slices.Index(r.sets(), set)%len(styles)]
	style.Label = set
	return style
}
