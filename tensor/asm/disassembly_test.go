package asm

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// assembled is a kernel as the assembler encodes it.
type assembled struct {
	name         string
	instructions []instruction
	code         []byte
}

// instruction is one line of a listing.
type instruction struct {
	offset             int
	place              string // file and line of the source
	mnemonic, operands string
}

var (
	listedKernel      = regexp.MustCompile(`^simdnn/tensor/asm\.(\w+) STEXT`)
	listedInstruction = regexp.MustCompile(
		`^\t0x([0-9a-f]+) \d{5} \((.+?)\)\t([A-Z][A-Z0-9.]*)(?:\t(.*))?$`)
	listedBytes = regexp.MustCompile(`^\t0x[0-9a-f]+ ((?:[0-9a-f]{2} )+)`)
)

// disassembly returns the kernels of an architecture, with every macro expanded and every
// instruction encoded.
func disassembly(t *testing.T, arch string) []assembled {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command: ", err)
	}
	kernels, err := disassemblies[arch]()
	require.NoError(t, err)
	require.NotEmpty(t, kernels)
	return kernels
}

// disassemblies holds what the tests share: assembling the package takes a second or two.
var disassemblies = map[string]func() ([]assembled, error){
	"amd64": sync.OnceValues(func() ([]assembled, error) { return disassemble("amd64") }),
	"arm64": sync.OnceValues(func() ([]assembled, error) { return disassemble("arm64") }),
}

// disassemble assembles the package for an architecture and reads the assembler's listing.
func disassemble(arch string) ([]assembled, error) {
	build := exec.Command("go", "build", "-asmflags=-S", ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=")
	output, err := build.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, output)
	}
	var kernels []assembled
	for line := range strings.Lines(string(output)) {
		line = strings.TrimSuffix(line, "\n")
		if m := listedKernel.FindStringSubmatch(line); m != nil {
			kernels = append(kernels, assembled{name: m[1]})
			continue
		}
		if len(kernels) == 0 {
			continue
		}
		if err := kernels[len(kernels)-1].read(line); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return kernels, nil
}

// read adds what a line of the listing says of the kernel.
func (k *assembled) read(line string) error {
	if m := listedBytes.FindStringSubmatch(line); m != nil {
		code, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		k.code = append(k.code, code...)
		return err
	}
	m := listedInstruction.FindStringSubmatch(line)
	if m == nil || slices.Contains([]string{"TEXT", "FUNCDATA", "PCDATA"}, m[3]) {
		return nil
	}
	offset, err := strconv.ParseInt(m[1], 16, 32)
	k.instructions = append(k.instructions, instruction{int(offset), m[2], m[3], m[4]})
	return err
}

// evex is the first byte of every instruction of AVX-512, and of no other in 64-bit mode.
const evex = 0x62

var (
	vectorRegister = regexp.MustCompile(`\b[XYZ]\d+\b`)
	wideRegister   = regexp.MustCompile(`\b[YZ]\d+\b`)
	maskRegister   = regexp.MustCompile(`\bK[0-7]\b`)
	// bmi2 matches instructions of the extension that the selection asks for with AVX-512 only.
	bmi2 = regexp.MustCompile(`^(BZHI|MULX|PDEP|PEXT|RORX|SARX|SHLX|SHRX)`)
	// beyond matches instructions of extensions that no selection asks for: other bit manipulation,
	// arithmetic in half precision, and AVX-512 other than F, DQ, BW and VL.
	beyond = regexp.MustCompile(
		`^(ANDN|BEXTR|BLS|LZCNT|TZCNT|CRC32|VCVTPH2[^P]|VCVTPH2PSX|VCVTPS2PHX|VAES|VPCLMUL|VGF2P8|` +
			`VPCONFLICT|VPLZCNT|VEXP2|VRCP28|VRSQRT28|VP4|V4F|VPMADD52|VPERM[IT]?2?B|VPMULTISHIFT|` +
			`VPCOMPRESS[BW]|VPEXPAND[BW]|VPSH[LR]D|VPDP|VPOPCNT|VPSHUFBITQMB|VP2INTERSECT|VDPBF16|VCVTNE)`)
)

