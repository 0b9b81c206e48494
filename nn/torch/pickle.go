package torch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The operations of a pickle that have effects here, by their names in Python's pickletools.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opFloat          = 'F'
	opInt            = 'I'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opLong           = 'L'
	opBinInt2        = 'M'
	opNone           = 'N'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opBinString      = 'T'
	opShortBinString = 'U'
	opBinUnicode     = 'X'
	opEmptyList      = ']'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opAppends        = 'e'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opList           = 'l'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opEmptyTuple     = ')'
	opSetItems       = 'u'
	opBinFloat       = 'G'
	opEmptyDict      = '}'

	opProto           = 0x80
	opNewObj          = 0x81
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
)

// maxOperations is the largest number of operations of a pickle: some 160,000 tensors.
const maxOperations = 1 << 22

// machine runs a pickle: a stack, marks in it, and a memo of values that come again.
type machine struct {
	rest    []byte
	stack   []any
	marks   []int
	memo    map[uint32]any
	classes map[string]dtype // of the storages that were named, by their keys
	err     error            // the first one; after it nothing has an effect
}

// errCutOff is the error of a pickle that does not end.
var errCutOff = errors.New("it is cut off")

// unpickle returns the object that a pickle builds, of the types in objects.go.
func unpickle(pickle []byte) (any, error) {
	return (&machine{rest: pickle, memo: map[uint32]any{}, classes: map[string]dtype{}}).run()
}

// run runs a pickle to its end. What follows stays in m.rest.
func (m *machine) run() (any, error) {
	pickle := m.rest
	for n := 0; m.err == nil; n++ {
		if n == maxOperations {
			return nil, fmt.Errorf("the pickle has more than %d operations", maxOperations)
		}
		at := len(pickle) - len(m.rest)
		op := m.byte()
		if op == opStop && m.err == nil {
			v := m.pop()
			if len(m.stack) > 0 || len(m.marks) > 0 {
				m.fail("it ends with more than one object")
			}
			return v, m.err
		}
		m.step(op)
		if m.err != nil {
			m.err = fmt.Errorf("the pickle at byte %d: %w", at, m.err)
		}
	}
	return nil, m.err
}

