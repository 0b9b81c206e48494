package data

// Shares of a population between which scikit-learn draws samples as the head of a permutation. A smaller share is drawn number by
// number, a larger one by reservoir sampling.
const (
	smallShare = 0.01
	largeShare = 0.99
)

// maxVertexBits is the dimension of the hypercubes whose vertices are drawn as distinct numbers; the coordinates before the last
// 30 are drawn independently.
const maxVertexBits = 30

// hypercubeVertices returns distinct vertices of the hypercube {0, 1}^dimensions, one a row, as _generate_hypercube does.
func hypercubeVertices(rng *RandomState, vertices, dimensions int) matrix {
	m := newMatrix(vertices, dimensions)
	further := max(dimensions-maxVertexBits, 0)
	for v := range vertices {
		for j := range further {
			m.row(v)[j] = float64(rng.Intn(2))
		}
	}
	for v, number := range drawDistinct(rng, 1<<(dimensions-further), vertices) {
		row := m.row(v)
		for j := dimensions - 1; j >= further; j-- {
			row[j] = float64(number & 1)
			number >>= 1
		}
	}
	return m
}

// drawDistinct returns distinct numbers from 0 … population−1, as sample_without_replacement does.
func drawDistinct(rng *RandomState, population, count int) []int {
	share := float64(count) / float64(population)
	switch {
	case share > smallShare && share < largeShare:
		return rng.Permutation(population)[:count]
	case share >= largeShare:
		return drawReservoir(rng, population, count)
	}
	drawn := make([]int, 0, count)
	seen := make(map[int]bool, count)
	for len(drawn) < count {
		if n := rng.Intn(population); !seen[n] {
			seen[n] = true
			drawn = append(drawn, n)
		}
	}
	return drawn
}

// drawReservoir starts with the first numbers and lets each later one take a random place or none.
func drawReservoir(rng *RandomState, population, count int) []int {
	drawn := make([]int, count)
	for i := range drawn {
		drawn[i] = i
	}
	for i := count; i < population; i++ {
		if at := rng.Intn(i + 1); at < count {
			drawn[at] = i
		}
	}
	return drawn
}
