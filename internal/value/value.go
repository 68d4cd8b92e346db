// Package value is the door for values of every type: one Class per type says
// how its values are named, freed, copied, saved, loaded and digested. The
// keyspace holds records and calls the class of their kind; it knows no type by
// itself.
//
// A value lives in its record (dict.Rec): strings entirely, up to a size;
// larger strings and all other types in blocks that the record refers to.
// Adding a type means one file here with its Class, its structure under ds and
// its family of commands.
package value

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
)

// Object is a view of a record as the holder of a value. It dies when the
// record changes.
type Object struct {
	Heap *offheap.Heap
	Rec  dict.Rec
}

// Digester takes the parts of a value as DEBUG DIGEST orders them.
type Digester interface {
	// Part mixes a part whose place among the others matters.
	Part(b []byte)
	// Unordered mixes the digest of the joined parts in a way that does not
	// depend on the order of calls.
	Unordered(parts ...[]byte)
}

// Class is one type of values.
type Class struct {
	Name string // as TYPE answers

	// Encoding is the name that OBJECT ENCODING answers.
	Encoding func(o Object) string
	// Free gives back what lies outside the record.
	Free func(o Object)
	// Effort is about how many blocks Free gives back. It and FreeSome are nil for
	// strings.
	Effort func(o Object) int
	// FreeSome gives back about n blocks of a value that no record holds any more,
	// and returns the word of what is left of it.
	FreeSome func(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool)
	// Outside is the number of bytes outside the record.
	Outside func(o Object) int
	// Copy writes into dst, the value part of a new record of the same kind in
	// heap h, a value of its own. The record's shape is the same.
	Copy func(h *offheap.Heap, dst []byte, o Object)
	// RDBType is the type byte of the value in an RDB file or DUMP.
	RDBType func(o Object) byte
	// AppendRDB appends the value as such a file holds it after its key. Strings
	// in it are compressed unless c is nil.
	AppendRDB func(dst []byte, o Object, c *lzf.Compressor) []byte
	// AppendCommands appends the commands that make key hold the value, for an
	// append-only file without an RDB base.
	AppendCommands func(dst []byte, key []byte, o Object) []byte
	// Digest tells d the parts of the value.
	Digest func(d Digester, o Object)
	// Elements is there for types whose large values are saved a little at a time, in
	// any order.
	Elements *Elements
	// Freeze is there for types whose values are saved so in an order; the word of
	// such a value is its first block. It begins the saving of o, or returns nil if o
	// is better saved as a whole. The heap's Saving must know the result's State by
	// the address of that block from then on.
	Freeze func(o Object) Saving

	// Due and Expire are for values of dict.KindTimed, parts of which expire; nil if
	// the type has none. Due is a time in Unix milliseconds before which no part
	// does.
	Due func(o Object) int64
	// Expire takes out about n parts that expire before now, tells gone of each
	// (a view that dies with its return), and returns the kind that the value has
	// then. If no part at all is left the value is only good for Free.
	Expire func(o Object, now int64, n int, gone func(part []byte)) (kind dict.Kind, left int)
}

// Elements says how large values are saved a little at a time: the number of
// their elements, then these, in any order. A type that has them makes all changes
// of its tables through dict's methods, or Shields first.
type Elements struct {
	// Table is the table of the elements of a value; nil if its form has none.
	Table func(h *offheap.Heap, kind dict.Kind, word uint64) *dict.Dict
	// AppendRDB appends an element of a value of RDB type typ.
	AppendRDB func(dst []byte, h *offheap.Heap, r offheap.Ref, typ byte, c *lzf.Compressor) []byte
	// AppendCommands appends commands that add some elements to the value of key.
	AppendCommands func(dst, key []byte, h *offheap.Heap, refs []offheap.Ref) []byte
}

// Saving is a large value as it was when it was frozen, to be saved a little at a
// time while it changes. The heap that a method is told is that of who holds the
// value at that time.
type Saving interface {
	// State is what the heap's Saving answers.
	State() any
	// TakeRDB copies what is next in an RDB file after the key, about n bytes, and
	// reports whether that was the rest.
	TakeRDB(h *offheap.Heap, n int) (done bool)
	// AppendRDB appends what TakeRDB has copied, as the file has it. The value need
	// not be held for it.
	AppendRDB(dst []byte, c *lzf.Compressor) []byte
	// TakeCommands and AppendCommands are the same for the commands that make key
	// hold the value. The key is kept until AppendCommands returns.
	TakeCommands(key []byte, h *offheap.Heap, n int) (done bool)
	AppendCommands(dst, key []byte) []byte
	// Skip goes on without saving anything, about as far as n parts.
	Skip(h *offheap.Heap, n int) (done bool)
	// Gone reports whether the value has left its structure, which has nothing to
	// save then but what is kept of its past, for who saves it to free.
	Gone() bool
}

// FreezeFrom is the size in bytes from which on values that have Freeze are not
// saved as a whole.
const FreezeFrom = 32 << 10

// Table is the table of o's elements; nil if it has none.
func (o Object) Table() *dict.Dict {
	if o.Rec.Kind() <= dict.KindBlob {
		return nil
	}
	e := o.Class().Elements
	if e == nil {
		return nil
	}
	return e.Table(o.Heap, o.Rec.Kind(), o.Rec.Word())
}

var classes [32]*Class

// Kinds of the types whose values lie outside of their records. Which structure a
// kind stands for is its type's business.
const (
	KindListPack dict.Kind = dict.KindOther + iota
	KindList
	KindHashPack
	KindHash
	KindSetInts
	KindSetPack
	KindSet
	KindZSetPack
	KindZSet
	KindStream

	KindHashTimed = dict.KindTimed // a KindHash with fields that expire
)

// Register names the class of kinds; it is for init functions of types.
func Register(c *Class, kinds ...dict.Kind) {
	for _, k := range kinds {
		classes[k] = c
	}
}

// Class is the class of o's value.
func (o Object) Class() *Class { return classes[o.Rec.Kind()] }

// FreeSome frees about n blocks of a value that no record holds any more: see
// Class.FreeSome.
func FreeSome(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool) {
	return classes[kind].FreeSome(h, kind, word, n)
}

// Discard frees a value that no record holds.
func Discard(h *offheap.Heap, kind dict.Kind, word uint64) {
	for done := false; !done; {
		word, done = FreeSome(h, kind, word, 1<<30)
	}
}
