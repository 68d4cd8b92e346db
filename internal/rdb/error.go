package rdb

import (
	"errors"
	"fmt"
	"io"
)

// Kind tells what is wrong with a stream.
type Kind uint8

// The kinds of Error.
const (
	Short   Kind = iota + 1 // it ends, or can't be read, inside a record
	Corrupt                 // it holds what no server writes
	Refused                 // it is sound, but not for this server
)

// Error is a stream that can't be read. The reader is of no more use after it.
type Error struct {
	Offset int64 // where the thing begins that couldn't be read
	Kind   Kind
	Msg    string // as Valkey logs it
	Err    error  // why reading failed, if not by the end of the stream
}

// Error names the damage and its offset; the caller knows the path.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s at offset %d: %v", e.Msg, e.Offset, e.Err)
	}
	return fmt.Sprintf("%s at offset %d", e.Msg, e.Offset)
}

// Unwrap returns the error of the reader below, or io.ErrUnexpectedEOF for a
// stream that just ends.
func (e *Error) Unwrap() error {
	if e.Err == nil && e.Kind == Short {
		return io.ErrUnexpectedEOF
	}
	return e.Err
}

const msgShort = "Unexpected EOF reading RDB file"

// What a Sink's Key returns for a key that it read but didn't keep. Load counts
// them and goes on.
var (
	ErrEmptyKey      = errors.New("collection without elements")
	ErrExpiredKey    = errors.New("key has expired")
	ErrExpiredFields = errors.New("all fields of the hash have expired")
)

// ErrBusy is what TryKey returns for a key that it could not take yet.
var ErrBusy = errors.New("somebody else is there")

// Internal is the line in which Valkey reports damage found while reading.
func (e *Error) Internal() string {
	return fmt.Sprintf("Internal error in RDB reading offset %d, function at rdb.Load -> %s", e.Offset, e.Msg)
}
