package rdb

import (
	"errors"
	"io"
	"sync/atomic"

	"sigrun/internal/clock"
)

// Level is how much a log line matters, as in Valkey's loglevel.
type Level uint8

// The levels that loading logs at.
const (
	Debug Level = iota
	Notice
	Warning
)

// LogFunc takes one log line without its end.
type LogFunc func(level Level, format string, args ...any)

// Sink takes what a file holds, in its order. An error from it ends the load
// and is returned as it is. Views are dead when the method returns.
type Sink interface {
	// SelectDB announces the database of the keys that follow; it is 0 until
	// then and below LoadOptions.Databases.
	SelectDB(db int) error
	// ResizeDB tells how many keys the database holds. The file may lie: no
	// more than a bounded amount of memory may be spent on it.
	ResizeDB(keys, expires uint64) error
	// Aux is a record about the file. Unknown names are to be ignored.
	Aux(name, value []byte) error
	// Key is a key whose value of a known type the Sink must read from r, all
	// of it. The type bytes of old encodings come too. It returns ErrEmptyKey,
	// ErrExpiredKey or ErrExpiredFields for a key that it didn't keep, and
	// r.Corruptf for a value that no server writes.
	Key(key []byte, m Meta, typ byte, r *Reader) error
}

// SharedSink is a Sink that stores keys where others do so at the same time.
type SharedSink interface {
	Sink
	// TryKey is Key, unless it would have to wait for somebody else: then it
	// returns ErrBusy, has read nothing, and is called for the key again.
	TryKey(key []byte, m Meta, typ byte, r *Reader) error
	// KeyAhead tells of a key some time before it comes, so that memory which
	// will be looked at gets near. Some keys come unannounced.
	KeyAhead(key []byte)
}

// FunctionSink is a Sink that takes function libraries too. Without it a file
// that holds one is refused, so that nothing gets lost in silence.
type FunctionSink interface {
	Sink
	Function(code []byte) error
}

// SlotRange is the slots from First to Last.
type SlotRange struct{ First, Last uint16 }

// SlotImportSink is a Sink that takes slot imports under way too. Without it a
// file that holds one is refused: its keys aren't owned yet.
type SlotImportSink interface {
	Sink
	SlotImport(job []byte, slots []SlotRange) error
}

// LoadOptions tells Load what to let pass and whom to tell.
type LoadOptions struct {
	Databases    int         // a file with more of them is refused; 0: 16
	Relaxed      bool        // rdb-version-check relaxed: try foreign and newer files
	SkipChecksum bool        // don't compute, don't compare
	SkipModules  bool        // leave out what belongs to modules instead of refusing the file
	ShowUserData bool        // hide-user-data-from-log no
	Clock        clock.Clock // for the file's age; nil: the real one
	Log          LogFunc     // nil: no logging

	// Accepted is called when signature and version are fine and nothing has
	// been delivered yet: a replica drops its old data there. May be nil.
	Accepted func(version int) error
	// Progress is called between records about every ProgressEvery bytes (0:
	// 2 MB) with the number of bytes read. Its error ends the load. May be nil.
	Progress      func(offset int64) error
	ProgressEvery int64

	// Helpers are further sinks, to which goroutines of Load deliver keys at the same
	// time as to the first, which must be of their kind, and in no order. All but keys
	// goes to the first alone. Log must be safe for concurrent use then.
	Helpers []SharedSink
}

// LoadStats counts what a load delivered.
type LoadStats struct {
	Version       int
	Loaded        int64 // keys that the Sink kept
	Expired       int64
	Empty         int64 // collections without elements
	ExpiredFields int64 // hashes all of whose fields had expired
	ModuleKeys    int64 // keys with a module's value, left out
	ModuleData    int64 // other data of modules, left out
	Bytes         int64
}

const (
	defaultDatabases = 16
	defaultProgress  = 2 << 20
	emptyKeysLogged  = 10
	// bufferShared is the buffer of a Reader whose records are shared out.
	bufferShared = 256 << 10
)

