package catalog

import (
	"bytes"

	"sigrun/internal/command"
)

// This file finds the keys that key specs can't: those behind an option that
// may stand anywhere, and those of which the options tell what becomes of them.

// setKeys is SET's key: it's read as well if the old value is asked for.
func setKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	for _, a := range argv[3:] {
		if command.Is(a, "get") {
			return append(dst, command.KeyPos{Index: 1, Flags: rw | access | update}), nil
		}
	}
	return append(dst, command.KeyPos{Index: 1, Flags: ow | update}), nil
}

// bitfieldWords is how many arguments follow on each operation of BITFIELD.
var bitfieldWords = []option{{"get", 2}, {"overflow", 1}}

// bitfieldKeys is BITFIELD's key: it's only read if all operations do no more.
func bitfieldKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	flags := ro | access
	for i := 2; i < len(argv); i++ {
		n := following(bitfieldWords, argv[i])
		if n == 0 || i+n >= len(argv) {
			flags = rw | access | update
			break
		}
		i += n
	}
	return append(dst, command.KeyPos{Index: 1, Flags: flags}), nil
}

// sortOptions are the options of SORT with arguments, but for STORE.
var sortOptions = []option{{"limit", 2}, {"get", 1}, {"by", 1}}

// sortKeys are the key that SORT reads and the one in which it stores. Of
// several STOREs the last one counts. What BY and GET read can't be told.
func sortKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	dst = append(dst, command.KeyPos{Index: 1, Flags: ro | access})
	store := 0
	for i := 2; i < len(argv); i++ {
		if i+1 < len(argv) && command.Is(argv[i], "store") {
			store = i + 1
			continue
		}
		i += following(sortOptions, argv[i])
	}
	return appendStore(dst, store), nil
}

// sortReads reports whether SORT or SORT_RO reads keys that BY or GET name by a
// pattern.
func sortReads(argv [][]byte) bool {
	for i := 2; i+1 < len(argv); i++ {
		if (command.Is(argv[i], "by") || command.Is(argv[i], "get")) && bytes.IndexByte(argv[i+1], '*') >= 0 {
			return true
		}
	}
	return false
}

// georadiusKeys are the key that GEORADIUS and GEORADIUSBYMEMBER read and the
// one in which they store. Of several the last one counts.
func georadiusKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	dst = append(dst, command.KeyPos{Index: 1, Flags: ro | access})
	store := 0
	for i := 5; i+1 < len(argv); i++ {
		if command.Is(argv[i], "store") || command.Is(argv[i], "storedist") {
			i++
			store = i
		}
	}
	return appendStore(dst, store), nil
}

// appendStore appends argument i as the key of an outcome, if there is one.
func appendStore(dst []command.KeyPos, i int) []command.KeyPos {
	if i == 0 {
		return dst
	}
	return append(dst, command.KeyPos{Index: i, Flags: ow | update})
}

// migrateOptions are the options of MIGRATE with arguments, but for KEYS.
var migrateOptions = []option{{"auth", 1}, {"auth2", 2}}

// migrateKeys are the keys that MIGRATE takes away: its third argument or, if
// that is empty, what follows on KEYS.
func migrateKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	first, last := 3, 3
	for i := 6; i+1 < len(argv); i++ {
		if command.Is(argv[i], "keys") {
			if len(argv[3]) > 0 {
				return dst, command.ErrInvalidKeys
			}
			first, last = i+1, len(argv)-1
			break
		}
		i += following(migrateOptions, argv[i])
	}
	for i := first; i <= last; i++ {
		dst = append(dst, command.KeyPos{Index: i, Flags: rw | access | remove})
	}
	return dst, nil
}

// readGroupOptions are the options of XREADGROUP with arguments, but for STREAMS.
var readGroupOptions = []option{{"group", 2}, {"count", 1}, {"block", 1}}

// readGroupKeys are the first half of what follows on STREAMS, which may be the
// name of a group or a consumer, too.
func readGroupKeys(argv [][]byte, dst []command.KeyPos) ([]command.KeyPos, error) {
	for i := 1; i < len(argv); i++ {
		if command.Is(argv[i], "streams") {
			for n := (len(argv) - i - 1) / 2; n > 0; n-- {
				i++
				dst = append(dst, command.KeyPos{Index: i, Flags: ro | access})
			}
			break
		}
		i += following(readGroupOptions, argv[i])
	}
	return dst, nil
}

// option is a word that has arguments.
type option struct {
	word string
	args int
}

// following is how many arguments belong to word: none if it's no option.
func following(options []option, word []byte) int {
	for _, o := range options {
		if command.Is(word, o.word) {
			return o.args
		}
	}
	return 0
}
