package data

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumberFormats(t *testing.T) {
	german := numberFormat{decimal: ',', thousands: '.'}
	swiss := numberFormat{thousands: '\''}
	for _, c := range []struct {
		format numberFormat
		text   string
		want   float64 // NaN for no number
	}{
		{plain, "1.5", 1.5}, {plain, "-3e2", -300}, {plain, "1e999", math.Inf(1)}, {plain,
			"1,5", math.NaN()}, {plain, "", math.NaN()},
		{decimalComma, "1,5", 1.5}, {decimalComma, "-,5e1", -5}, {decimalComma, "7", 7},
		{decimalComma, "1.5", math.NaN()},
		{groupedByComma, "1,234,567.5", 1234567.5}, {groupedByComma, "-1,234", -1234},
		{groupedByComma, "12", 12}, {groupedByComma, "1.5e+3", 1500},
		{groupedByComma, "1,23", math.NaN()}, {groupedByComma, "1234,567", math.NaN()},
		{groupedByComma, "1.234,5", math.NaN()},
		{groupedByComma, ",123", math.NaN()}, {german, "1.234,5", 1234.5}, {german, "1.234",
			1234}, {german, "1.5", math.NaN()},
		{swiss, "12'345.25", 12345.25},
	} {
		got, ok := c.format.parse(c.text)
		require.Equal(t, !math.IsNaN(c.want), ok, c.text)
		if ok {
			require.Equal(t, c.want, got, c.text)
		}
	}
}

func TestUnits(t *testing.T) {
	for text, unit := range map[string]string{
		"$3.10": "$", "-$5": "$", "$-5": "$", "42%": "%", "42 %": "%", "3.5kg": "kg",
		"12 µm": "µm", "5€": "€", "€ 5": "€", "$1,234.50": "$", "10km/h": "km/h",
		"($3)": "$", "1,5 %": "%",
	} {
		got, ok := unitOf(text)
		require.True(t, ok, text)
		require.Equal(t, unit, got, text)
	}
	for _, text := range []string{"", "3.10", "$", "%", "1st", "22nd", "3rd", "4th", "a1",
		"1-2", "3 people here", "2020-01-01", "red", "1.2.3%", "10:30"} {
		_, ok := unitOf(text)
		require.False(t, ok, text)
	}
}

func TestDates(t *testing.T) {
	for _, text := range []string{"2020-01-31", "2020-01-31 10:00:00", "2020-01-31T10:00:00Z",
		"1/31/2020", "31.1.2020", "Jan 1 2000", "2000-01", "10:30:00"} {
		require.True(t, isDate(text), text)
	}
	for _, text := range []string{"", "2020", "1.5", "May", "2020-13-31", "red"} {
		require.False(t, isDate(text), text)
	}
}
