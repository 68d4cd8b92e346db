package offheap

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"sigrun/internal/invariant"
)

const (
	chunkSize  = 2 << 20 // memory is asked from the system in multiples of this
	chunkPages = chunkSize / pageSize
	// Small processes stay small: huge pages only from here on.
	hugeFrom = 8 << 20
	// Free spans are kept in exact lists up to this many pages, then by power of two.
	exactLists = 64
	freeLists  = exactLists + 32
	// A free span at least this long gives its memory back to the system.
	scavengePages = 16
)

// Space is a reserved range of addresses and the pages in it. Its methods may
// be called from any goroutine; Ptr and Bytes take no lock.
type Space struct {
	base unsafe.Pointer

	mu        sync.Mutex
	size      uint64 // bytes reserved
	top       uint32 // first page that was never handed out
	committed uint32 // pages usable
	spans     table  // of span
	pageMap   table  // of uint32: page to span
	spanCount uint32 // descriptors ever used, the none of index 0 included
	unused    list   // of descriptors
	free      [freeLists]list
	nonEmpty  [(freeLists + 63) / 64]uint64
	dirty     uint64 // bytes of free spans whose memory the system still provides

	heaps []*Heap // by id
	ahead ahead

	inUse atomic.Int64  // bytes of slab and large spans
	limit atomic.Uint64 // refs below it may be read, whatever they are: see Readable
}

// table is a lazily committed array outside the Go heap.
type table struct {
	base      unsafe.Pointer
	reserved  uintptr
	committed uintptr
}

// Options of a Space.
type Options struct {
	// Reserve is the size of the address range in bytes; 0 means 1 TiB, or
	// less if the system refuses that.
	Reserve uint64
}

// NewSpace reserves a range of addresses.
func NewSpace(o Options) (*Space, error) {
	sizes := []uint64{o.Reserve}
	if o.Reserve == 0 {
		sizes = []uint64{1 << 40, 1 << 38, 1 << 36, 1 << 34, 1 << 32}
	}
	var err error
	for _, size := range sizes {
		size = (size + chunkSize - 1) &^ (chunkSize - 1)
		s := &Space{size: size, top: 1, spanCount: 1}
		if err = s.reserve(); err == nil {
			return s, nil
		}
		_ = s.Close()
	}
	return nil, fmt.Errorf("cannot reserve address space: %w", err)
}

func (s *Space) reserve() error {
	pages := s.size >> pageShift
	base, err := reserve(uintptr(s.size), chunkSize)
	if err != nil {
		return err
	}
	s.base = base
	if err := s.pageMap.init(uintptr(pages) * 4); err != nil {
		return err
	}
	return s.spans.init(uintptr(pages+1) * unsafe.Sizeof(span{}))
}

// Close gives everything back to the system. No block may be used afterwards.
func (s *Space) Close() error {
	s.ahead.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.base != nil {
		err = release(s.base, uintptr(s.size))
		s.base = nil
	}
	s.pageMap.close()
	s.spans.close()
	return err
}

func (t *table) init(size uintptr) (err error) {
	t.reserved = (size + chunkSize - 1) &^ (chunkSize - 1)
	t.base, err = reserve(t.reserved, chunkSize)
	return err
}

// grow makes the first n bytes of t usable.
func (t *table) grow(n uintptr) error {
	const step = 64 << 10
	if n <= t.committed {
		return nil
	}
	n = min((n+step-1)&^(step-1), t.reserved)
	if err := commit(unsafe.Add(t.base, t.committed), n-t.committed); err != nil {
		return err
	}
	t.committed = n
	return nil
}

func (t *table) close() {
	if t.base != nil {
		_ = release(t.base, t.reserved)
		t.base = nil
	}
}

func (s *Space) span(i uint32) *span {
	return (*span)(unsafe.Add(s.spans.base, uintptr(i)*unsafe.Sizeof(span{})))
}

func (s *Space) page(p uint32) *uint32 {
	return (*uint32)(unsafe.Add(s.pageMap.base, uintptr(p)*4))
}

// spanOf is the index of the span that block r lies in.
func (s *Space) spanOf(r Ref) uint32 { return *s.page(uint32(r >> refsPage)) }

// InUse is the number of bytes in spans that hold blocks.
func (s *Space) InUse() int64 { return s.inUse.Load() }

