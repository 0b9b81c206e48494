// Package plot makes figures: the curves of a training run and the architecture of a network as
// files, and charts for a page.
package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Formats of [Curves].
const (
	SVG = "svg"
	PNG = "png"
)

// Size of one panel, and the resolution of PNG.
const (
	panelWidth  = 14 * vg.Centimeter
	panelHeight = 10 * vg.Centimeter
	dpi         = 150
)

// logSpan is the ratio of the largest value to the smallest from which on a panel's vertical axis
// is logarithmic.
const logSpan = 10

// The family that gonum/plot names in SVG, and the ones of equal widths that take its place where
// it is not installed: without them the texts would be drawn wider than laid out.
const (
	fontFamily   = "font-family:Liberation Sans;"
	fontFamilies = "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"
)

// Panel is one diagram: curves over epochs.
type Panel struct {
	Title  string
	YLabel string
	// MayLog allows a logarithmic axis, which is used if the values are positive and span more than
	// a decade.
	MayLog bool
	Curves []Curve
}

// Curve is one line of a panel: Y[i] belongs to epoch i. Values that are not finite are left out.
type Curve struct {
	Name string
	Y    []float64
}

// colours of the curves, told apart by colour-blind readers too (Okabe and Ito 2008: blue,
// vermilion, green).
var colours = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff},
	color.RGBA{0xd5, 0x5e, 0x00, 0xff},
	color.RGBA{0x00, 0x9e, 0x73, 0xff},
}

// canvas is a drawing that can be written to a file.
type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

// Curves writes the panels side by side as SVG or PNG.
func Curves(w io.Writer, format string, panels ...Panel) error {
	width := panelWidth * vg.Length(len(panels))
	var c canvas
	switch format {
	case SVG:
		c = vgsvg.New(width, panelHeight)
	case PNG:
		c = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, panelHeight),
			vgimg.UseDPI(dpi))}
	default:
		return fmt.Errorf("unknown picture format %q; known: %s, %s", format, SVG, PNG)
	}
	tiles := draw.Tiles{
		Rows: 1, Cols: len(panels),
		PadTop: vg.Millimeter * 3, PadBottom: vg.Millimeter * 2,
		PadLeft: vg.Millimeter * 3, PadRight: vg.Millimeter * 5, PadX: vg.Millimeter * 8,
	}
	for i, panel := range panels {
		p, err := panel.plot()
		if err != nil {
			return err
		}
		p.Draw(tiles.At(draw.New(c), i, 0))
	}
	var file bytes.Buffer
	if _, err := c.WriteTo(&file); err != nil {
		return err
	}
	picture := file.Bytes()
	if format == SVG {
		picture = bytes.ReplaceAll(picture, []byte(fontFamily), []byte(fontFamilies))
	}
	_, err := w.Write(picture)
	return err
}

// plot lays a panel out.
func (panel Panel) plot() (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle,
		&p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		style.Font.Variant = "Sans"
	}
	p.Title.Text, p.Title.Padding = panel.Title, vg.Points(6)
	p.X.Label.Text, p.Y.Label.Text = "epoch", panel.YLabel
	p.X.Label.Padding, p.Y.Label.Padding = vg.Points(4), vg.Points(4)
	p.X.Tick.Marker, p.Y.Tick.Marker = roundTicks{}, roundTicks{}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xe0}, color.Gray{0xf0}
	p.Add(grid)
	scale := func(y float64) float64 { return y }
	lo, hi := panel.bounds()
	exponent := commonExponent(max(-lo, hi))
	switch {
	case panel.MayLog && lo > 0 && hi/lo > logSpan:
		// Logarithms on a linear axis: gonum/plot misplaces the label of a logarithmic one.
		scale, p.Y.Tick.Marker = math.Log10, decadeTicks{}
		p.Y.Label.Text += " (logarithmic)"
	case exponent != 0:
		scale = func(y float64) float64 { return timesPowerOfTen(y, -exponent) }
		p.Y.Label.Text += fmt.Sprintf(" / 1e%d", exponent)
	}
	for i, curve := range panel.Curves {
		points := curve.points(scale)
		if len(points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = colours[i%len(colours)], vg.Points(1.6)
		if i > 0 {
			line.Dashes = []vg.Length{vg.Points(5), vg.Points(2)}
		}
		p.Add(line)
		if len(points) == 1 { // a line of one point would not show
			dots.Color, dots.Shape = line.Color, draw.CircleGlyph{}
			p.Add(dots)
		}
		p.Legend.Add(curve.Name, line)
	}
	p.Legend.ThumbnailWidth = vg.Points(24)
	p.Legend.XOffs, p.Legend.YOffs = -vg.Points(6), vg.Points(6)
	if p.Legend.Top = panel.falls(); p.Legend.Top {
		p.Legend.YOffs = -vg.Points(6)
	}
	return p, nil
}

// points returns the finite values of a curve, scaled, over their epochs.
func (c Curve) points(scale func(float64) float64) plotter.XYs {
	var points plotter.XYs
	for epoch, y := range c.Y {
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			points = append(points, plotter.XY{X: float64(epoch), Y: scale(y)})
		}
	}
	return points
}

// bounds returns the smallest and the largest value of all curves.
func (panel Panel) bounds() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, c := range panel.Curves {
		for _, y := range c.Y {
			if !math.IsNaN(y) && !math.IsInf(y, 0) {
				lo, hi = min(lo, y), max(hi, y)
			}
		}
	}
	return lo, hi
}

// commonExponent returns the power of ten that all values of an axis are divided by, given their
// largest magnitude: 0 unless they would take many digits, or leave the range of numbers when they
// are compared.
func commonExponent(largest float64) int {
	if largest < 1e-4 && largest > 0 || largest >= 1e7 && !math.IsInf(largest, 0) {
		return int(math.Floor(math.Log10(largest)))
	}
	return 0
}

// timesPowerOfTen returns y·10^exponent, also if that power alone is beyond the range of numbers.
func timesPowerOfTen(y float64, exponent int) float64 {
	half := exponent / 2
	return y * math.Pow10(half) * math.Pow10(exponent-half)
}

// falls reports whether the first curve ends lower than it begins: then the legend belongs at the
// top, where there is room.
func (panel Panel) falls() bool {
	if len(panel.Curves) == 0 {
		return true
	}
	y := panel.Curves[0].Y
	return len(y) == 0 || !(y[len(y)-1] > y[0])
}
