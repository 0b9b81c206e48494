package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// missing stands for a figure that there is none of.
const missing = "–"

// figures3 writes a number with three significant digits, as a decimal number.
func figures3(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return missing
	}
	if v == 0 {
		return "0"
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	decimals := max(0, 2-int(math.Floor(math.Log10(math.Abs(rounded))+1e-9)))
	return grouped(strconv.FormatFloat(rounded, 'f', decimals, 64))
}

// grouped puts a narrow space between the thousands of a decimal number of five digits or more.
func grouped(number string) string {
	whole, fraction, found := strings.Cut(number, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	if len(whole) > 4 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "\u202f" + whole[i:]
		}
	}
	if found {
		whole += "." + fraction
	}
	return sign + whole
}

// percent writes a share with its unit.
func percent(share float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return missing
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

// change writes by how much a ratio differs from 1, with its sign.
func change(ratio float64) string {
	if math.IsNaN(ratio) || math.IsInf(ratio, 0) {
		return missing
	}
	return strings.ReplaceAll(fmt.Sprintf("%+.1f %%", 100*(ratio-1)), "-", "−")
}

// duration writes seconds with three significant digits and a unit that suits them.
func duration(seconds float64) string {
	v, unit := scaled(seconds)
	if math.IsNaN(v) {
		return missing
	}
	return figures3(v) + " " + unit
}

// roundDuration writes seconds that are a round number, as at a tick.
func roundDuration(seconds float64) string {
	v, unit := scaled(seconds)
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + unit
}

// scaled returns seconds in the unit that suits them.
func scaled(seconds float64) (v float64, unit string) {
	v, units := seconds*1e9, []string{"ns", "µs", "ms", "s"}
	for len(units) > 1 && v >= 999.5 {
		v, units = v/1000, units[1:]
	}
	return v, units[0]
}

// count writes a whole number, such as a length.
func count(n float64) string { return grouped(strconv.FormatFloat(n, 'f', 0, 64)) }

// decimal writes a whole number in thousands or millions where it is a multiple of them.
func decimal(n float64) string { return multiples(n, 1000, "", " k", " M", " G") }

// binary writes a whole number in units of 1024 where it is a multiple of them.
func binary(n float64) string { return multiples(n, 1024, "", " Ki", " Mi", " Gi") }

// byteCount writes a number of bytes.
func byteCount(n float64) string { return multiples(n, 1024, " B", " KiB", " MiB", " GiB") }

// multiples writes a whole number in the largest unit that it is a multiple of.
func multiples(n, base float64, units ...string) string {
	for len(units) > 1 && n >= base && math.Mod(n, base) == 0 {
		n, units = n/base, units[1:]
	}
	return count(n) + units[0]
}

// number reads a setting that is a number; NaN if it is none.
func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}
