1i // Code generated from the file for float64 by go generate; DO NOT EDIT.\n
/go:generate/,+1d
s/loat64/loat32/g
s/\(blas\|vectors\|matrices\|bands\)64/\132/g
s/\.f64\./.f32./
s/\([ .)"]\)D\([a-z0-9]*[( "]\)/\1S\2/g
s/Drotm/Srotm/g
s/Idamax/Isamax/g
s/Reduce\.Sot/Reduce.Dot/g
