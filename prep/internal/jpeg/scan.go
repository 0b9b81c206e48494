package jpeg

import (
	"errors"
	"fmt"
)

// scan is a part of the image's coefficients: those from..to in the order of storing, without the
// lowest bits of which another scan follows.
type scan struct {
	*bits
	from, to  int
	high, low int // bits that were left out before and now
}

// scan reads the coefficients that follow.
func (d *decoder) scan(body []byte) error {
	if d.components == nil {
		return errors.New("a scan before the frame")
	}
	if d.scans++; d.scans > maxScans {
		return fmt.Errorf("more than %d scans", maxScans)
	}
	if len(body) < 1 || len(body) < 4+2*int(body[0]) {
		return errEnd
	}
	n := int(body[0])
	var parts []*component
	for i := range n {
		c, err := d.chosen(body[1+2*i], body[2+2*i])
		if err != nil {
			return err
		}
		parts = append(parts, c)
	}
	last := body[1+2*n:]
	s := &scan{bits: &bits{data: d.data, at: d.at}, from: int(last[0]), to: int(last[1]),
		high: int(last[2] >> 4), low: int(last[2] & 15)}
	if !d.progressive {
		s.from, s.to, s.high, s.low = 0, 63, 0, 0
	}
	if n == 0 || s.from > s.to || s.to > 63 || s.low > 13 || d.progressive && s.from == 0 &&
		s.to != 0 || s.from > 0 && n > 1 {
		return errors.New("a scan is broken")
	}
	err := d.blocks(s, parts)
	d.at = s.at
	return err
}

// chosen returns a component of a scan, with its tables.
func (d *decoder) chosen(id, tables byte) (*component, error) {
	for _, c := range d.components {
		if c.id != int(id) {
			continue
		}
		if tables>>4 > 3 || tables&15 > 3 {
			break
		}
		c.dc, c.ac = d.dc[tables>>4], d.ac[tables&15]
		if !c.settled {
			table := d.quantisation[c.table]
			if table == nil {
				return nil, errors.New("a table of quantisation is missing")
			}
			c.quantisation, c.settled = *table, true
		}
		return c, nil
	}
	return nil, fmt.Errorf("a scan has the component %d with the tables %#x", id, tables)
}

// blocks reads the blocks of a scan: of one component row by row, of several in groups.
func (d *decoder) blocks(s *scan, parts []*component) error {
	across, down := ceil(d.width, 8*d.hMax), ceil(d.height, 8*d.vMax)
	if len(parts) == 1 {
		across, down = ceil(parts[0].planeW, 8), ceil(parts[0].planeH, 8)
	}
	d.begin(parts)
	for i := range across * down {
		if d.interval > 0 && i > 0 && i%d.interval == 0 {
			s.restart()
			d.begin(parts)
		}
		x, y := i%across, i/across
		if len(parts) == 1 {
			if err := d.block(s, parts[0], x, y); err != nil {
				return err
			}
			continue
		}
		for _, c := range parts {
			for j := range c.h * c.v {
				if err := d.block(s, c, x*c.h+j%c.h, y*c.v+j/c.h); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *decoder) begin(parts []*component) {
	d.eobRun = 0
	for _, c := range parts {
		c.before = 0
	}
}

// block reads a block's coefficients.
func (d *decoder) block(s *scan, c *component, x, y int) error {
	b := &c.blocks[y*c.width+x]
	switch {
	case !d.progressive:
		if err := d.first(s, c, b); err != nil {
			return err
		}
		return d.sequence(s, c, b, 1)
	case s.from == 0 && s.high == 0:
		return d.first(s, c, b)
	case s.from == 0:
		b[0] |= s.take(1) << s.low
		return d.tooShort(s)
	case s.high == 0:
		return d.sequence(s, c, b, s.from)
	}
	return d.refine(s, c, b)
}

// tooShort returns an error far behind the end.
func (d *decoder) tooShort(s *scan) error {
	if s.over > maxOver {
		return errShort
	}
	return nil
}

// first reads the DC coefficient: its difference from the one before.
func (d *decoder) first(s *scan, c *component, b *[64]int32) error {
	n, err := s.symbol(c.dc)
	if err != nil {
		return err
	}
	if n > 15 {
		return errors.New("a difference of too many bits")
	}
	c.before += s.signed(int(n))
	b[0] = c.before << s.low
	return nil
}

// sequence reads AC coefficients: runs of zeros, each with the number that ends it.
func (d *decoder) sequence(s *scan, c *component, b *[64]int32, from int) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	for k := from; k <= s.to; k++ {
		symbol, err := s.symbol(c.ac)
		if err != nil {
			return err
		}
		run, size := int(symbol>>4), int(symbol&15)
		switch {
		case size > 0:
			k += run
			if k > s.to {
				return errors.New("a run of zeros is too long")
			}
			b[zigzag[k]] = s.signed(size) << s.low
		case run == 15:
			k += 15
		default: // the rest is zeros, and so in blocks that follow
			d.eobRun = 1<<run + s.take(run) - 1
			return nil
		}
	}
	return nil
}

// refine reads one more bit of AC coefficients, and those that this bit makes nonzero.
func (d *decoder) refine(s *scan, c *component, b *[64]int32) error {
	bit := int32(1) << s.low
	k := s.from
	for d.eobRun == 0 && k <= s.to {
		symbol, err := s.symbol(c.ac)
		if err != nil {
			return err
		}
		run, size := int(symbol>>4), symbol&15
		value := int32(0)
		switch {
		case size == 1 && s.take(1) == 1:
			value = bit
		case size == 1:
			value = -bit
		case size > 1:
			return errors.New("a refinement of more than one bit")
		case run < 15:
			d.eobRun = 1<<run + s.take(run)
		}
		if d.eobRun > 0 {
			break
		}
		k = s.skip(b, k, run, bit)
		if value != 0 && k <= s.to {
			b[zigzag[k]] = value
		}
		k++
	}
	if d.eobRun > 0 {
		s.skip(b, k, 64, bit)
		d.eobRun--
	}
	return d.tooShort(s)
}

// skip goes over a run of zeros, and reads a bit of each coefficient that is nonzero. It returns
// the place of the next zero.
func (s *scan) skip(b *[64]int32, k, run int, bit int32) int {
	for ; k <= s.to; k++ {
		v := &b[zigzag[k]]
		if *v == 0 {
			if run == 0 {
				return k
			}
			run--
			continue
		}
		if s.take(1) == 1 && max(*v, -*v)&bit == 0 {
			if *v < 0 {
				*v -= bit
			} else {
				*v += bit
			}
		}
	}
	return k
}
