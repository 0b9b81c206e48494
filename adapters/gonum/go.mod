module simdnn/adapters/gonum

go 1.26.0

replace simdnn => ../..

require (
	github.com/stretchr/testify v1.12.1
	gonum.org/v1/gonum v0.17.0
	simdnn v0.0.0-00010101000000-000000000000
)

require (
	github.com/klauspost/cpuid/v2 v2.4.2 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
