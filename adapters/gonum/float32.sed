1i // Code generated from float64.go by go generate; DO NOT EDIT.\n
/go:generate/,+1d
s/loat64/loat32/g
s/\.f64\./.f32./
s/\([ .)]\)D\([a-z0-9]*(\)/\1S\2/g
s/Idamax/Isamax/g
