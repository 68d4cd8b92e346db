package aof

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"sigrun/internal/hash"
)

// Checksums (aof-checksum) divide a file into blocks, by annotations that other
// servers pass over like any comment:
//
//	#CRC:0:0                     here the first block begins
//	*3 $3 SET $1 k $1 v          whole commands and transactions, and annotations
//	#CRC:27:3d1f0a9b5c2e4d68     CRC-64 of the 27 bytes before, back to the last
//	                             such line; the next block begins
//
// A block without a line at its end is not covered: a process that died left it.
// Whoever goes on begins with a new first block.
const (
	sumPrefix = "#CRC:"
	sumStart  = sumPrefix + "0:0\r\n"
)

// appendSum appends the line that ends a block of n bytes.
func appendSum(dst []byte, n int64, crc uint64) []byte {
	dst = append(strconv.AppendInt(append(dst, sumPrefix...), n, 10), ':')
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], crc)
	return append(hex.AppendEncode(dst, sum[:]), "\r\n"...)
}

// Sums verifies the blocks of a file that is read from its beginning to its end. It
// is ready for use when zero. As long as there are no checksums it costs nothing.
type Sums struct {
	open bool  // inside of a block
	n    int64 // bytes of the block so far
	crc  uint64
}

// Add takes the next bytes of the file, which are no annotations.
func (s *Sums) Add(p []byte) {
	if s.open {
		s.n += int64(len(p))
		s.crc = hash.UpdateCRC64(s.crc, p)
	}
}

// Line takes the next bytes of the file, which are an annotation with its line end.
// ends tells whether what comes next begins a block. The error is a *SumError.
func (s *Sums) Line(line []byte) (ends bool, err error) {
	switch {
	case !bytes.HasPrefix(line, []byte(sumPrefix)):
		s.Add(line)
		return false, nil
	case string(line) != sumStart && (!s.open || !bytes.Equal(line, appendSum(nil, s.n, s.crc))):
		return false, &SumError{Bytes: s.n}
	}
	*s = Sums{open: true}
	return true, nil
}

// SumError says that a block is not what was written.
type SumError struct {
	Bytes int64 // in the block
}

// Error implements error.
func (e *SumError) Error() string {
	return fmt.Sprintf("the checksum of the %d bytes before does not match", e.Bytes)
}

// sumWriter makes a block of each write.
type sumWriter struct {
	w     io.Writer
	begun bool
}

// NewSumWriter returns a writer to w, the beginning of a file, that adds checksums.
// Each write must consist of whole commands.
func NewSumWriter(w io.Writer) io.Writer { return &sumWriter{w: w} }

// Write implements io.Writer.
func (s *sumWriter) Write(p []byte) (n int, err error) {
	if !s.begun {
		if _, err := io.WriteString(s.w, sumStart); err != nil {
			return 0, err
		}
		s.begun = true
	}
	if len(p) == 0 {
		return 0, nil
	}
	if n, err = s.w.Write(p); err != nil {
		return n, err
	}
	_, err = s.w.Write(appendSum(nil, int64(len(p)), hash.CRC64(p)))
	return n, err
}
