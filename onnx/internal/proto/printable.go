package proto

import "strconv"

// Printable returns a name of a file as errors have it: on one line, whatever it is.
func Printable(name string) string {
	if isPlain(name) { // as almost all are, which each plan asks for
		return name
	}
	quoted := strconv.Quote(name)
	return quoted[1 : len(quoted)-1]
}

// isPlain reports whether quoting a name leaves it as it is, since it is of plain ASCII.
func isPlain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