// Load reads a whole file from src, up to and with its checksum, and delivers
// it to sink. It logs what Valkey logs. It may read ahead of the file's end; to
// go on with what follows, pass a *Reader and read from that.
//
// Errors of the stream are *Error, those of sink and options come back as they
// are. What was delivered before an error stays delivered.
func Load(src io.Reader, o LoadOptions, sink Sink) (LoadStats, error) {
	r, ok := src.(*Reader)
	if !ok {
		r = NewReader(src)
		if len(o.Helpers) > 0 {
			r.buf = make([]byte, bufferShared)
		}
	}
	l := &loader{r: r, o: o, sink: sink, deliver: sink.Key, meta: NoMeta, emptyLogged: &atomic.Int64{}}
	l.setDefaults()
	err := l.run()
	l.stats.Bytes = r.Offset()
	var bad *Error
	if errors.As(err, &bad) {
		l.logFailure(bad)
	}
	return l.stats, err
}

// loader is the state of one Load.
type loader struct {
	r    *Reader
	o    LoadOptions
	sink Sink
	// deliver is sink.Key, or TryKey.
	deliver func(key []byte, m Meta, typ byte, r *Reader) error

	file  FileVersion
	stats LoadStats
	meta  Meta   // of the next key
	key   []byte // scratch
	db    int    // of the keys that follow
	start int64  // offset of the present record
	next  int64  // offset of the next report of progress
	done  bool

	emptyLogged *atomic.Int64 // empty keys that all workers have met
}

func (l *loader) setDefaults() {
	if l.o.Databases == 0 {
		l.o.Databases = defaultDatabases
	}
	if l.o.ProgressEvery == 0 {
		l.o.ProgressEvery = defaultProgress
	}
	if l.o.Clock == nil {
		l.o.Clock = clock.Real
	}
	if l.o.Log == nil {
		l.o.Log = func(Level, string, ...any) {}
	}
}

func (l *loader) run() error {
	if !l.o.SkipChecksum {
		l.r.StartChecksum()
	}
	if err := l.header(); err != nil {
		return err
	}
	l.next = l.r.Offset() + l.o.ProgressEvery
	if err := l.records(); err != nil {
		return err
	}
	if err := l.footer(); err != nil {
		return err
	}
	l.logDone()
	return nil
}

// records reads all records, alone or with helpers.
func (l *loader) records() error {
	if len(l.o.Helpers) == 0 {
		return l.oneByOne(func() error { return nil })
	}
	c := newCrew(l)
	return c.end(l, l.oneByOne(func() error { return c.share(l) }))
}

