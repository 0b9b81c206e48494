package prep

import (
	"fmt"
	"math"
	"math/bits"
)

// STFT says how a sound is cut in frames whose spectra are taken. The zero value of a field stands
// for what librosa's stft has.
type STFT struct {
	Size   int // of the transform: 2048
	Hop    int // from frame to frame: Size/4
	Window int // the length of the Hann window, in the middle of Size: Size
	// Reflect mirrors the sound beyond its ends in place of zeros.
	Reflect bool
}

// withDefaults returns the settings with librosa's defaults.
func (s STFT) withDefaults() STFT {
	if s.Size == 0 {
		s.Size = 2048
	}
	if s.Hop == 0 {
		s.Hop = max(s.Size/4, 1)
	}
	if s.Window == 0 {
		s.Window = s.Size
	}
	return s
}

// Frames returns the number of frames of a sound with so many samples.
func (s STFT) Frames(samples int) int { return 1 + samples/s.withDefaults().Hop }

// Spectrum returns the transforms of the frames, (Size/2 + 1, frames) as librosa's stft with its
// centered frames: frame t is that of the samples around t·Hop, times the window. It is computed in
// float64 and rounded to float32; the fast transform's order of sums may change its last bit.
func (s STFT) Spectrum(samples []float32) ([]complex64, error) {
	s = s.withDefaults()
	if s.Size < 2 || s.Hop < 1 || s.Window < 1 || s.Window > s.Size {
		return nil, fmt.Errorf("prep: a transform of %d samples, a window of %d and a hop of %d", s.Size,
			s.Window, s.Hop)
	}
	if s.Reflect && len(samples) <= s.Size/2 {
		return nil, fmt.Errorf("prep: %d samples can't be mirrored by %d", len(samples), s.Size/2)
	}
	frames, bins := s.Frames(len(samples)), s.Size/2+1
	out, window, transform := make([]complex64, bins*frames), s.window(), newFourier(s.Size)
	x := make([]complex128, s.Size)
	for t := range frames {
		for i, w := range window {
			x[i] = complex(w*float64(s.sample(samples, t*s.Hop-s.Size/2+i)), 0)
		}
		for k, v := range transform.of(x)[:bins] {
			out[k*frames+t] = complex64(v)
		}
	}
	return out, nil
}

// window returns the periodic Hann window, in the middle of Size.
func (s STFT) window() []float64 {
	w := make([]float64, s.Size)
	for i := range s.Window {
		w[(s.Size-s.Window)/2+i] = 0.5 - float64(0.5*math.Cos(2*math.Pi*float64(i)/float64(s.Window)))
	}
	return w
}

// sample returns a sample, or what is beyond the ends.
func (s STFT) sample(samples []float32, i int) float32 {
	n := len(samples)
	if s.Reflect && i < 0 {
		i = -i
	}
	if s.Reflect && i >= n {
		i = 2*(n-1) - i
	}
	if i < 0 || i >= n {
		return 0
	}
	return samples[i]
}

// fourier transforms n numbers: by halves where n is a power of two, else by the definition of
// Bluestein (1970), as a convolution of a power of two.
type fourier struct {
	n     int
	roots []complex128 // of unity, of the power of two
	chirp []complex128 // of Bluestein
	image []complex128 // the chirp's transform
}

func newFourier(n int) *fourier {
	size := n
	if n&(n-1) != 0 {
		size = 1 << bits.Len(uint(2*n-1))
	}
	f := &fourier{n: n, roots: make([]complex128, size/2)}
	for i := range f.roots {
		sin, cos := math.Sincos(-2 * math.Pi * float64(i) / float64(size))
		f.roots[i] = complex(cos, sin)
	}
	if size == n {
		return f
	}
	f.chirp, f.image = make([]complex128, n), make([]complex128, size)
	for i := range n {
		sin, cos := math.Sincos(-math.Pi * float64(i*i%(2*n)) / float64(n))
		f.chirp[i] = complex(cos, sin)
		f.image[i] = complex(cos, -sin)
		f.image[(size-i)%size] = f.image[i]
	}
	f.power(f.image)
	return f
}

// of returns the transform of x, in other memory unless n is a power of two.
func (f *fourier) of(x []complex128) []complex128 {
	if f.chirp == nil {
		f.power(x)
		return x
	}
	y := make([]complex128, len(f.image))
	for i, v := range x {
		y[i] = times(v, f.chirp[i])
	}
	f.power(y)
	for i, v := range f.image { // the inverse transform is that of the conjugate
		v = times(v, y[i])
		y[i] = complex(real(v), -imag(v))
	}
	f.power(y)
	for i := range f.n {
		v := y[i]
		v = times(complex(real(v), -imag(v)), f.chirp[i])
		y[i] = complex(real(v)/float64(len(y)), imag(v)/float64(len(y)))
	}
	return y[:f.n]
}

// times multiplies with a rounding after each operation, on every processor.
func times(a, b complex128) complex128 {
	return complex(float64(real(a)*real(b))-float64(imag(a)*imag(b)),
		float64(real(a)*imag(b))+float64(imag(a)*real(b)))
}

// power transforms a power of two of numbers in place (Cooley and Tukey 1965).
func (f *fourier) power(x []complex128) {
	n := len(x)
	shift := 64 - uint(bits.TrailingZeros(uint(n)))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); n > 1 && i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for half := 1; half < n; half *= 2 {
		step := len(f.roots) / half
		for from := 0; from < n; from += 2 * half {
			for i := range half {
				a, b := x[from+i], times(x[from+half+i], f.roots[i*step])
				x[from+i], x[from+half+i] = a+b, a-b
			}
		}
	}
}