// Mapped is the number of bytes that the system provides or would provide.
func (s *Space) Mapped() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inUse.Load() + int64(s.dirty)
}

// Readable reports whether the page that r lies in and the next one can be read,
// for who follows a ref that may be stale, only to warm the cache.
func (s *Space) Readable(r Ref) bool { return uint64(r) < s.limit.Load() }

// takeSpan returns a span of exactly n pages in state st; its pages are in the
// page map. It panics when the system refuses memory or the range is used up.
func (s *Space) takeSpan(n uint32, st state) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.fit(n)
	if i == 0 {
		i = s.extend(n)
	}
	sp := s.span(i)
	if sp.pages > n {
		s.splitTail(i, n)
	}
	sp.state = st
	for p := sp.start; p < sp.start+n; p++ {
		*s.page(p) = i
	}
	s.inUse.Add(int64(n) << pageShift)
	return i
}

// fit takes the best of the free spans of at least n pages off its list.
func (s *Space) fit(n uint32) uint32 {
	for b := s.nextList(listOf(n)); b < freeLists; b = s.nextList(b + 1) {
		best := uint32(0)
		for i := s.free[b].head; i != 0; i = s.span(i).next {
			if p := s.span(i).pages; p >= n && (best == 0 || p < s.span(best).pages) {
				best = i
				if b < exactLists {
					break
				}
			}
		}
		if best != 0 {
			s.removeFree(best)
			return best
		}
	}
	return 0
}

func (s *Space) nextList(b int) int {
	for b < freeLists {
		if w := s.nonEmpty[b/64] >> (b % 64); w != 0 {
			return b + bits.TrailingZeros64(w)
		}
		b = (b/64 + 1) * 64
	}
	return freeLists
}

func listOf(pages uint32) int {
	if pages < exactLists {
		return int(pages)
	}
	return exactLists + bits.Len32(pages) - 7
}

func (s *Space) addFree(i uint32) {
	sp := s.span(i)
	sp.state = spanFree
	*s.page(sp.start) = i
	*s.page(sp.start + sp.pages - 1) = i
	if !sp.clean {
		s.dirty += uint64(sp.pages) << pageShift
	}
	b := listOf(sp.pages)
	s.push(&s.free[b], i)
	s.nonEmpty[b/64] |= 1 << (b % 64)
}

func (s *Space) removeFree(i uint32) {
	sp := s.span(i)
	b := listOf(sp.pages)
	s.unlink(&s.free[b], i)
	if s.free[b].head == 0 {
		s.nonEmpty[b/64] &^= 1 << (b % 64)
	}
	if !sp.clean {
		s.dirty -= uint64(sp.pages) << pageShift
	}
}

// extend returns a new span of at least n pages at the top of the range.
func (s *Space) extend(n uint32) uint32 {
	need := (s.top + n + chunkPages - 1) / chunkPages * chunkPages
	if uint64(need)<<pageShift > s.size {
		panic("offheap: the reserved address range is used up")
	}
	if need > s.committed {
		if err := s.commitTo(need); err != nil {
			panic("offheap: the system refuses memory: " + err.Error())
		}
	}
	return s.claim()
}

// claim makes the committed pages above the top one span.
func (s *Space) claim() uint32 {
	i := s.descriptor()
	sp := s.span(i)
	sp.start, sp.pages, sp.clean = s.top, s.committed-s.top, true
	s.top = s.committed
	return i
}

func (s *Space) commitTo(pages uint32) error {
	from, to := uintptr(s.committed)<<pageShift, uintptr(pages)<<pageShift
	err := commit(unsafe.Add(s.base, from), to-from)
	if err == nil {
		err = s.pageMap.grow(uintptr(pages) * 4)
	}
	if err != nil {
		return err
	}
	if from >= hugeFrom {
		adviseHuge(unsafe.Add(s.base, from), to-from)
	}
	s.committed = pages
	s.limit.Store(uint64(pages-1) << refsPage)
	return nil
}

// splitTail cuts span i to n pages; the rest becomes a free span.
func (s *Space) splitTail(i, n uint32) {
	rest := s.descriptor()
	sp, r := s.span(i), s.span(rest)
	r.start, r.pages, r.clean = sp.start+n, sp.pages-n, sp.clean
	sp.pages = n
	s.addFree(rest)
	if r.pages < aheadPages && r.start+r.pages == s.top {
		s.ahead.start(s)
	}
}

