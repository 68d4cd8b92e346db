package rdb

import (
	"encoding/binary"
	"iter"
	"sync"
	"sync/atomic"

	"sigrun/internal/ds/listpack"
)

// What only files and payloads of Redis 7.4 and later hold. Their types 22 to 33
// and opcodes 242 and 243 are other ones in those of Valkey.

// Types of Redis 7.4 and later. In its files and payloads they are 22 and those
// that follow; everywhere else in this program they go by numbers that nobody
// writes.
const (
	TypeRedisHashCandidate = 150 + iota // count, then expiry, field, value; of the candidates for 7.4
	TypeRedisPackCandidate              // listpack of field, value, expiry; of the candidates for 7.4
	TypeRedisHash                       // earliest expiry, count, then expiry counted from that, field, value
	TypeRedisPack                       // earliest expiry, listpack of field, value, expiry
	TypeRedisStream4                    // with what producers have sent; Redis 8.6
	TypeRedisStream5                    // with pending entries that no consumer owns; Redis 8.8
	typeRedisArray                      // Redis 8.8; refused
	TypeRedisTemplatePack               // template, listpack of a number and values; Redis 8.10, in payloads
	TypeRedisPackRef                    // listpack of a template's number and values; Redis 8.10, in files
	TypeRedisTemplateArray              // template, values; Redis 8.10, in payloads
	TypeRedisArrayRef                   // a template's number, values; Redis 8.10, in files
	typeRedisLimiter                    // of some builds of the candidates for Redis 8.8; refused

	firstRedisType = TypeRedisHashCandidate
	lastRedisType  = typeRedisLimiter
)

// TypeOf is the type that a byte stands for in a file or payload of the given
// version; ok is false if it stands for none that this package knows.
func TypeOf(code byte, version int) (typ byte, ok bool) {
	if !foreign(version) || code < FirstOwnType {
		return code, code < firstRedisType && KnownType(code)
	}
	if code > FirstOwnType+lastRedisType-firstRedisType {
		return code, false
	}
	typ = code - FirstOwnType + firstRedisType
	return typ, KnownType(typ)
}

// Opcodes of Redis that are other ones in files of Valkey.
const (
	OpRAMUse       = 107 // when a key was used last; Redis Enterprise
	OpSlotNumber   = 121 // the slot of the keys that follow; Redis Enterprise
	OpHashTemplate = 242 // names of fields that hashes refer to; Redis 8.10
	OpKeyMeta      = 243 // what modules have noted of the next key; Redis 8.6
)

// strangers names the types that are known, and refused.
var strangers = map[byte]string{
	typeRedisArray - firstRedisType + FirstOwnType:   "an array of Redis 8.8",
	typeRedisLimiter - firstRedisType + FirstOwnType: "a rate limiter of Redis",
}

// typePathHash is the type of Valkey 9.2 that Valkey 9.1 doesn't have.
const typePathHash = 23

// stranger names what code stands for in a file of this version, if that is a
// type which this server has nothing for.
func (v FileVersion) stranger(code byte) (name string, ok bool) {
	if v.Valkey {
		return "a path hash of Valkey 9.2", code == typePathHash && v.Version >= newest
	}
	name, ok = strangers[code]
	return name, ok && v.Foreign()
}

// Notes are what was dropped while reading values, because there is no room for
// it here.
type Notes uint32

// What a file may hold that is dropped.
const (
	// NoteProducers: what producers have sent to a stream, which lets Redis 8.6
	// ignore what they send twice.
	NoteProducers Notes = 1 << iota
	// NoteReleased: pending entries of streams that were given back with XNACK.
	// They are pending still, for a consumer that is made for them.
	NoteReleased
)

// noteTexts is what is logged of each note, from the lowest bit up.
var noteTexts = [...]string{
	"Streams hold what producers have sent, for XADD with IDMP of Redis 8.6: dropped, what was sent before may be added twice.",
	"Streams hold pending entries that were released with XNACK of Redis 8.8: they now belong to the consumer '" + ReleasedConsumer + "'.",
}

// ReleasedConsumer owns the pending entries that have no owner in Redis.
const ReleasedConsumer = "xnack"

// fileState is what the Readers of one file share. Safe for concurrent use.
type fileState struct {
	notes     atomic.Uint32
	mu        sync.RWMutex
	templates map[uint64]Fields
}

// state returns what r knows of its file, for changing it.
func (r *Reader) state() *fileState {
	if r.file == nil {
		r.file = new(fileState)
	}
	return r.file
}

// SameFile makes r read values of the file that of reads: with its templates of
// hashes, and what is noted of either is noted of both.
func (r *Reader) SameFile(of *Reader) { r.file = of.state() }

// Note remembers that something was dropped.
func (r *Reader) Note(n Notes) { r.state().notes.Or(uint32(n)) }

// Fields are the names of the fields of a hash, in order.
type Fields struct {
	n      int
	packed []byte // each behind its length, so that many short ones take no more than in the file
}

// Len is how many names there are.
func (f Fields) Len() int { return f.n }

// All goes through the names, which are views.
func (f Fields) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for p := f.packed; len(p) > 0; {
			n, head := binary.Uvarint(p)
			end := head + int(n)
			if !yield(p[head:end:end]) {
				return
			}
			p = p[end:]
		}
	}
}