// fail keeps the first error.
func (m *machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

// cutOff keeps the error of a pickle that does not end.
func (m *machine) cutOff() {
	if m.err == nil {
		m.err = errCutOff
	}
}

// step takes one operation with its arguments.
func (m *machine) step(op byte) {
	switch op {
	case opProto:
		if version := m.byte(); version > 5 {
			m.fail("protocol %d; 0 to 5 are known", version)
		}
	case opFrame:
		m.bytes(8)
	case opMark:
		m.marks = append(m.marks, len(m.stack))
	case opPop:
		m.pop()
	case opPopMark:
		m.popMark()
	case opDup:
		v := m.pop()
		m.push(v)
		m.push(v)
	case opBinPut:
		m.put(uint32(m.byte()))
	case opLongBinPut:
		m.put(m.uint32())
	case opMemoize:
		m.put(uint32(len(m.memo)))
	case opBinGet:
		m.get(uint32(m.byte()))
	case opLongBinGet:
		m.get(m.uint32())
	case opGlobal:
		m.global(m.line(), m.line())
	case opStackGlobal:
		name, module := m.pop(), m.pop()
		m.global(text(module), text(name))
	case opReduce, opNewObj:
		arguments := m.pop()
		m.push(m.call(m.pop(), arguments))
	case opBuild:
		m.build(m.pop())
	case opBinPersID:
		m.push(m.storage(m.pop()))
	default:
		if !m.constant(op) && !m.container(op) {
			m.fail("the operation %#x, which is not known here", op)
		}
	}
}

// constant takes an operation that pushes a number, a text or the like, and reports whether it is
// one.
func (m *machine) constant(op byte) bool {
	switch op {
	case opNone:
		m.push(nil)
	case opNewTrue, opNewFalse:
		m.push(op == opNewTrue)
	case opBinInt:
		m.push(int64(int32(m.uint32())))
	case opBinInt1:
		m.push(int64(m.byte()))
	case opBinInt2:
		m.push(int64(binary.LittleEndian.Uint16(m.bytes(2))))
	case opLong1:
		m.push(long(m.bytes(uint64(m.byte()))))
	case opLong4:
		m.push(long(m.bytes(uint64(m.uint32()))))
	case opInt, opLong:
		m.push(m.decimal())
	case opFloat:
		v, err := strconv.ParseFloat(m.line(), 64)
		if err != nil {
			m.fail("a number that is none")
		}
		m.push(v)
	case opBinFloat:
		m.push(math.Float64frombits(binary.BigEndian.Uint64(m.bytes(8))))
	case opBinUnicode:
		m.push(m.text(uint64(m.uint32())))
	case opShortBinUnicode:
		m.push(m.text(uint64(m.byte())))
	case opBinUnicode8:
		m.push(m.text(binary.LittleEndian.Uint64(m.bytes(8))))
	case opBinString:
		m.push(textOrOctets(m.bytes(uint64(m.uint32()))))
	case opShortBinString:
		m.push(textOrOctets(m.bytes(uint64(m.byte()))))
	case opBinBytes:
		m.push(octets(m.bytes(uint64(m.uint32()))))
	case opShortBinBytes:
		m.push(octets(m.bytes(uint64(m.byte()))))
	case opBinBytes8, opByteArray8:
		m.push(octets(m.bytes(binary.LittleEndian.Uint64(m.bytes(8)))))
	default:
		return false
	}
	return true
}

// container takes an operation that makes or fills a container, and reports whether it is one.
func (m *machine) container(op byte) bool {
	switch op {
	case opEmptyTuple:
		m.push(tuple(nil))
	case opTuple1, opTuple2, opTuple3:
		m.push(tuple(m.popN(int(op-opTuple1) + 1)))
	case opTuple, opFrozenSet:
		m.push(tuple(m.popMark()))
	case opEmptyList, opEmptySet:
		m.push(&list{})
	case opList:
		m.push(&list{m.popMark()})
	case opAppend:
		m.extend(m.popN(1))
	case opAppends, opAddItems:
		m.extend(m.popMark())
	case opEmptyDict:
		m.push(&dict{})
	case opDict:
		items := m.popMark()
		m.push(&dict{})
		m.setItems(items)
	case opSetItem:
		m.setItems(m.popN(2))
	case opSetItems:
		m.setItems(m.popMark())
	default:
		return false
	}
	return true
}

// extend appends items to the list on the stack.
func (m *machine) extend(items []any) {
	if l, ok := m.top().(*list); ok {
		l.items = append(l.items, items...)
		return
	}
	m.fail("items for what is no list")
}

// setItems puts keys and values, by turns, into the dictionary on the stack.
func (m *machine) setItems(items []any) {
	d, ok := m.top().(*dict)
	if !ok || len(items)%2 != 0 {
		m.fail("items for what is no dictionary")
		return
	}
	for i := 0; i < len(items); i += 2 {
		d.set(items[i], items[i+1])
	}
}

func (m *machine) push(v any) {
	if m.err == nil {
		m.stack = append(m.stack, v)
	}
}

// has reports whether there are n values behind the last mark, and keeps an error if not.
func (m *machine) has(n int) bool {
	floor := 0
	if len(m.marks) > 0 {
		floor = m.marks[len(m.marks)-1]
	}
	if len(m.stack)-n < floor {
		m.fail("the stack is empty")
	}
	return m.err == nil
}

// top returns the last value and leaves it.
func (m *machine) top() any {
	if !m.has(1) {
		return nil
	}
	return m.stack[len(m.stack)-1]
}

// pop takes the last value from the stack.
func (m *machine) pop() any {
	v := m.top()
	if m.err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v
}

// popN returns the last n values, or nil and keeps an error.
func (m *machine) popN(n int) []any {
	if !m.has(n) {
		return nil
	}
	values := slices.Clone(m.stack[len(m.stack)-n:])
	m.stack = m.stack[:len(m.stack)-n]
	return values
}

// popMark returns the values behind the last mark, and removes both.
func (m *machine) popMark() []any {
	last := len(m.marks) - 1
	if last < 0 {
		m.fail("there is no mark")
		return nil
	}
	values := m.popN(len(m.stack) - m.marks[last])
	m.marks = m.marks[:last]
	return values
}

func (m *machine) put(place uint32) {
	if v := m.top(); m.err == nil {
		m.memo[place] = v
	}
}

func (m *machine) get(place uint32) {
	v, there := m.memo[place]
	if !there {
		m.fail("no value was kept as number %d", place)
	}
	m.push(v)
}

// zeros stand for arguments that are cut off.
var zeros [8]byte

// bytes returns the next n bytes. After an error it returns zeros, of which nobody takes more than
// 8.
func (m *machine) bytes(n uint64) []byte {
	if n > uint64(len(m.rest)) {
		m.cutOff()
		return zeros[:]
	}
	b := m.rest[:n]
	m.rest = m.rest[n:]
	return b
}

func (m *machine) byte() byte { return m.bytes(1)[0] }

func (m *machine) uint32() uint32 { return binary.LittleEndian.Uint32(m.bytes(4)) }

// text returns a text of n bytes.
func (m *machine) text(n uint64) string {
	b := m.bytes(n)
	if !utf8.Valid(b) {
		m.fail("a text that is not in UTF-8")
	}
	return string(b)
}

// textOrOctets returns what Python 2 wrote as bytes, its texts among them.
func textOrOctets(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return octets(b)
}

// line returns the bytes up to the next line break, without it.
func (m *machine) line() string {
	i := bytes.IndexByte(m.rest, '\n')
	if i < 0 {
		m.cutOff()
		return ""
	}
	return string(m.bytes(uint64(i) + 1)[:i])
}

// decimal reads a whole number in a line, as protocol 0 has it: 01 and 00 are booleans.
func (m *machine) decimal() any {
	switch line := m.line(); line {
	case "01", "00":
		return line == "01"
	default:
		v, err := strconv.ParseInt(trimLong(line), 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return opaque{}
		}
		if err != nil {
			m.fail("a number that is none")
		}
		return v
	}
}

// trimLong removes the L that Python 2 ended long numbers with.
func trimLong(line string) string {
	if n := len(line); n > 0 && line[n-1] == 'L' {
		return line[:n-1]
	}
	return line
}

// long returns a little-endian number in two's complement, opaque if int64 can't hold it.
func long(b []byte) any {
	if len(b) > 8 {
		return opaque{}
	}
	var full [8]byte
	if len(b) > 0 && b[len(b)-1] >= 0x80 {
		full = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(full[:], b)
	return int64(binary.LittleEndian.Uint64(full[:]))
}
