package data

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"simdnn/tensor"
)

// Augmentation says how images are changed at random each time that they are trained on: a
// function of the loader's seed, the epoch and the image. The zero Augmentation changes nothing.
type Augmentation struct {
	Shift int     // by up to so many pixels up or down and left or right, with black behind
	Flip  bool    // left to right, every other one
	Crop  float64 // a cut of at least this share of height and width, scaled to the whole; 0 is 1
	Noise float64 // standard deviation of what is added to each pixel, which is from 0 to 1
}

// check says what is wrong with the settings for images of that size.
func (a *Augmentation) check(height, width int) error {
	switch {
	case a.Shift < 0 || a.Shift >= min(height, width):
		return fmt.Errorf("a shift by up to %d pixels of %d×%d images", a.Shift, width, height)
	case !(a.Crop >= 0 && a.Crop <= 1):
		return fmt.Errorf("a cut of %g of the images, which is no share from 0 to 1", a.Crop)
	case !(a.Noise >= 0 && a.Noise <= 1):
		return fmt.Errorf("noise of a standard deviation of %g, which is not from 0 to 1", a.Noise)
	}
	return nil
}

// ImageOptions say how [Images] become samples.
type ImageOptions struct {
	Rows         []int // the images, in this order; nil for all
	ChannelsLast bool  // (height, width, channels) instead of (channels, height, width)
	Shape        []int // of a sample with as many elements, nil for that
	// Reconstruct makes the image the target of itself, without the noise; else it is the class, of
	// the shape (1).
	Reconstruct bool
	Augmentation
}

// imageSamples are images as numbers from 0 to 1.
type imageSamples[T tensor.Float] struct {
	*Images
	ImageOptions
	scaled        [256]T
	rows, columns []pixelMix
	noise         *tensor.Tensor[T]
}

// pixelMix is where a row or a column of an augmented image comes from: from two of the image, or
// from none if the first is negative.
type pixelMix struct {
	first, second int
	share         float64 // of the second
}

// NewImageSamples returns images as samples of numbers from 0 to 1.
func NewImageSamples[T tensor.Float](m *Images, o ImageOptions) (Samples[T], error) {
	s := &imageSamples[T]{Images: m, ImageOptions: o}
	if err := o.check(m.Height, m.Width); err != nil {
		return nil, err
	}
	natural := []int{m.Channels, m.Height, m.Width}
	if o.ChannelsLast {
		natural = []int{m.Height, m.Width, m.Channels}
	}
	if o.Shape == nil {
		s.Shape = natural
	}
	elements := 1
	for _, n := range s.Shape {
		elements *= n
	}
	if elements != m.Height*m.Width*m.Channels {
		return nil, fmt.Errorf("%s don't have the shape %v", m.size(), s.Shape)
	}
	if o.Rows == nil {
		s.Rows = count(m.Len())
	}
	for v := range s.scaled {
		s.scaled[v] = T(float64(v) / 255)
	}
	s.rows, s.columns = make([]pixelMix, m.Height), make([]pixelMix, m.Width)
	s.noise = tensor.New[T](natural...)
	return s, nil
}

// Len returns the number of images.
func (s *imageSamples[T]) Len() int { return len(s.Rows) }

// Shapes returns those of an image and its target.
func (s *imageSamples[T]) Shapes() [][]int {
	if s.Reconstruct {
		return [][]int{s.Shape, s.Shape}
	}
	return [][]int{s.Shape, {1}}
}

// Fingerprint tells the images from others.
func (s *imageSamples[T]) Fingerprint() string {
	return fmt.Sprintf("%s %x %v rows %v %v", s.size(), sha256.Sum256(s.Pixels), s.Labels, s.Rows,
		s.Augmentation)
}

// Fill writes an image and its target.
func (s *imageSamples[T]) Fill(parts [][]T, sample int, r tensor.Random) {
	image, x := s.Rows[sample], parts[0]
	if s.Shift == 0 && !s.Flip && (s.Crop == 0 || s.Crop == 1) {
		s.copy(x, s.Image(image))
	} else {
		s.place(r)
		s.mix(x, s.Image(image))
	}
	if s.Reconstruct {
		copy(parts[1], x)
	} else {
		parts[1][0] = T(s.Labels[image])
	}
	if s.Noise > 0 {
		r.Seed = ^r.Seed // other numbers than those of place
		tensor.FillNormal(s.noise, r, 0, T(s.Noise))
		for i, v := range s.noise.Data() {
			x[i] += v
		}
	}
}

// copy writes the pixels as they are.
func (s *imageSamples[T]) copy(x []T, pixels []byte) {
	if s.ChannelsLast || s.Channels == 1 {
		for i, v := range pixels {
			x[i] = s.scaled[v]
		}
		return
	}
	plane := s.Height * s.Width
	for c := range s.Channels {
		for i := range plane {
			x[c*plane+i] = s.scaled[pixels[i*s.Channels+c]]
		}
	}
}

// place decides where the rows and columns of an image come from.
func (s *imageSamples[T]) place(r tensor.Random) {
	shift, cut := r.Draw(0), r.Draw(1)
	part := 1.0
	if s.Crop > 0 {
		part = s.Crop + float64((1-s.Crop)*unit(cut[0]))
	}
	mixRows(s.rows, below32(shift[0], 2*s.Shift+1)-s.Shift, part, unit(cut[1]))
	mixRows(s.columns, below32(shift[1], 2*s.Shift+1)-s.Shift, part, unit(cut[2]))
	if s.Flip && shift[2]&1 == 1 {
		slices.Reverse(s.columns)
	}
}

// unit returns a number from 0 up to 1.
func unit(u uint32) float64 { return float64(u) / (1 << 32) }

// below32 returns one of the whole numbers 0 up to n−1.
func below32(u uint32, n int) int { return int(uint64(u) * uint64(n) >> 32) }

// mixRows sets where rows come from that are shifted, and a part of the whole that begins at a
// share of what is left out.
func mixRows(rows []pixelMix, shift int, part, at float64) {
	n := len(rows)
	begin := float64(float64((1-part)*float64(n)) * at)
	for i := range rows {
		from := i - shift
		if from < 0 || from >= n {
			rows[i] = pixelMix{first: -1}
			continue
		}
		place := begin + float64((float64(from)+0.5)*part) - 0.5
		place = min(max(place, 0), float64(n-1))
		first := int(place)
		rows[i] = pixelMix{first, min(first+1, n-1), place - float64(first)}
	}
}

// mix writes the pixels with rows and columns mixed.
func (s *imageSamples[T]) mix(x []T, pixels []byte) {
	line, plane := s.Width*s.Channels, s.Height*s.Width
	for i, row := range s.rows {
		for j, column := range s.columns {
			for c := range s.Channels {
				v := T(0)
				if row.first >= 0 && column.first >= 0 {
					left, right := column.first*s.Channels+c, column.second*s.Channels+c
					top, bottom := pixels[row.first*line:], pixels[row.second*line:]
					v = T(between(between(top[left], top[right], column.share),
						between(bottom[left], bottom[right], column.share), row.share) / 255)
				}
				at := (i*s.Width+j)*s.Channels + c
				if !s.ChannelsLast {
					at = c*plane + i*s.Width + j
				}
				x[at] = v
			}
		}
	}
}

// between returns a number from a to b, at a share of the way. Its products are rounded, which
// keeps compilers from fusing them.
func between[V byte | float64](a, b V, share float64) float64 {
	return float64(float64(a)*(1-share)) + float64(float64(b)*share)
}
