package jpeg

// image puts the components together.
func (d *decoder) image() *Image {
	luma := d.components[0].cropped(d.width, d.height)
	im := &Image{Width: d.width, Height: d.height, Channels: 1, Pixels: luma, Luma: luma}
	if len(d.components) == 1 {
		return im
	}
	im.Channels = 3
	im.Pixels = make([]byte, 3*d.width*d.height)
	second, third := d.full(d.components[1]), d.full(d.components[2])
	var black []byte
	if len(d.components) == 4 {
		black = d.full(d.components[3])
	}
	asStored := d.isStoredAsShown()
	for i, y := range luma {
		to := im.Pixels[3*i:][:3]
		if asStored {
			to[0], to[1], to[2] = y, second[i], third[i]
		} else {
			toRGB(to, int32(y), int32(second[i])-128, int32(third[i])-128)
		}
		if black != nil {
			inkToRGB(to, black[i], asStored)
		}
	}
	return im
}

// inkToRGB converts three colours of ink and black to red, green and blue as Pillow does, which
// takes all of them for inverted, as Adobe's programs store them. Those that were stored as
// brightness and differences of colours are not.
func inkToRGB(to []byte, black byte, inverted bool) {
	for i, v := range to {
		ink := uint32(v)
		if inverted {
			ink = 255 - ink
		}
		t := ink*uint32(black) + 128
		to[i] = byte(uint32(black) - (t>>8+t)>>8)
	}
}

// isStoredAsShown reports whether the components are red, green and blue, or colours of ink:
// Adobe's marker or their identifiers say so.
func (d *decoder) isStoredAsShown() bool {
	c := d.components
	if len(c) == 4 {
		return d.adobe != 2
	}
	if d.adobe >= 0 {
		return d.adobe == 0
	}
	return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B'
}

// toRGB converts a brightness and two differences of colours.
func toRGB(to []byte, y, b, r int32) {
	to[0] = clip(y + (91881*r+32768)>>16)
	to[1] = clip(y + (-22554*b-46802*r+32768)>>16)
	to[2] = clip(y + (116130*b+32768)>>16)
}

// cropped returns the samples within the image.
func (c *component) cropped(width, height int) []byte {
	out := make([]byte, 0, width*height)
	for y := range height {
		out = append(out, c.plane[y*c.stride:][:width]...)
	}
	return out
}

// full returns a component's samples at the image's resolution.
func (d *decoder) full(c *component) []byte {
	ratio := [2]int{d.hMax / c.h, d.vMax / c.v}
	if ratio[0] == 2 && c.planeW <= smallest {
		return c.repeated(d.width, d.height, ratio[1])
	}
	switch ratio {
	case [2]int{2, 1}:
		return c.doubledAcross(d.width, d.height)
	case [2]int{2, 2}:
		return c.doubled(d.width, d.height)
	}
	return c.cropped(d.width, d.height)
}

// smallest is the number of samples in a row that are repeated, up to which nothing is put between
// them.
const smallest = 2

// repeated repeats samples two times across, and down as often as down says.
func (c *component) repeated(width, height, down int) []byte {
	out := make([]byte, width*height)
	for i := range out {
		out[i] = c.plane[i/width/down*c.stride+i%width/2]
	}
	return out
}

// doubledAcross puts new samples between those of a row: three parts of the nearer one and one of
// the other.
func (c *component) doubledAcross(width, height int) []byte {
	out := make([]byte, width*height)
	for y := range height {
		p, to := c.plane[y*c.stride:][:c.planeW], out[y*width:][:width]
		for x := range to {
			i := x / 2
			v := int32(p[i])
			switch {
			case x%2 == 0 && i > 0:
				v = (3*v + int32(p[i-1]) + 1) >> 2
			case x%2 == 1 && i < c.planeW-1:
				v = (3*v + int32(p[i+1]) + 2) >> 2
			}
			to[x] = byte(v)
		}
	}
	return out
}

// doubled puts new samples between those of columns and rows.
func (c *component) doubled(width, height int) []byte {
	out := make([]byte, width*height)
	sums := make([]int32, c.planeW)
	for y := range height {
		near := y / 2
		far := min(near+1, c.planeH-1)
		if y%2 == 0 {
			far = max(near-1, 0)
		}
		a, b := c.plane[near*c.stride:], c.plane[far*c.stride:]
		for i := range sums {
			sums[i] = 3*int32(a[i]) + int32(b[i])
		}
		to := out[y*width:][:width]
		for x := range to {
			i := x / 2
			v := 4 * sums[i]
			switch {
			case x%2 == 0 && i > 0:
				v = 3*sums[i] + sums[i-1]
			case x%2 == 1 && i < c.planeW-1:
				v = 3*sums[i] + sums[i+1]
			}
			to[x] = byte((v + 8 - int32(x%2)) >> 4)
		}
	}
	return out
}
