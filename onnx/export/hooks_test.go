package export

import "reflect"

// HasForm reports whether an operator of package op has a form.
func HasForm(t reflect.Type) bool { _, ok := forms[t]; return ok }

// Forms returns the number of operators with a form.
func Forms() int { return len(forms) }
