package dict

import (
	"encoding/binary"
	"unsafe"

	"sigrun/internal/offheap"
)

// Kind says what the value of a record is. The kinds up to KindBlob are known
// here, as their size depends on them; the others are the caller's, with a
// payload of 8 bytes (KindBlob: 16, KindKey: none).
type Kind uint8

// Kinds of values.
const (
	KindRaw   Kind = iota // bytes
	KindLoose             // bytes that were changed in place; else as KindRaw
	KindInt8              // integers, little endian, of 1, 2, 3, 4, 5, 6 and 8 bytes
	KindInt16
	KindInt24
	KindInt32
	KindInt40
	KindInt48
	KindInt64
	KindBlob  // bytes in a block of their own: ref and length, 8 bytes each
	KindOther // from here on: one word of the caller's
	kinds     = 32

	KindKey   Kind = kinds - 1 // the key is all there is: a member of a set
	KindTimed Kind = kinds - 2 // one word of the caller's, for a value parts of which expire
)

var payload = [kinds]uint8{
	KindInt8: 1, KindInt16: 2, KindInt24: 3, KindInt32: 4, KindInt40: 5, KindInt48: 6, KindInt64: 8, KindBlob: 16,
}

func init() {
	for k := KindOther; k < KindKey; k++ {
		payload[k] = 8
	}
}

const (
	kindMask   = 0x1f
	flagExpiry = 0x20
	flagEpoch  = 0x40
	headerSize = 4
	keyHeader  = 1 // of a KindKey, which needs no access bits
	expirySize = 8
)

// Rec is a record in its block:
//
//	+-----------+-----------+--------------+------+--------+-----+-------+
//	| flags u8  | access u24| [expiry u64] | klen | [vlen] | key | value |
//	+-----------+-----------+--------------+------+--------+-----+-------+
//	  kind 5 bits, has expiry, epoch         varints; vlen only of raw values
//
// access belongs to the eviction policy; expiry is in milliseconds since the
// Unix epoch; the epoch bit belongs to the snapshot. A record of KindKey has
// neither access nor expiry. A Rec is a view: it dies with its block.
type Rec struct{ p unsafe.Pointer }

// At is the record in block r.
func At(h *offheap.Heap, r offheap.Ref) Rec { return Rec{h.Ptr(r)} }

func (r Rec) flags() *uint8 { return (*uint8)(r.p) }

// Kind is the kind of r's value.
func (r Rec) Kind() Kind { return Kind(*r.flags() & kindMask) }

// HasExpiry reports whether r expires.
func (r Rec) HasExpiry() bool { return *r.flags()&flagExpiry != 0 }

// Expiry is when r expires, in Unix milliseconds; r must have an expiry.
func (r Rec) Expiry() int64 {
	return *(*int64)(unsafe.Add(r.p, headerSize))
}

// SetExpiry changes the expiry of a record that has one.
func (r Rec) SetExpiry(ms int64) {
	*(*int64)(unsafe.Add(r.p, headerSize)) = ms
}

// Epoch is the snapshot's bit of r, 0 or 1.
func (r Rec) Epoch() uint8 { return *r.flags() & flagEpoch >> 6 }

// SetEpoch sets the snapshot's bit.
func (r Rec) SetEpoch(bit uint8) { *r.flags() = *r.flags()&^flagEpoch | bit<<6 }

// Access is the eviction policy's 24 bits.
func (r Rec) Access() uint32 { return *(*uint32)(r.p) >> 8 }

// SetAccess sets the eviction policy's 24 bits.
func (r Rec) SetAccess(v uint32) { *(*uint32)(r.p) = *(*uint32)(r.p)&0xff | v<<8 }

func uvarintLen(n int) int {
	l := 1
	for n >= 0x80 {
		n >>= 7
		l++
	}
	return l
}

func (r Rec) uvarint(off int) (n, next int) {
	b := *(*uint8)(unsafe.Add(r.p, off))
	if b < 0x80 {
		return int(b), off + 1
	}
	n = int(b & 0x7f)
	for shift := 7; ; shift += 7 {
		off++
		b = *(*uint8)(unsafe.Add(r.p, off))
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, off + 1
		}
	}
}

// layout finds the parts of r.
func (r Rec) layout() (key, klen, vlen int) {
	f := *r.flags()
	off := headerOf(f) + int(f&flagExpiry>>5)*expirySize
	klen, off = r.uvarint(off)
	if f&kindMask <= uint8(KindLoose) {
		vlen, off = r.uvarint(off)
	} else {
		vlen = int(payload[f&kindMask])
	}
	return off, klen, vlen
}

// Size is the number of bytes that r takes, as Shape.Size.
func (r Rec) Size() int {
	key, klen, vlen := r.layout()
	return key + klen + vlen
}

// Key is a view of r's key.
func (r Rec) Key() []byte {
	off, klen, _ := r.layout()
	return unsafe.Slice((*byte)(unsafe.Add(r.p, off)), klen)
}

