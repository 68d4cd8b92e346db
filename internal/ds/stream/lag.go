package stream

// Unknown stands for a number of entries read that nobody knows.
const Unknown = -1

// EntriesUpTo is how many entries had been added when the one with this ID was
// the last, as far as that can be told without counting; else Unknown.
func (s Stream) EntriesUpTo(id ID) int64 {
	r := s.r
	switch {
	case r.added == 0:
		return 0
	case r.length == 0 && !r.last.Less(id):
		return int64(r.added)
	case !id.IsZero() && id.Less(r.deleted):
		return Unknown
	case id == r.last:
		return int64(r.added)
	case r.last.Less(id):
		return Unknown
	}
	if r.deleted.IsZero() || r.deleted.Less(r.first) { // no gap among those that are there
		switch {
		case id.Less(r.first):
			return int64(r.added - r.length)
		case id == r.first:
			return int64(r.added - r.length + 1)
		}
	}
	return Unknown
}

// GapBehind reports whether an entry with ID from or above was deleted by itself.
func (s Stream) GapBehind(from ID) bool {
	return s.r.length > 0 && !s.r.deleted.IsZero() && !s.r.deleted.Less(from)
}

// Lag is how many entries g has not read yet; ok is false if that can't be told
// without counting.
func (g Group) Lag() (n int64, ok bool) {
	added := int64(g.s.r.added)
	switch {
	case added == 0:
		return 0, true
	case g.p.read != Unknown && !g.s.GapBehind(g.p.last):
		return added - g.p.read, true
	}
	if read := g.s.EntriesUpTo(g.p.last); read != Unknown {
		return added - read, true
	}
	return 0, false
}
