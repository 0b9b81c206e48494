package prep_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/prep"
)

// goldenPrep is what Pillow, OpenCV and librosa made.
type goldenPrep struct {
	Files []struct {
		Name                  string
		File                  []byte
		Width, Height         int
		RGB, Gray, OpenCVGray string
		RGBA, Turned          string
		Orientation           int
	}
	Resizes []struct {
		Name                    string
		Pixels                  []byte
		Width, Height, Channels int
		Results                 []struct {
			How           string
			Width, Height int
			Pixels        string
		}
	}
	WAVs []struct {
		Name           string
		File           []byte
		Rate, Channels int
		Samples, Mono  string
	}
	Sound   []byte
	Spectra []struct {
		Size, Hop, Window, Frames int
		Reflect                   bool
		Real, Imag                []byte
	}
	Mels []struct {
		Size, Bands              int
		HTK                      bool
		Filters, Power, Decibels []byte
	}
}

func read(t testing.TB) goldenPrep { return golden.Read[goldenPrep](t, "prep/prep.json")[0] }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// floats returns the float32 in bytes.
func floats(data []byte) []float32 {
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

func digestFloats(x []float32) string {
	data := make([]byte, 0, 4*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return digest(data)
}

// TestImagesHaveThePixelsOfPillow decodes files of all formats that are supported.
func TestImagesHaveThePixelsOfPillow(t *testing.T) {
	for _, f := range read(t).Files {
		m, err := prep.Decode(f.File)
		require.NoError(t, err, f.Name)
		require.Equal(t, []int{f.Width, f.Height, 3}, []int{m.Width, m.Height, m.Channels}, f.Name)
		require.Equal(t, f.RGB, digest(m.Pixels), f.Name)
		gray, err := prep.DecodeGray(f.File)
		require.NoError(t, err, f.Name)
		require.Equal(t, f.Gray, digest(gray.Pixels), f.Name)
		require.Equal(t, f.OpenCVGray, digest(m.GrayOpenCV().Pixels), f.Name)
		require.Equal(t, f.Orientation, prep.Orientation(f.File), f.Name)
		require.Equal(t, f.Turned, digest(m.Turn(f.Orientation).Pixels), f.Name)
		alpha, err := prep.DecodeRGBA(f.File)
		require.NoError(t, err, f.Name)
		require.Equal(t, f.RGBA, digest(alpha.Pixels), f.Name)
	}
}

// TestResizedImagesHaveTheirPixels resizes as Pillow and OpenCV do.
func TestResizedImagesHaveTheirPixels(t *testing.T) {
	filters := map[string]prep.Filter{"nearest": prep.Nearest, "box": prep.Box,
		"bilinear": prep.Bilinear, "hamming": prep.Hamming, "bicubic": prep.Bicubic,
		"lanczos": prep.Lanczos}
	for _, g := range read(t).Resizes {
		m := &prep.Image{Width: g.Width, Height: g.Height, Channels: g.Channels, Pixels: g.Pixels}
		for _, r := range g.Results {
			var got *prep.Image
			var err error
			switch how := strings.Fields(r.How); how[0] {
			case "opencv":
				resize := map[string]func(int, int) (*prep.Image, error){"linear": m.ResizeLinear,
					"area": m.ResizeArea}[how[1]]
				got, err = resize(r.Width, r.Height)
			case "reduce":
				got, err = m.Reduce(int(how[1][0] - '0'))
			case "gap":
				got, err = m.ResizeReduced(r.Width, r.Height, prep.Bicubic, float64(how[1][0]-'0'))
			case "thumbnail":
				width, _ := strconv.Atoi(how[1])
				height, _ := strconv.Atoi(how[2])
				got, err = m.Thumbnail(width, height, prep.Lanczos)
			default:
				got, err = m.Resize(r.Width, r.Height, filters[r.How])
			}
			require.NoError(t, err)
			require.Equal(t, []int{r.Width, r.Height}, []int{got.Width, got.Height})
			require.Equal(t, r.Pixels, digest(got.Pixels), "%s %s to %d×%d", g.Name, r.How, r.Width,
				r.Height)
		}
	}
}

// TestTransparentImagesOfTheSameSizeStay holds colours that a product with the transparency loses.
func TestTransparentImagesOfTheSameSizeStay(t *testing.T) {
	m := &prep.Image{Width: 2, Height: 1, Channels: 4, Pixels: []uint8{200, 100, 50, 3, 9, 8, 7, 0}}
	for f := prep.Nearest; f <= prep.Lanczos; f++ {
		resized, err := m.Resize(2, 1, f)
		require.NoError(t, err)
		require.Equal(t, m, resized)
		resized, err = m.ResizeReduced(2, 1, f, 2)
		require.NoError(t, err)
		require.Equal(t, m, resized)
	}
	reduced, err := m.Reduce(1)
	require.NoError(t, err)
	require.Equal(t, m, reduced)
	reduced.Pixels[0]++ // is a copy
	require.EqualValues(t, 200, m.Pixels[0])
}

// TestSoundsHaveTheSamplesOfSoundfile reads WAV files of all kinds of samples.
func TestSoundsHaveTheSamplesOfSoundfile(t *testing.T) {
	for _, w := range read(t).WAVs {
		s, err := prep.DecodeWAV(w.File)
		require.NoError(t, err, w.Name)
		require.Equal(t, w.Rate, s.Rate)
		require.Equal(t, w.Channels, s.Channels)
		require.Equal(t, w.Samples, digestFloats(s.Samples), w.Name)
		require.Equal(t, w.Mono, digestFloats(s.Mono().Samples), w.Name)
	}
}

// TestSpectraOfLibrosa compares transforms, and the bands of the mel scale: all but a few are equal
// or neighbours.
func TestSpectraOfLibrosa(t *testing.T) {
	g := read(t)
	sound := floats(g.Sound)
	for _, s := range g.Spectra {
		stft := prep.STFT{Size: s.Size, Hop: s.Hop, Window: s.Window, Reflect: s.Reflect}
		got, err := stft.Spectrum(sound[:1000])
		require.NoError(t, err)
		require.Equal(t, s.Frames, stft.Frames(1000))
		re, im, equal := floats(s.Real), floats(s.Imag), 0
		require.Len(t, got, len(re))
		for i, v := range got {
			require.InDelta(t, re[i], real(v), 2e-6)
			require.InDelta(t, im[i], imag(v), 2e-6)
			if v == complex(re[i], im[i]) {
				equal++
			}
		}
		t.Logf("size %d: %d of %d equal", s.Size, equal, len(got))
	}
	for _, m := range g.Mels {
		mel := prep.Mel{STFT: prep.STFT{Size: m.Size, Hop: m.Size / 2}, Rate: 16000, Bands: m.Bands,
			HTK: m.HTK}
		for i, w := range floats(m.Filters) {
			require.InEpsilon(t, 1+w, 1+mel.Filters()[i], 1e-7)
		}
		got, err := mel.Spectrogram(sound[:2000])
		require.NoError(t, err)
		for i, p := range floats(m.Power) {
			require.InDelta(t, 1, got[i]/p, 1e-5)
		}
		for i, d := range floats(m.Decibels) {
			require.InDelta(t, d, prep.Decibels(got, 1, 80)[i], 1e-4)
		}
	}
}

// FuzzDecode changes bytes of files: what comes of it is an error or an image.
func FuzzDecode(f *testing.F) {
	files := read(f).Files
	for i := range files {
		f.Add(uint8(i), uint16(len(files[i].File)/2), []byte{0xFF, 0xC2})
		f.Add(uint8(i), uint16(170), []byte{0, 9, 0xFF})
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, change []byte) {
		data := append([]byte(nil), files[int(which)%len(files)].File...)
		copy(data[int(at)%len(data):], change)
		m, err := prep.Decode(data)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Len(t, m.Pixels, 3*m.Width*m.Height)
		turned := m.Turn(prep.Orientation(data))
		require.Len(t, turned.Pixels, len(m.Pixels))
		alpha, err := prep.DecodeRGBA(data)
		require.NoError(t, err)
		require.Len(t, alpha.Pixels, 4*m.Width*m.Height)
	})
}

// FuzzDecodeWAV reads bytes as a sound, which has no more samples than the file has bytes.
func FuzzDecodeWAV(f *testing.F) {
	for _, w := range read(f).WAVs {
		f.Add(w.File)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := prep.DecodeWAV(data)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Less(t, len(s.Samples), len(data))
		require.Len(t, s.Mono().Samples, len(s.Samples)/s.Channels)
	})
}

// TestSoundsThatWereCutOff reads what programs leave that could not write the size: the largest
// there is. Where ints have 32 bits, it is none of them.
func TestSoundsThatWereCutOff(t *testing.T) {
	for _, w := range read(t).WAVs {
		want, err := prep.DecodeWAV(w.File)
		require.NoError(t, err)
		file := bytes.Clone(w.File)
		at := bytes.Index(file, []byte("data")) + 4
		copy(file[at:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
		got, err := prep.DecodeWAV(file)
		require.NoError(t, err)
		require.Equal(t, want.Samples, got.Samples[:len(want.Samples)])
	}
}
