package simdnn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/thrift/lib/go/thrift"
)

// checkPages compares the pages of a column of Parquet with the checksums that their headers have,
// which arrow-go does not. Pages without one are skipped.
func checkPages(of io.ReaderAt, r *file.Reader, leaf int) error {
	for group := range r.NumRowGroups() {
		chunk, err := r.MetaData().RowGroup(group).ColumnChunk(leaf)
		if err != nil {
			return err
		}
		if chunk.NumValues() == 0 {
			continue // the offset may be any
		}
		start := chunk.DataPageOffset()
		if chunk.HasDictionaryPage() && chunk.DictionaryPageOffset() > 0 {
			start = min(start, chunk.DictionaryPageOffset())
		}
		pages := newPages(of, start)
		for page := 1; pages.at() < start+chunk.TotalCompressedSize(); page++ {
			if err := pages.check(); err != nil {
				return fmt.Errorf("row group %d, page %d: %w", group+1, page, err)
			}
		}
	}
	return nil
}

// pages reads one page after another.
type pages struct {
	section *io.SectionReader
	start   int64
	buffer  *bufio.Reader // of section
	headers thrift.TProtocol
}

func newPages(of io.ReaderAt, start int64) *pages {
	section := io.NewSectionReader(of, start, math.MaxInt64-start)
	buffer := bufio.NewReaderSize(section, 1<<14)
	// thrift makes no buffer of its own over one that is large enough, and so reads no further than
	// the header.
	return &pages{section, start, buffer,
		thrift.NewTCompactProtocolConf(thrift.NewStreamTransportR(buffer), nil)}
}

// at returns where the next page begins in the file.
func (p *pages) at() int64 {
	read, _ := p.section.Seek(0, io.SeekCurrent) // which can't fail
	return p.start + read - int64(p.buffer.Buffered())
}

// check reads a page.
func (p *pages) check() error {
	size, sum, err := p.readHeader()
	switch {
	case err != nil:
		return fmt.Errorf("its header is damaged: %w", err)
	case size < 0:
		return errors.New("its header is damaged: it says that the page has a negative size")
	case sum == nil && int(size) > p.buffer.Buffered():
		_, err = p.section.Seek(int64(size)-int64(p.buffer.Buffered()), io.SeekCurrent)
		p.buffer.Reset(p.section)
		return err
	case sum == nil:
		_, err = p.buffer.Discard(int(size))
		return err
	}
	hash := crc32.NewIEEE()
	if _, err := io.CopyN(hash, p.buffer, int64(size)); err != nil {
		return fmt.Errorf("the file ends within it: %w", err)
	}
	if hash.Sum32() != uint32(*sum) {
		return errors.New("it is damaged: its bytes don't have the checksum in its header")
	}
	return nil
}

// The fields of a page's header, in Parquet's definition of its files.
const (
	compressedSizeField = 3
	checksumField       = 4
)

// readHeader returns the size of a page in the file, and its checksum, nil if it has none.
func (p *pages) readHeader() (size int32, sum *int32, err error) {
	ctx := context.Background()
	if _, err := p.headers.ReadStructBegin(ctx); err != nil {
		return 0, nil, err
	}
	size = -1
	for {
		_, kind, field, err := p.headers.ReadFieldBegin(ctx)
		if err != nil {
			return 0, nil, err
		}
		switch {
		case kind == thrift.STOP:
			return size, sum, p.headers.ReadStructEnd(ctx)
		case field == compressedSizeField && kind == thrift.I32:
			size, err = p.headers.ReadI32(ctx)
		case field == checksumField && kind == thrift.I32:
			sum = new(int32)
			*sum, err = p.headers.ReadI32(ctx)
		default:
			err = p.headers.Skip(ctx, kind)
		}
		if err = errors.Join(err, p.headers.ReadFieldEnd(ctx)); err != nil {
			return 0, nil, err
		}
	}
}