// TestInstructionsKeepToTheirISA reads the encoded instructions of every amd64 kernel: those of
// AVX2 hold none of AVX-512, no kernel one of an extension that its selection does not ask for, and
// only those that are named after an ISA use vector registers at all.
func TestInstructionsKeepToTheirISA(t *testing.T) {
	var longest int
	for _, k := range disassembly(t, "amd64") {
		for _, i := range k.instructions {
			isEVEX := k.code[i.offset] == evex
			wide := isEVEX || maskRegister.MatchString(i.operands)
			fault := ""
			switch {
			case beyond.MatchString(i.mnemonic) &&
				!(strings.HasSuffix(k.name, "AVX512VNNI") && i.mnemonic == "VPDPBUSD"):
				fault = "no selection asks for that extension"
			case strings.HasSuffix(k.name, "AVX512"), strings.HasSuffix(k.name, "AVX512VNNI"):
			case strings.HasSuffix(k.name, "AVX2"), strings.HasSuffix(k.name, "AVXVNNI"):
				if wide || bmi2.MatchString(i.mnemonic) {
					fault = "an instruction of AVX-512's selection"
				}
			case wide || vectorRegister.MatchString(i.operands):
				fault = "its name promises no vector instructions"
			}
			if fault != "" {
				t.Errorf("%s (%s): %s %s: %s", k.name, i.place, i.mnemonic, i.operands, fault)
			}
		}
		longest = max(longest, len(k.instructions))
	}
	require.Greater(t, longest, 100, "the listing was not understood")
}

// TestKernelsEndWithClearUpperHalves follows every path through every amd64 kernel: after an
// instruction with a register of 256 or 512 bits comes a VZEROUPPER before the kernel returns.
// Without it the caller's SSE instructions are slow on many processors.
func TestKernelsEndWithClearUpperHalves(t *testing.T) {
	returns := 0
	for _, k := range disassembly(t, "amd64") {
		for _, at := range k.returnsWithDirtyRegisters(t) {
			i := k.instructions[at]
			t.Errorf("%s (%s): the RET at offset %d may be reached without VZEROUPPER",
				k.name, i.place, i.offset)
		}
		for _, i := range k.instructions {
			if i.mnemonic == "RET" {
				returns++
			}
		}
	}
	require.NotZero(t, returns)
}

// returnsWithDirtyRegisters returns the numbers of the RETs that some path reaches with the upper
// halves of vector registers in use.
func (k *assembled) returnsWithDirtyRegisters(t *testing.T) []int {
	type state struct {
		at    int
		dirty bool
	}
	var found []int
	seen, open := map[state]bool{}, []state{{0, false}}
	visit := func(at int, dirty bool) {
		require.Less(t, at, len(k.instructions), "%s: runs beyond its end", k.name)
		open = append(open, state{at, dirty})
	}
	for len(open) > 0 {
		s := open[len(open)-1]
		open = open[:len(open)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		i := k.instructions[s.at]
		dirty := s.dirty || wideRegister.MatchString(i.operands)
		switch {
		case i.mnemonic == "VZEROUPPER":
			visit(s.at+1, false)
		case i.mnemonic == "RET":
			if dirty {
				found = append(found, s.at)
			}
		case strings.HasPrefix(i.mnemonic, "J"):
			visit(k.target(t, i), dirty)
			if i.mnemonic != "JMP" {
				visit(s.at+1, dirty)
			}
		default:
			visit(s.at+1, dirty)
		}
	}
	return found
}

// target returns the number of the instruction that a jump leads to.
func (k *assembled) target(t *testing.T, jump instruction) int {
	offset, err := strconv.Atoi(jump.operands)
	require.NoError(t, err,
		"%s (%s): %s %s leaves the kernel", k.name, jump.place, jump.mnemonic, jump.operands)
	at := slices.IndexFunc(k.instructions, func(i instruction) bool { return i.offset == offset })
	require.GreaterOrEqual(t, at, 0, "%s (%s): no instruction at %d", k.name, jump.place, offset)
	return at
}

// TestKernelsLeaveReservedRegisters demands that no kernel touches what belongs to the Go runtime
// or the system: the frame pointer where the assembler does not save it with a frame, and on arm64
// the goroutine's register and the platform's. (On amd64 the goroutine's register, R14, is the
// kernel's: the caller restores it.)
func TestKernelsLeaveReservedRegisters(t *testing.T) {
	reserved := map[string]*regexp.Regexp{
		"amd64": regexp.MustCompile(`\bBP\b`),
		"arm64": regexp.MustCompile(`\b(g|R18|R18_PLATFORM|R28|R29)\b`),
	}
	for arch, registers := range reserved {
		for _, k := range disassembly(t, arch) {
			if arch == "amd64" && k.savesFramePointer() {
				continue
			}
			for _, i := range k.instructions {
				framed := strings.Contains(i.operands, "RSP") && strings.Contains(i.operands, "R29")
				if !framed && registers.MatchString(i.operands) { // but for a frame of the assembler's
					t.Errorf("%s, %s (%s): %s %s", arch, k.name, i.place, i.mnemonic, i.operands)
				}
			}
		}
	}
}

// savesFramePointer reports whether the assembler made a frame for an amd64 kernel, which keeps the
// caller's frame pointer.
func (k *assembled) savesFramePointer() bool {
	first := k.instructions[0]
	return first.mnemonic == "PUSHQ" && first.operands == "BP"
}
