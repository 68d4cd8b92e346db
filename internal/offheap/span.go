package offheap

// state tells what a span is.
type state uint8

const (
	spanUnused state = iota // the descriptor itself is free
	spanFree
	spanSlab
	spanLarge
)

// span describes a run of pages. Descriptors lie off the heap in an array; the
// index 0 stands for none.
type span struct {
	start  uint32 // first page
	pages  uint32
	next   uint32 // neighbours in whatever list the span is in
	prev   uint32
	state  state
	class  uint8
	clean  bool // free: the system holds no memory for it
	head   uint16
	fresh  uint16 // slab: blocks from here on were never used
	used   uint16 // slab: blocks in use
	heap   uint16 // slab and large: who allocated it
	blocks uint16 // slab: as many fit
	_      [2]byte
}

// list is a doubly linked list of spans.
type list struct{ head uint32 }

func (s *Space) push(l *list, i uint32) {
	sp := s.span(i)
	sp.prev, sp.next = 0, l.head
	if l.head != 0 {
		s.span(l.head).prev = i
	}
	l.head = i
}

func (s *Space) unlink(l *list, i uint32) {
	sp := s.span(i)
	if sp.prev != 0 {
		s.span(sp.prev).next = sp.next
	} else {
		l.head = sp.next
	}
	if sp.next != 0 {
		s.span(sp.next).prev = sp.prev
	}
	sp.next, sp.prev = 0, 0
}
