// Package lzf is the LZF compression that RDB files and DUMP payloads use for
// strings.
//
// A compressed string is a row of instructions, each led by a control byte:
//
//	000nnnnn <n+1 bytes>            copy the n+1 (1..32) bytes that follow
//	nnnddddd dddddddd               repeat n+2 (3..8) bytes from d+1 back
//	111ddddd nnnnnnnn dddddddd      repeat n+9 (9..264) bytes from d+1 back
//
// A distance d+1 is 1..8192 and may be less than the length: the copy then
// repeats what it has just written. There is no header and no checksum; the
// caller stores both lengths beside the bytes.
//
// A Compressor makes the same choices as the compressor of Valkey and Redis on
// a clean table, so that a DUMP payload has the same bytes here and there.
// Decoding trusts nothing: damaged input is an error, never a panic, and
// output is never larger than the caller asked for.
package lzf

import "errors"

// ErrCorrupt reports bytes that are not LZF, or not of the promised length.
var ErrCorrupt = errors.New("invalid LZF compressed data")

const (
	maxLiteral  = 32   // bytes in one literal run
	maxDistance = 8192 // how far back a repeat may reach
	maxRepeat   = 264  // bytes of one repeat
	minRepeat   = 3

	// MaxRatio bounds expansion: a 3-byte instruction yields at most 264 bytes.
	MaxRatio = maxRepeat / 3
)