func (f *Fields) add(name []byte) {
	f.n++
	f.packed = append(binary.AppendUvarint(f.packed, uint64(len(name))), name...)
}

// Template returns the names of the fields of hashes that refer to number id.
func (r *Reader) Template(id uint64) (Fields, error) {
	s := r.state()
	s.mu.RLock()
	defer s.mu.RUnlock()
	fields, ok := s.templates[id]
	if !ok {
		return Fields{}, r.Corruptf("Invalid hash template ID %d", id)
	}
	return fields, nil
}

// ReadTemplate reads the record of a template: a number, and the names of the
// fields of all hashes that refer to it.
func (r *Reader) ReadTemplate() error {
	id, err := r.Len()
	if err != nil {
		return err
	}
	fields, err := r.rawFields()
	if err != nil {
		return err
	}
	s := r.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.templates[id]; there {
		return r.Corruptf("Duplicate hash template ID %d", id)
	}
	if s.templates == nil {
		s.templates = map[uint64]Fields{}
	}
	s.templates[id] = fields
	return nil
}

// How the names of fields stand in a value that refers to no template.
const (
	fieldsPacked = 0 // a listpack
	fieldsRaw    = 1 // a count and strings
)

// FieldNames reads the names of fields in front of a hash's values.
func (r *Reader) FieldNames() (Fields, error) {
	form, err := r.Len()
	switch {
	case err != nil:
		return Fields{}, err
	case form == fieldsPacked:
		return r.packedFields()
	case form == fieldsRaw:
		return r.rawFields()
	}
	return Fields{}, r.Corruptf("Unknown form %d of the fields of a hash template", form)
}

func (r *Reader) rawFields() (f Fields, err error) {
	n, err := r.Len()
	for ; n > 0 && err == nil; n-- {
		var name []byte
		if name, err = r.String(); err == nil {
			f.add(name)
		}
	}
	return f, r.checkFields(f, err)
}

func (r *Reader) packedFields() (f Fields, err error) {
	lp, err := r.String()
	if err == nil && !listpack.Valid(lp, true) {
		err = r.Corruptf("Hash template listpack integrity check failed.")
	}
	if err != nil {
		return f, err
	}
	var text []byte
	for p := listpack.First(lp); p != listpack.End; {
		var e listpack.Entry
		e, p = listpack.GetNext(lp, p)
		text = listpack.AppendText(text[:0], e)
		f.add(text)
	}
	return f, r.checkFields(f, nil)
}

func (r *Reader) checkFields(f Fields, err error) error {
	if err == nil && f.n == 0 {
		return r.Corruptf("Hash template with zero fields")
	}
	return err
}

func skipTemplate(r *Reader) error {
	_, err := r.FieldNames()
	return err
}

func skipTemplateArray(r *Reader) error {
	fields, err := r.FieldNames()
	if err != nil {
		return err
	}
	return r.times(uint64(fields.Len()), skipString)
}

func skipArrayRef(r *Reader) error {
	id, err := r.Len()
	if err != nil {
		return err
	}
	fields, err := r.Template(id)
	if err != nil {
		return err
	}
	return r.times(uint64(fields.Len()), skipString)
}

// SkipProducers reads over the end of a stream of Redis 8.6 or later: how long
// and how much is remembered of producers, for each of them what it has sent and
// as which entry that was added, and two totals.
func (r *Reader) SkipProducers() error {
	if err := r.times(2, skipLen); err != nil {
		return err
	}
	sent := func(r *Reader) error { return r.counted(skipString, skipLen, skipLen) }
	n, err := r.Len()
	if err != nil {
		return err
	}
	if n > 0 {
		r.Note(NoteProducers)
	}
	if err := r.times(n, skipString, sent); err != nil {
		return err
	}
	return r.times(2, skipLen)
}

// KeyMetaClass is a kind of metadata that a module has put on keys.
type KeyMetaClass struct {
	Name     string // four characters
	Optional bool   // the module lets others ignore it
}

// ReadKeyMetaClass reads what stands in front of the parts of one piece of a
// key's metadata.
func (r *Reader) ReadKeyMetaClass() (KeyMetaClass, error) {
	spec, err := r.Uint32()
	if err != nil {
		return KeyMetaClass{}, err
	}
	// 24 bits of name, 5 of version, 3 of flags, the lowest of which is this one.
	return KeyMetaClass{moduleName(uint64(spec>>8), 4), spec&1 != 0}, nil
}

func (l *loader) hashTemplate() error {
	if l.file.Version < firstTemplates {
		return l.refuseType(OpHashTemplate)
	}
	return l.r.ReadTemplate()
}

// keyMeta reads over the metadata of the next key, if their modules let that be.
func (l *loader) keyMeta() error {
	if l.file.Version < firstKeyMeta {
		return l.refuseType(OpKeyMeta)
	}
	n, err := l.r.Len()
	for ; n > 0 && err == nil; n-- {
		var c KeyMetaClass
		c, err = l.r.ReadKeyMetaClass()
		switch {
		case err != nil:
		case !c.Optional && !l.o.SkipModules:
			return l.r.Refusef("RDB load key metadata failed: Class '%s' not registered or missing rdb_load().", c.Name)
		default:
			l.stats.ModuleData++
			err = SkipModuleParts(l.r)
		}
	}
	return err
}