func (s *Space) descriptor() uint32 {
	if i := s.unused.head; i != 0 {
		s.unlink(&s.unused, i)
		*s.span(i) = span{}
		return i
	}
	i := s.spanCount
	s.spanCount++
	if err := s.spans.grow(uintptr(s.spanCount) * unsafe.Sizeof(span{})); err != nil {
		panic("offheap: the system refuses memory: " + err.Error())
	}
	return i
}

// giveSpan returns span i to the free ones and joins it with its neighbours.
func (s *Space) giveSpan(i uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.span(i)
	s.inUse.Add(-int64(sp.pages) << pageShift)
	sp.clean = false
	if sp.pages >= 4*chunkPages { // too big to wait for the next scavenge
		releasePages(unsafe.Add(s.base, uintptr(sp.start)<<pageShift), uintptr(sp.pages)<<pageShift)
		sp.clean = true
	}
	s.giveFree(i)
}

// giveFree puts span i among the free ones, joined with equally clean or dirty neighbours.
// A clean and a dirty neighbour join as a dirty one.
func (s *Space) giveFree(i uint32) {
	sp := s.span(i)
	if prev := *s.page(sp.start - 1); prev != 0 && s.joins(prev, sp.start-1) {
		s.removeFree(prev)
		p := s.span(prev)
		p.pages += sp.pages
		p.clean = p.clean && sp.clean
		s.retire(i)
		i, sp = prev, p
	}
	if end := sp.start + sp.pages; end < s.top {
		if next := *s.page(end); next != 0 && s.joins(next, end) {
			s.removeFree(next)
			n := s.span(next)
			sp.pages += n.pages
			sp.clean = sp.clean && n.clean
			s.retire(next)
		}
	}
	s.addFree(i)
}

// joins reports whether span i is free and has page p as its first or last one
// (the page map may hold stale entries for inner pages of free spans).
func (s *Space) joins(i, p uint32) bool {
	sp := s.span(i)
	return sp.state == spanFree && (sp.start == p || sp.start+sp.pages-1 == p)
}

func (s *Space) retire(i uint32) {
	*s.span(i) = span{}
	s.push(&s.unused, i)
}

// Scavenge gives the memory of long free spans back to the system, at most
// budget bytes of it, and returns how many bytes it gave.
func (s *Space) Scavenge(budget int64) (given int64) {
	for given < budget {
		n := s.scavengeOne()
		if n == 0 {
			break
		}
		given += n
	}
	return given
}

func (s *Space) scavengeOne() int64 {
	s.mu.Lock()
	if s.dirty == 0 {
		s.mu.Unlock()
		return 0
	}
	found := uint32(0)
	for b := s.nextList(scavengePages); b < freeLists && found == 0; b = s.nextList(b + 1) {
		for i := s.free[b].head; i != 0; i = s.span(i).next {
			if !s.span(i).clean {
				found = i
				break
			}
		}
	}
	if found == 0 {
		s.mu.Unlock()
		return 0
	}
	s.removeFree(found)
	sp := s.span(found)
	sp.state = spanLarge // nobody joins it meanwhile
	s.mu.Unlock()
	n := uintptr(sp.pages) << pageShift
	releasePages(unsafe.Add(s.base, uintptr(sp.start)<<pageShift), n)
	s.mu.Lock()
	sp.clean = true
	s.giveFree(found)
	s.mu.Unlock()
	return int64(n)
}

// Check walks all spans and reports the first broken invariant.
func (s *Space) Check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wasFree := false
	for p := uint32(1); p < s.top; {
		i := *s.page(p)
		sp := s.span(i)
		if i == 0 || sp.start != p || sp.pages == 0 {
			return fmt.Errorf("offheap: page %d maps to span %d, which starts at %d", p, i, sp.start)
		}
		if last := *s.page(p + sp.pages - 1); last != i {
			return fmt.Errorf("offheap: last page of span %d maps to %d", i, last)
		}
		isFree := sp.state == spanFree
		if isFree && wasFree {
			return fmt.Errorf("offheap: free spans meet at page %d", p)
		}
		wasFree = isFree
		p += sp.pages
	}
	return nil
}

func init() {
	invariant.Assert(unsafe.Sizeof(span{}) == 32, "a span descriptor has 32 bytes")
}
