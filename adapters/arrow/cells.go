package simdnn

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// sort is what the cells of a column are.
type sort int

const (
	number   sort = iota
	truth         // number is 0 or 1
	word          // a text
	category      // of a dictionary, whatever its values
	moment        // a time or a duration: number is in days for dates, else in seconds
	nothing       // all are missing
)

// cells are the values of an array.
type cells struct {
	sort    sort
	unit    string // of moments: what their numbers count
	missing func(i int) bool
	number  func(i int) float64
	text    func(i int) string // a number's without loss
}

// valued is an array with values of one type.
type valued[V any] interface {
	arrow.Array
	Value(i int) V
}

// cellsOf returns the cells of an array, or says why they are no feature. A null and a NaN are
// missing, since programs write the one for the other; what lies under a null is never read.
func cellsOf(a arrow.Array) (cells, error) {
	switch a := a.(type) {
	case *array.Float64:
		return floats(a, func(v float64) float64 { return v }), nil
	case *array.Float32:
		return floats(a, func(v float32) float64 { return float64(v) }), nil
	case *array.Float16:
		return floats(a, func(v float16.Num) float64 { return float64(v.Float32()) }), nil
	case *array.Int8:
		return whole(a), nil
	case *array.Int16:
		return whole(a), nil
	case *array.Int32:
		return whole(a), nil
	case *array.Int64:
		return whole(a), nil
	case *array.Uint8:
		return whole(a), nil
	case *array.Uint16:
		return whole(a), nil
	case *array.Uint32:
		return whole(a), nil
	case *array.Uint64:
		return whole(a), nil
	case *array.Decimal32, *array.Decimal64, *array.Decimal128, *array.Decimal256:
		return decimals(a), nil
	case *array.Boolean:
		return truths(a), nil
	case *array.String:
		return words(a), nil
	case *array.LargeString:
		return words(a), nil
	case *array.StringView:
		return words(a), nil
	case *array.Dictionary:
		return dictionary(a)
	case *array.Null:
		return cells{sort: nothing, missing: func(int) bool { return true }}, nil
	}
	if c, ok := moments(a); ok {
		return c, nil
	}
	return cells{}, fmt.Errorf("its type is %v, which is no feature", a.DataType())
}

// floats returns the cells of numbers, widened to float64.
func floats[V any](a valued[V], widen func(V) float64) cells {
	number := func(i int) float64 { return widen(a.Value(i)) }
	return cells{
		missing: func(i int) bool { return a.IsNull(i) || math.IsNaN(number(i)) },
		number:  number,
		text:    func(i int) string { return strconv.FormatFloat(number(i), 'g', -1, 64) },
	}
}

// whole returns the cells of whole numbers, whose texts are exact beyond 2⁵³ too.
func whole[V int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](a valued[V]) cells {
	return cells{
		missing: a.IsNull,
		number:  func(i int) float64 { return float64(a.Value(i)) },
		text:    a.ValueStr,
	}
}

// decimals returns the cells of decimal fractions, each the float64 that is nearest.
func decimals(a arrow.Array) cells {
	return cells{
		missing: a.IsNull,
		number: func(i int) float64 {
			v, err := strconv.ParseFloat(a.ValueStr(i), 64)
			if err != nil {
				return math.NaN()
			}
			return v
		},
		text: a.ValueStr,
	}
}

func truths(a *array.Boolean) cells {
	return cells{
		sort: truth, missing: a.IsNull,
		number: func(i int) float64 {
			if a.Value(i) {
				return 1
			}
			return 0
		},
		text: func(i int) string { return strconv.FormatBool(a.Value(i)) },
	}
}

func words(a valued[string]) cells {
	return cells{sort: word, missing: a.IsNull, text: a.Value}
}

// dictionary returns the cells that the codes of an array stand for in its own dictionary: that of
// another array may number them differently.
func dictionary(a *array.Dictionary) (cells, error) {
	values, err := cellsOf(a.Dictionary())
	if err != nil || values.sort == nothing {
		return values, err
	}
	if values.sort == moment {
		return cells{}, fmt.Errorf("its type is %v, which is no feature", a.DataType())
	}
	return cells{
		sort: category,
		missing: func(i int) bool {
			return a.IsNull(i) || values.missing(a.GetValueIndex(i))
		},
		text: func(i int) string { return values.text(a.GetValueIndex(i)) },
	}, nil
}

// moments returns the cells of dates, in days, and of times and durations, in seconds.
func moments(a arrow.Array) (cells, bool) {
	switch a := a.(type) {
	case *array.Date32:
		return ticks(a, 1), true
	case *array.Date64:
		return ticks(a, 24*60*60*1000), true
	case *array.Timestamp:
		return ticks(a, perSecond(a.DataType().(*arrow.TimestampType).Unit)), true
	case *array.Time32:
		return ticks(a, perSecond(a.DataType().(*arrow.Time32Type).Unit)), true
	case *array.Time64:
		return ticks(a, perSecond(a.DataType().(*arrow.Time64Type).Unit)), true
	case *array.Duration:
		return ticks(a, perSecond(a.DataType().(*arrow.DurationType).Unit)), true
	}
	return cells{}, false
}

// unitOf returns what the numbers of dates and times count, "" of any other type.
func unitOf(t arrow.DataType) string {
	switch t.ID() {
	case arrow.DATE32, arrow.DATE64:
		return "days since 1970"
	case arrow.TIMESTAMP:
		return "seconds since 1970"
	case arrow.TIME32, arrow.TIME64:
		return "seconds of the day"
	case arrow.DURATION:
		return "seconds"
	}
	return ""
}

// perSecond returns how many of a unit are a second.
func perSecond(unit arrow.TimeUnit) float64 { return float64(time.Second / unit.Multiplier()) }

// ticks returns the cells of counts, so many of which are one.
func ticks[V ~int32 | ~int64](a valued[V], one float64) cells {
	number := func(i int) float64 { return float64(a.Value(i)) / one }
	return cells{
		sort: moment, unit: unitOf(a.DataType()), missing: a.IsNull, number: number,
		text: func(i int) string { return strconv.FormatFloat(number(i), 'g', -1, 64) },
	}
}
