package rdb

// Codes of the parts of a module's value.
const (
	moduleEOF    = 0
	moduleSint   = 1
	moduleUint   = 2
	moduleFloat  = 3
	moduleDouble = 4
	moduleString = 5
)

// Skip reads over a value of type typ, which must be a known one. It checks the
// outer form only: lengths, encodings, compression. A collection without
// elements is ErrEmptyKey; the stream goes on behind it.
func Skip(r *Reader, typ byte) error { return types[typ].skip(r) }

// repeated reads over a count and that many times the parts.
func repeated(parts ...func(*Reader) error) func(*Reader) error {
	return func(r *Reader) error {
		n, err := r.Len()
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrEmptyKey
		}
		return r.times(n, parts...)
	}
}

// inTurn reads over the parts.
func inTurn(parts ...func(*Reader) error) func(*Reader) error {
	return func(r *Reader) error { return r.times(1, parts...) }
}

// times reads n times over the parts. Each takes at least a byte, so that a
// wrong n ends with the stream.
func (r *Reader) times(n uint64, parts ...func(*Reader) error) error {
	for ; n > 0; n-- {
		for _, part := range parts {
			if err := part(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// fixed reads over n bytes.
func fixed(n uint64) func(*Reader) error {
	return func(r *Reader) error { return r.discard(n) }
}

func skipString(r *Reader) error { return r.SkipString() }

func skipLen(r *Reader) error {
	_, err := r.Len()
	return err
}

func skipDouble(r *Reader) error {
	_, err := r.Double()
	return err
}

// counted reads over a count and that many times the parts; none is fine.
func (r *Reader) counted(parts ...func(*Reader) error) error {
	n, err := r.Len()
	if err != nil {
		return err
	}
	return r.times(n, parts...)
}

// skipStream reads over a stream in its version 1 to 5, the last two of which
// are Redis's:
//
//	count, (first id, listpack)…
//	length, last id, [2: first id, highest deleted id, entries added]
//	count, groups: name, last id, [2: entries read],
//	  count, pending: id, time, deliveries
//	  count, consumers: name, seen, [3: active], count, ids…
//	  [5: count, ids of pending entries that were given back]
//	[4: see Reader.SkipProducers]
func skipStream(version int) func(*Reader) error {
	id := fixed(16)
	var meta, group uint64 = 3, 2 // numbers in front of groups, behind a group's name
	if version >= 2 {
		meta, group = 8, 3
	}
	times := fixed(8)
	if version >= 3 {
		times = fixed(16)
	}
	ids := func(r *Reader) error { return r.counted(id) }
	consumers := func(r *Reader) error { return r.counted(skipString, times, ids) }
	pending := func(r *Reader) error { return r.counted(id, fixed(8), skipLen) }
	position := func(r *Reader) error { return r.times(group, skipLen) }
	groups := []func(*Reader) error{skipString, position, pending, consumers}
	if version >= 5 {
		groups = append(groups, ids)
	}
	return func(r *Reader) error {
		if err := r.counted(skipStreamKey, skipString); err != nil {
			return err
		}
		if err := r.times(meta, skipLen); err != nil {
			return err
		}
		if err := r.counted(groups...); err != nil || version < 4 {
			return err
		}
		return r.SkipProducers()
	}
}

// skipStreamKey reads over the first id of a block of entries.
func skipStreamKey(r *Reader) error {
	id, err := r.String()
	if err == nil && len(id) != 16 {
		return r.Corruptf("Stream node key entry is not the size of a stream ID")
	}
	return err
}

func refuseModulePreGA(r *Reader) error {
	return r.Corruptf("Pre-release module format not supported")
}

// skipModule reads over a module's value: its id, then tagged parts.
func skipModule(r *Reader) error {
	if _, err := r.Len(); err != nil {
		return err
	}
	return SkipModuleParts(r)
}

// SkipModuleParts reads over the tagged parts of a module's value or auxiliary
// data, the end mark included.
func SkipModuleParts(r *Reader) error {
	parts := [...]func(*Reader) error{
		moduleSint:   skipLen,
		moduleUint:   skipLen,
		moduleFloat:  fixed(4),
		moduleDouble: fixed(8),
		moduleString: skipString,
	}
	for {
		code, err := r.Len()
		switch {
		case err != nil:
			return err
		case code == moduleEOF:
			return nil
		case code >= uint64(len(parts)):
			return r.Corruptf("Unknown part %d of a module's value", code)
		}
		if err := parts[code](r); err != nil {
			return err
		}
	}
}

// moduleChars are the characters of module type names, six bits each.
const moduleChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// ModuleTypeName returns the nine characters that the upper 54 bits of a module
// type's id stand for. The lower ten are the version of its encoding.
func ModuleTypeName(id uint64) string { return moduleName(id>>10, 9) }

// moduleName returns the n characters that the lowest 6n bits of packed stand for.
func moduleName(packed uint64, n int) string {
	name := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		name[i] = moduleChars[packed&0x3f]
		packed >>= 6
	}
	return string(name)
}
