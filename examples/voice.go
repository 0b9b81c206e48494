package examples

import (
	"fmt"

	"simdnn/onnx"
	"simdnn/prep"
	"simdnn/tensor"
)

// Segment is a part of a recording, in samples.
type Segment struct{ Start, End int }

// Voice finds speech in recordings of 16,000 samples a second: the model silero_vad of Silero VAD
// 6.2.
type Voice struct{ session *onnx.Session }

// NewVoice reads the model.
func NewVoice(model string) (*Voice, error) {
	m, err := onnx.Open(model, onnx.Options{})
	if err != nil {
		return nil, err
	}
	return &Voice{m.Session(onnx.SessionOptions{Threads: 1})}, nil
}

// What the model takes, and when speech begins and ends: the values of get_speech_timestamps.
const (
	voiceRate    = 16000
	voiceWindow  = 512
	voiceContext = 64 // samples of the window before
	voiceOn      = 0.5
	voiceOff     = 0.35
	leastSpeech  = voiceRate * 250 / 1000
	leastSilence = voiceRate * 100 / 1000
	voicePad     = voiceRate * 30 / 1000
)

// Segments returns the parts of a WAV file in which somebody speaks.
func (v *Voice) Segments(wav []byte) ([]Segment, error) {
	sound, err := prep.DecodeWAV(wav)
	if err != nil {
		return nil, err
	}
	if sound.Rate != voiceRate {
		return nil, fmt.Errorf("a recording of %d samples a second, not of %d", sound.Rate, voiceRate)
	}
	samples := sound.Mono().Samples
	probabilities, err := v.Probabilities(samples)
	if err != nil {
		return nil, err
	}
	return padded(segments(probabilities, len(samples)), len(samples)), nil
}

// Probabilities returns that of speech in each window of 512 samples. The model's state goes from
// one to the next; the arrays are used again, so no window allocates anything.
func (v *Voice) Probabilities(samples []float32) ([]float32, error) {
	window := make([]float32, voiceContext+voiceWindow)
	state := tensor.NewArray(tensor.Float32Type, 2, 1, 128)
	next := tensor.NewArray(tensor.Float32Type, 2, 1, 128)
	speech := tensor.NewArray(tensor.Float32Type, 1, 1)
	inputs := map[string]*onnx.Value{"input": onnx.NewTensor(tensor.ArrayOf(window, 1, len(window))),
		"state": onnx.NewTensor(state), "sr": onnx.NewTensor(tensor.ArrayOf([]int64{voiceRate}))}
	outputs := map[string]*tensor.Array{"output": speech, "stateN": next}
	var all []float32
	for at := 0; at < len(samples); at += voiceWindow {
		copy(window, window[voiceWindow:])
		n := copy(window[voiceContext:], samples[at:])
		clear(window[voiceContext+n:])
		if err := v.session.RunInto(inputs, outputs); err != nil {
			return nil, err
		}
		all = append(all, tensor.Elements[float32](speech)[0])
		copy(tensor.Elements[float32](state), tensor.Elements[float32](next))
	}
	return all, nil
}

// segments joins windows to segments: speech ends after a while of silence, and counts if it is
// long enough.
func segments(probabilities []float32, n int) []Segment {
	var list []Segment
	start, silence := -1, -1
	for i, p := range probabilities {
		at := i * voiceWindow
		if p >= voiceOn {
			silence = -1
			if start < 0 {
				start = at
			}
			continue
		}
		if p >= voiceOff || start < 0 {
			continue
		}
		if silence < 0 {
			silence = at
		}
		if at-silence < leastSilence {
			continue
		}
		if silence-start > leastSpeech {
			list = append(list, Segment{start, silence})
		}
		start, silence = -1, -1
	}
	if start >= 0 && n-start > leastSpeech {
		list = append(list, Segment{start, n})
	}
	return list
}

// padded returns the segments a little longer, but apart.
func padded(list []Segment, n int) []Segment {
	for i := range list {
		if i == 0 {
			list[i].Start = max(list[i].Start-voicePad, 0)
		}
		if i == len(list)-1 {
			list[i].End = min(list[i].End+voicePad, n)
			break
		}
		gap := list[i+1].Start - list[i].End
		pad := min(voicePad, gap/2)
		list[i].End += pad
		list[i+1].Start -= pad
	}
	return list
}
