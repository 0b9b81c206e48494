package examples

import (
	"fmt"
	"math"
	"strings"

	"simdnn/onnx"
	"simdnn/prep"
	"simdnn/tensor"
)

// Word is a line of text in an image.
type Word struct {
	Text  string
	Score float32 // the mean of the characters'
	Box   Box
}

// Words reads text in images, of lines that are level: the models PP-OCRv4 of rapidocr-onnxruntime
// 1.4.4, of which the first finds lines, the second says which are upside down, and the third reads.
type Words struct {
	find, turn, read *onnx.Session
	characters       []string // of the reader's classes; the first is none
}

// NewWords reads the three models.
func NewWords(find, turn, read string) (*Words, error) {
	var sessions [3]*onnx.Session
	w := &Words{characters: []string{""}}
	for i, path := range []string{find, turn, read} {
		m, err := onnx.Open(path, onnx.Options{})
		if err != nil {
			return nil, err
		}
		sessions[i] = m.Session(onnx.SessionOptions{Threads: 1})
		if list := m.Info().Metadata["character"]; i == 2 {
			w.characters = append(w.characters, strings.Split(list, "\n")...)
		}
	}
	w.find, w.turn, w.read = sessions[0], sessions[1], sessions[2]
	w.characters = append(w.characters, " ")
	return w, nil
}

// In returns the lines of text of an image, from top to bottom.
func (w *Words) In(file []byte) ([]Word, error) {
	rgb, err := prep.Decode(file)
	if err != nil {
		return nil, err
	}
	image := rgb.BGR()
	boxes, err := w.boxes(image)
	if err != nil {
		return nil, err
	}
	var words []Word
	for _, box := range boxes {
		line := image.Crop(box.Left, box.Top, box.Right-box.Left, box.Bottom-box.Top)
		if line, err = w.upright(line); err != nil {
			return nil, err
		}
		word, err := w.line(line)
		if err != nil {
			return nil, err
		}
		word.Box = box
		if word.Score >= 0.5 {
			words = append(words, word)
		}
	}
	return words, nil
}

// run runs a model of one image on the pixels, between −1 and 1, at the left of so many columns,
// and returns its only output.
func run(s *onnx.Session, m *prep.Image, columns int) (*tensor.Array, error) {
	half := []float32{0.5, 0.5, 0.5}
	pixels, err := m.Floats(half, half)
	if err != nil {
		return nil, err
	}
	x := tensor.NewArray(tensor.Float32Type, 1, 3, m.Height, columns)
	for row := range 3 * m.Height {
		copy(tensor.Elements[float32](x)[row*columns:], pixels[row*m.Width:][:m.Width])
	}
	outputs, err := s.Run(map[string]*onnx.Value{"x": onnx.NewTensor(x)})
	if err != nil {
		return nil, err
	}
	for _, v := range outputs {
		return v.Array(), nil
	}
	return nil, fmt.Errorf("a model without outputs")
}

// boxes finds lines of text.
func (w *Words) boxes(m *prep.Image) ([]Box, error) {
	const short, multiple = 736, 32
	scale := max(1, short/float64(min(m.Width, m.Height)))
	length := func(n int) int {
		return int(math.RoundToEven(math.Floor(float64(n)*scale)/multiple)) * multiple
	}
	large, err := m.ResizeLinear(length(m.Width), length(m.Height))
	if err != nil {
		return nil, err
	}
	chart, err := run(w.find, large, large.Width)
	if err != nil {
		return nil, err
	}
	found := textMap{large.Width, large.Height, tensor.Elements[float32](chart)}
	return found.boxes(m.Width, m.Height), nil
}

// upright turns a line that is upside down.
func (w *Words) upright(line *prep.Image) (*prep.Image, error) {
	const columns, rows = 192, 48
	width := min(int(math.Ceil(rows*float64(line.Width)/float64(line.Height))), columns)
	small, err := line.ResizeLinear(width, rows)
	if err != nil {
		return nil, err
	}
	y, err := run(w.turn, small, columns)
	if err != nil || tensor.Elements[float32](y)[1] <= 0.9 {
		return line, err
	}
	const byHalf = 3
	return line.Turn(byHalf), nil
}

// line reads a line: of the best class at each place those that are a character, and not the one
// before again (connectionist temporal classification).
func (w *Words) line(m *prep.Image) (Word, error) {
	const columns, rows = 320, 48
	width := int(math.Ceil(rows * float64(m.Width) / float64(m.Height)))
	small, err := m.ResizeLinear(width, rows)
	if err != nil {
		return Word{}, err
	}
	y, err := run(w.read, small, max(columns, width))
	if err != nil {
		return Word{}, err
	}
	places, classes := y.Shape()[1], y.Shape()[2]
	if classes != len(w.characters) {
		return Word{}, fmt.Errorf("%d classes, %d characters", classes, len(w.characters))
	}
	var word Word
	n, before := 0, 0
	for place := range places {
		scores, best := tensor.Elements[float32](y)[place*classes:][:classes], 0
		for class, s := range scores {
			if s > scores[best] {
				best = class
			}
		}
		if best != 0 && best != before {
			word.Text += w.characters[best]
			word.Score += scores[best]
			n++
		}
		before = best
	}
	word.Score /= float32(max(n, 1))
	return word, nil
}
