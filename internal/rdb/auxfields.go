package rdb

import (
	"bytes"
	"strings"

	"sigrun/internal/clock"
)

// auxFields holds what loading does by itself with a known AUX record.
var auxFields = map[string]func(l *loader, value []byte) error{
	"redis-ver":    auxLog("Loading RDB produced by Redis version %s"),
	"valkey-ver":   auxLog("Loading RDB produced by Valkey version %s"),
	"ctime":        (*loader).auxCTime,
	"used-mem":     (*loader).auxUsedMem,
	"aof-preamble": auxFlag("RDB has an AOF tail"),
	"aof-base":     auxFlag("RDB is base AOF"),
	"slot-info":    (*loader).auxSlotInfo,

	// These are the Sink's, or nobody's.
	"redis-bits":     auxSilent,
	"lua":            auxSilent,
	"repl-stream-db": auxSilent,
	"repl-id":        auxSilent,
	"repl-offset":    auxSilent,
}

func (l *loader) aux() error {
	name, err := l.r.AppendString(nil)
	if err != nil {
		return err
	}
	value, err := l.r.String()
	if err != nil {
		return err
	}
	switch handle := auxFields[strings.ToLower(string(name))]; {
	case bytes.HasPrefix(name, []byte("%")):
		l.o.Log(Notice, "RDB '%s': %s", printable(name), printable(value))
	case handle == nil:
		l.o.Log(Debug, "Unrecognized RDB AUX field: '%s'", printable(name))
	default:
		if err := handle(l, value); err != nil {
			return err
		}
	}
	return l.sink.Aux(name, value)
}

func auxSilent(*loader, []byte) error { return nil }

// auxLog logs the value.
func auxLog(format string) func(*loader, []byte) error {
	return func(l *loader, value []byte) error {
		l.o.Log(Notice, format, printable(value))
		return nil
	}
}

// auxFlag logs text if the value is a number other than 0.
func auxFlag(text string) func(*loader, []byte) error {
	return func(l *loader, value []byte) error {
		if leadingInt(value) != 0 {
			l.o.Log(Notice, "%s", text)
		}
		return nil
	}
}

func (l *loader) auxCTime(value []byte) error {
	age := clock.Millis(l.o.Clock)/1000 - leadingInt(value)
	l.o.Log(Notice, "RDB age %d seconds", max(age, 0))
	return nil
}

func (l *loader) auxUsedMem(value []byte) error {
	l.o.Log(Notice, "RDB memory usage when created %.2f Mb", float64(leadingInt(value))/(1<<20))
	return nil
}

// auxSlotInfo checks the numbers about a slot: its id, keys, keys with expiry,
// and since Valkey 9 hashes with expiring fields.
func (l *loader) auxSlotInfo(value []byte) error {
	if bytes.Count(value, []byte(",")) < 2 {
		return l.r.Corruptf("Invalid slot-info in RDB")
	}
	return nil
}
