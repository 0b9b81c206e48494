package prep

import (
	"fmt"
	"math"
)

// Mel says how a spectrum becomes bands of the mel scale, as librosa's melspectrogram has it. The
// zero value of a field stands for its default.
type Mel struct {
	STFT
	Rate  int     // samples a second: 22050
	Bands int     // 128
	Low   float64 // the lowest frequency, in Hz: 0
	High  float64 // and the highest: Rate/2
	// HTK takes the scale of that system, 2595·log10(1 + f/700), with triangles of the height 1;
	// without it, it is Slaney's: linear below 1000 Hz, logarithmic above, with triangles of one area.
	HTK bool
}

// withDefaults returns the settings with librosa's defaults.
func (m Mel) withDefaults() Mel {
	m.STFT = m.STFT.withDefaults()
	if m.Rate == 0 {
		m.Rate = 22050
	}
	if m.Bands == 0 {
		m.Bands = 128
	}
	if m.High == 0 {
		m.High = float64(m.Rate) / 2
	}
	return m
}

// The bend of Slaney's scale: at 1000 Hz it is 15.
const (
	slaneyStep = 200.0 / 3
	slaneyBend = 1000.0
)

func (m Mel) scale(f float64) float64 {
	switch {
	case m.HTK:
		return 2595 * math.Log10(1+f/700)
	case f < slaneyBend:
		return f / slaneyStep
	}
	return slaneyBend/slaneyStep + math.Log(f/slaneyBend)/(math.Log(6.4)/27)
}

func (m Mel) frequency(mel float64) float64 {
	switch {
	case m.HTK:
		return 700 * (math.Pow(10, mel/2595) - 1)
	case mel < slaneyBend/slaneyStep:
		return mel * slaneyStep
	}
	return slaneyBend * math.Exp(math.Log(6.4)/27*(mel-slaneyBend/slaneyStep))
}

// Filters returns the weights of the bands, (Bands, Size/2 + 1): triangles over frequencies.
func (m Mel) Filters() []float32 {
	m = m.withDefaults()
	bins := m.Size/2 + 1
	edges := make([]float64, m.Bands+2)
	low, high := m.scale(m.Low), m.scale(m.High)
	for i := range edges {
		edges[i] = m.frequency(low + float64((high-low)*float64(i)/float64(m.Bands+1)))
	}
	out := make([]float32, m.Bands*bins)
	for k := range m.Bands {
		e0, e1, e2 := edges[k], edges[k+1], edges[k+2]
		for j := range bins {
			f := float64(j) * float64(m.Rate) / float64(m.Size)
			w := max(0, min((f-e0)/(e1-e0), (e2-f)/(e2-e1)))
			if !m.HTK {
				w *= 2 / (e2 - e0)
			}
			out[k*bins+j] = float32(w)
		}
	}
	return out
}

// Spectrogram returns the power in each band, (Bands, frames): the squares of the spectrum's
// amounts, weighted by the filters.
func (m Mel) Spectrogram(samples []float32) ([]float32, error) {
	m = m.withDefaults()
	if m.Rate < 1 || m.Bands < 1 || m.Low < 0 || !(m.High > m.Low) {
		return nil, fmt.Errorf("prep: %d bands from %v to %v Hz of %d samples a second", m.Bands, m.Low,
			m.High, m.Rate)
	}
	spectrum, err := m.Spectrum(samples)
	if err != nil {
		return nil, err
	}
	frames, bins, filters := m.Frames(len(samples)), m.Size/2+1, m.Filters()
	power := make([]float32, len(spectrum))
	for i, v := range spectrum {
		amount := float32(math.Hypot(float64(real(v)), float64(imag(v))))
		power[i] = amount * amount
	}
	out := make([]float32, m.Bands*frames)
	sums := make([]float64, frames)
	for k := range m.Bands {
		clear(sums)
		for j := range bins {
			w := float64(filters[k*bins+j])
			if w == 0 {
				continue
			}
			for t, p := range power[j*frames:][:frames] {
				sums[t] += float64(w * float64(p))
			}
		}
		for t, sum := range sums {
			out[k*frames+t] = float32(sum)
		}
	}
	return out, nil
}

// Decibels returns 10·log10 of powers, at least 10⁻¹⁰ each, relative to the reference, and none
// more than top below the largest, as librosa's power_to_db does (with a reference of 1 and a top
// of 80).
func Decibels(power []float32, reference, top float64) []float32 {
	out, largest := make([]float32, len(power)), float32(math.Inf(-1))
	offset := float32(10 * math.Log10(max(1e-10, reference)))
	for i, p := range power {
		out[i] = float32(10*float32(math.Log10(float64(max(p, 1e-10))))) - offset
		largest = max(largest, out[i])
	}
	for i := range out {
		out[i] = max(out[i], largest-float32(top))
	}
	return out
}

// WhisperSamples is the length of sound that Whisper takes: 30 s at 16,000 samples a second.
const WhisperSamples = 480000

// WhisperFeatures returns what Whisper takes, (bands, 3000): logarithms of the power in mel bands
// of 25 ms, 100 a second, within 8 of the largest, shifted and scaled.
func WhisperFeatures(samples []float32, bands int) ([]float32, error) {
	padded := make([]float32, WhisperSamples)
	copy(padded, samples)
	m := Mel{STFT: STFT{Size: 400, Hop: 160, Reflect: true}, Rate: 16000, Bands: bands}
	power, err := m.Spectrogram(padded)
	if err != nil {
		return nil, err
	}
	frames := m.Frames(len(padded)) - 1 // the last one is left out
	out, largest := make([]float32, bands*frames), float32(math.Inf(-1))
	for k := range bands {
		for t := range frames {
			v := float32(math.Log10(float64(max(power[k*(frames+1)+t], 1e-10))))
			out[k*frames+t] = v
			largest = max(largest, v)
		}
	}
	for i, v := range out {
		out[i] = (max(v, largest-8) + 4) / 4
	}
	return out, nil
}
