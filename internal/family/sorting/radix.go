package sorting

import "slices"

// radixFrom is how many keys pay the passes of a radix sort.
const radixFrom = 128

// maxPieces is how many pieces of words are ranks in turn before whole words are
// compared.
const maxPieces = 16

// sort sorts keys whose ranks are those of a piece of their words, which agree in
// the pieces before it. Many keys are sorted by their ranks first, and then those of
// equal ones.
func (s *sorter) sort(keys []sortKey, piece int) {
	if len(keys) < radixFrom {
		slices.SortFunc(keys, s.compareAll)
		return
	}
	s.radix(keys)
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j].rank == keys[i].rank {
			j++
		}
		if j > i+1 {
			s.sortEqual(keys[i:j], piece)
		}
		i = j
	}
}

// sortEqual sorts keys of equal ranks.
func (s *sorter) sortEqual(keys []sortKey, piece int) {
	piece++
	longer := func(k sortKey) bool { return len(s.words[k.i]) > piece*pieceBytes }
	if !s.alpha || piece == maxPieces || len(keys) < radixFrom || !slices.ContainsFunc(keys, longer) {
		slices.SortFunc(keys, s.compareAll)
		return
	}
	for i := range keys {
		keys[i].rank = s.wordRank(int(keys[i].i), piece)
	}
	s.sort(keys, piece)
}

// radix sorts keys by their ranks, a byte at a time from the lowest on. Keys of
// equal ranks keep their order.
func (s *sorter) radix(keys []sortKey) {
	if cap(s.spare) < len(keys) {
		s.spare = make([]sortKey, len(keys))
	}
	from, to := keys, s.spare[:len(keys)]
	var counts [8][256]int32
	for _, k := range keys {
		for b := range counts {
			counts[b][byte(k.rank>>(8*b))]++
		}
	}
	for b := range counts {
		places := &counts[b]
		if places[byte(keys[0].rank>>(8*b))] == int32(len(keys)) {
			continue // all have the same byte there
		}
		next := int32(0)
		for i, n := range places {
			places[i] = next
			next += n
		}
		for _, k := range from {
			place := &places[byte(k.rank>>(8*b))]
			to[*place] = k
			*place++
		}
		from, to = to, from
	}
	if &from[0] != &keys[0] {
		copy(keys, from)
	}
}
