package prep

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Sound is a recording: Samples[i·Channels + c] is sample i of channel c.
type Sound struct {
	Rate, Channels int
	Samples        []float32
}

// The kinds of samples of WAV files.
const (
	wavIntegers   = 1
	wavFloats     = 3
	wavExtensible = 0xFFFE // what it is follows
)

// DecodeWAV decodes a WAV file of integers or floats to float32, as soundfile does: integers of 16,
// 24 and 32 bits are divided by 2¹⁵, 2²³ and 2³¹, bytes are (v − 128)/128. Sizes in the header that
// are larger than the file, as of recordings that were cut off, end at its end.
func DecodeWAV(data []byte) (*Sound, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, errors.New("prep: it is no WAV file")
	}
	var format []byte
	for rest := data[12:]; len(rest) >= 8; {
		stated := binary.LittleEndian.Uint32(rest[4:])
		name, size := string(rest[:4]), int(min(uint64(stated), uint64(len(rest)-8)))
		body := rest[8:][:size]
		switch name {
		case "fmt ":
			format = body
		case "data":
			return decodeSamples(format, body)
		}
		rest = rest[min(8+size+size%2, len(rest)):]
	}
	return nil, errors.New("prep: a WAV file without samples")
}

func decodeSamples(format, body []byte) (*Sound, error) {
	if len(format) < 16 {
		return nil, errors.New("prep: a WAV file that does not say what its samples are")
	}
	kind := binary.LittleEndian.Uint16(format)
	s := &Sound{Rate: int(binary.LittleEndian.Uint32(format[4:])),
		Channels: int(binary.LittleEndian.Uint16(format[2:]))}
	bits := int(binary.LittleEndian.Uint16(format[14:]))
	if kind == wavExtensible && len(format) >= 26 {
		kind = binary.LittleEndian.Uint16(format[24:])
	}
	read, ok := sampleReaders[[2]int{int(kind), bits}]
	if !ok || s.Channels < 1 || s.Rate < 1 {
		return nil, fmt.Errorf("prep: a WAV file of kind %d, %d bits, %d channels and %d samples a "+
			"second is not supported", kind, bits, s.Channels, s.Rate)
	}
	size := bits / 8
	n := len(body) / (size * s.Channels) * s.Channels
	s.Samples = make([]float32, n)
	for i := range s.Samples {
		s.Samples[i] = read(body[i*size:])
	}
	return s, nil
}

// sampleReaders read one sample, by kind and bits.
var sampleReaders = map[[2]int]func([]byte) float32{
	{wavIntegers, 8}: func(b []byte) float32 { return (float32(b[0]) - 128) / 128 },
	{wavIntegers, 16}: func(b []byte) float32 {
		return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	},
	{wavIntegers, 24}: func(b []byte) float32 {
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
	},
	{wavIntegers, 32}: func(b []byte) float32 {
		return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
	},
	{wavFloats, 32}: func(b []byte) float32 {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	},
	{wavFloats, 64}: func(b []byte) float32 {
		return float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	},
}

// Mono returns the mean of the channels, as librosa's to_mono does.
func (s *Sound) Mono() *Sound {
	if s.Channels == 1 {
		return s
	}
	out := &Sound{s.Rate, 1, make([]float32, len(s.Samples)/s.Channels)}
	for i := range out.Samples {
		var sum float32
		for _, v := range s.Samples[i*s.Channels:][:s.Channels] {
			sum += v
		}
		out.Samples[i] = sum / float32(s.Channels)
	}
	return out
}