func (r Rec) hasKey(key []byte) bool {
	f := *r.flags()
	off := headerOf(f) + int(f&flagExpiry>>5)*expirySize
	klen := int(*(*uint8)(unsafe.Add(r.p, off)))
	if klen < 0x80 { // the common case, without a call
		if klen != len(key) {
			return false
		}
		off++
		if f&kindMask <= uint8(KindLoose) {
			for *(*uint8)(unsafe.Add(r.p, off)) >= 0x80 {
				off++
			}
			off++
		}
	} else {
		off, klen, _ = r.layout()
		if klen != len(key) {
			return false
		}
	}
	return unsafe.String((*byte)(unsafe.Add(r.p, off)), klen) == unsafe.String(unsafe.SliceData(key), klen)
}

// Value is a view of r's inline value: the bytes of a raw one, the payload of
// any other.
func (r Rec) Value() []byte {
	off, klen, vlen := r.layout()
	return unsafe.Slice((*byte)(unsafe.Add(r.p, off+klen)), vlen)
}

// IsInt reports whether r's value is an integer.
func (r Rec) IsInt() bool { k := r.Kind(); return k >= KindInt8 && k <= KindInt64 }

// Int is the value of a record that IsInt.
func (r Rec) Int() int64 {
	v := r.Value()
	var b [8]byte
	copy(b[:], v)
	shift := 64 - 8*uint(len(v))
	return int64(binary.LittleEndian.Uint64(b[:])<<shift) >> shift
}

// IntKind is the smallest kind that holds n.
func IntKind(n int64) Kind {
	m := n ^ n>>63 // the magnitude's bits
	switch {
	case m < 1<<7:
		return KindInt8
	case m < 1<<15:
		return KindInt16
	case m < 1<<23:
		return KindInt24
	case m < 1<<31:
		return KindInt32
	case m < 1<<39:
		return KindInt40
	case m < 1<<47:
		return KindInt48
	}
	return KindInt64
}

// PutInt writes n into a value of kind IntKind(n) or wider.
func PutInt(v []byte, n int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	copy(v, b[:])
}

// Word is the payload of a record of KindOther and above.
func (r Rec) Word() uint64 { return binary.LittleEndian.Uint64(r.Value()) }

// SetWord changes the payload of a record of KindOther and above, and its kind to
// another of these.
func (r Rec) SetWord(kind Kind, word uint64) {
	PutWord(r.Value(), word)
	*r.flags() = *r.flags()&^kindMask | uint8(kind)
}

// PutWord writes what Word reads.
func PutWord(v []byte, word uint64) { binary.LittleEndian.PutUint64(v, word) }

// Shape is what a record is made of, but for its bytes.
type Shape struct {
	Kind   Kind
	Len    int   // bytes of a raw value
	Expiry int64 // Unix milliseconds; negative: none
}

// headerOf is the number of bytes before the expiry or the key of a record with
// flags f.
func headerOf(f uint8) int { // no branch: it is part of each search
	return headerSize - (headerSize-keyHeader)*int((f&kindMask+1)/kinds)
}

// Size is the number of bytes of a record of shape s with a key of klen bytes.
func (s Shape) Size(klen int) int {
	n := headerOf(uint8(s.Kind)) + uvarintLen(klen) + klen
	if s.Expiry >= 0 {
		n += expirySize
	}
	if s.Kind <= KindLoose {
		return n + uvarintLen(s.Len) + s.Len
	}
	return n + int(payload[s.Kind])
}

// Write makes a record of shape s in p, which has at least s.Size bytes, with
// zero access and epoch bits, and returns its value for the caller to fill. The
// key may overlap p.
func (s Shape) Write(p unsafe.Pointer, key []byte) []byte {
	off := headerOf(uint8(s.Kind))
	if s.Expiry >= 0 {
		off += expirySize
	}
	vlen := int(payload[s.Kind])
	body := off + uvarintLen(len(key))
	if s.Kind <= KindLoose {
		vlen = s.Len
		body += uvarintLen(vlen)
	}
	buf := unsafe.Slice((*byte)(p), body+len(key)+vlen)
	copy(buf[body:], key) // first: the key may lie here already
	if s.Kind == KindKey {
		buf[0] = uint8(KindKey)
	} else {
		*(*uint32)(p) = uint32(s.Kind)
	}
	if s.Expiry >= 0 {
		buf[0] |= flagExpiry
		Rec{p}.SetExpiry(s.Expiry)
	}
	off += putUvarint(buf[off:], len(key))
	if s.Kind <= KindLoose {
		putUvarint(buf[off:], vlen)
	}
	return buf[body+len(key):]
}

func putUvarint(b []byte, n int) int {
	i := 0
	for n >= 0x80 {
		b[i] = byte(n) | 0x80
		n >>= 7
		i++
	}
	b[i] = byte(n)
	return i + 1
}
