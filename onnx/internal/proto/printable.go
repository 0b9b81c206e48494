package proto

import "strconv"

// Printable returns a name of a file as errors have it: on one line, whatever it is.
func Printable(name string) string {
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}