// oneByOne reads records up to the end of the file. It calls before in front of
// each, which may take some of them out of its hands.
func (l *loader) oneByOne(before func() error) error {
	for !l.done {
		if err := before(); err != nil {
			return err
		}
		if err := l.record(); err != nil {
			return err
		}
		if err := l.progress(); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) header() (err error) {
	if l.file, err = l.r.ReadVersion(); err != nil {
		return err
	}
	l.stats.Version = l.file.Version
	if !l.file.Accepted(l.o.Relaxed) {
		return l.r.Refusef("Can't handle RDB format version %d", l.file.Version)
	}
	if l.o.Accepted != nil {
		return l.o.Accepted(l.file.Version)
	}
	return nil
}

func (l *loader) progress() error {
	if l.o.Progress == nil || l.r.Offset() < l.next {
		return nil
	}
	l.next = l.r.Offset() + l.o.ProgressEvery
	return l.o.Progress(l.r.Offset())
}

// record reads one record: an opcode's or a key's.
func (l *loader) record() error {
	l.start = l.r.Offset()
	code, err := l.r.Byte()
	if err != nil {
		return err
	}
	typ, known := TypeOf(code, l.file.Version)
	handle := l.handler(code)
	if !l.file.Valkey && code >= FirstOwnType && code <= lastOwnOpcode && !((known || handle != nil) && l.file.Foreign()) {
		return l.refuseType(code)
	}
	if handle != nil {
		return handle(l)
	}
	if !known {
		return l.unknownType(code)
	}
	return l.readKey(typ)
}

// refuseType returns the error of a type or opcode of somebody else's files.
func (l *loader) refuseType(code byte) error {
	if name, ok := l.file.stranger(code); ok {
		return l.r.Refusef("The RDB file contains %s (type %d), which this server has nothing for", name, code)
	}
	return l.r.Refusef("Can't handle foreign type or opcode %d in RDB with version %d", code, l.file.Version)
}

func (l *loader) unknownType(code byte) error {
	if _, ok := l.file.stranger(code); ok {
		return l.refuseType(code)
	}
	if l.o.Relaxed {
		return l.r.Refusef("Unknown type or opcode when loading DB. Unrecoverable error, aborting now.")
	}
	return l.r.Corruptf("Unknown RDB encoding type %d", code)
}

func (l *loader) readKey(typ byte) (err error) {
	if l.key, err = l.r.AppendString(l.key[:0]); err != nil {
		return err
	}
	m := l.meta
	l.meta = NoMeta
	switch err := l.deliver(l.key, m, typ, l.r); err {
	case nil:
		l.stats.Loaded++
	case ErrExpiredKey:
		l.stats.Expired++
	case ErrExpiredFields:
		l.stats.ExpiredFields++
	case ErrEmptyKey:
		l.stats.Empty++
		if l.emptyLogged.Add(1) <= emptyKeysLogged {
			l.logEmpty()
		}
	default:
		return err
	}
	return nil
}

// footer compares the checksum behind the EOF opcode.
func (l *loader) footer() error {
	if !l.file.HasChecksum() {
		return nil
	}
	want := l.r.Checksum()
	got, err := l.r.Uint64()
	switch {
	case err != nil || l.o.SkipChecksum:
		return err
	case got == 0:
		l.o.Log(Notice, "RDB file was saved with checksum disabled: no check performed.")
	case got != want:
		l.o.Log(Warning, "Wrong RDB checksum expected: (%x) but got (%x). Aborting now.", want, got)
		return l.r.Corruptf("RDB CRC error")
	}
	return nil
}

func (l *loader) logEmpty() {
	if l.o.ShowUserData {
		l.o.Log(Notice, "rdbLoadObject skipping empty key: %s", l.key)
		return
	}
	l.o.Log(Notice, "rdbLoadObject skipping empty key")
}

func (l *loader) logDone() {
	s := &l.stats
	if s.ModuleKeys > 0 || s.ModuleData > 0 {
		l.o.Log(Warning, "Left out what belongs to modules: %d keys, and %d other records.", s.ModuleKeys, s.ModuleData)
	}
	notes := l.r.state().notes.Load()
	for i, text := range noteTexts {
		if notes&(1<<i) != 0 {
			l.o.Log(Warning, "%s", text)
		}
	}
	if s.Empty > 0 {
		l.o.Log(Notice, "Done loading RDB, keys loaded: %d, keys expired: %d, empty keys skipped: %d, all fields expired hashes: %d.",
			s.Loaded, s.Expired, s.Empty, s.ExpiredFields)
		return
	}
	l.o.Log(Notice, "Done loading RDB, keys loaded: %d, keys expired: %d, all fields expired hashes: %d.",
		s.Loaded, s.Expired, s.ExpiredFields)
}

func (l *loader) logFailure(e *Error) {
	if e.Kind == Refused {
		l.o.Log(Warning, "%s", e.Msg)
		return
	}
	if e.Kind == Short {
		l.o.Log(Warning, "Short read or OOM loading DB. Unrecoverable error, aborting now.")
	}
	l.o.Log(Warning, "%s", e.Internal())
}
