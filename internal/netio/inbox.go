package netio

import (
	"sync"
	"sync/atomic"
)

// letter is one entry of an inbox: a call for the loop itself, a note that conn
// has mail, or else a message for the handler.
type letter struct {
	next *letter
	call func(l *Loop)
	conn *Conn
	msg  any
}

var letters = sync.Pool{New: func() any { return new(letter) }}

// stack is a list of letters with many producers and one consumer who takes all
// at once. Nothing is ever popped singly, so a letter that is used again while a
// producer looks at it does no harm: the producer links to whatever is on top.
type stack struct{ head atomic.Pointer[letter] }

// closedBox marks a stack that takes no more letters.
var closedBox = new(letter)

// push reports whether the letter was taken, and whether the stack was empty.
func (s *stack) push(n *letter) (taken, first bool) {
	for {
		head := s.head.Load()
		if head == closedBox {
			return false, false
		}
		n.next = head
		if s.head.CompareAndSwap(head, n) {
			return true, head == nil
		}
	}
}

// take empties the stack and returns its letters, oldest first.
func (s *stack) take() *letter {
	if head := s.head.Load(); head == nil || head == closedBox {
		return nil
	}
	return reverse(s.head.Swap(nil))
}

// shut returns the letters that were left, oldest first, and refuses further ones.
func (s *stack) shut() *letter {
	return reverse(s.head.Swap(closedBox))
}

func reverse(n *letter) *letter {
	if n == closedBox {
		return nil
	}
	var first *letter
	for n != nil {
		n, n.next, first = n.next, first, n
	}
	return first
}

// recycle gives n back and returns its successor.
func (n *letter) recycle() *letter {
	next := n.next
	*n = letter{}
	letters.Put(n)
	return next
}

// States of a bell.
const (
	bellAwake = iota // the loop will look into its inbox before it sleeps
	bellAsleep
	bellGone // the loop has ended: its wake-up channel may be gone too
)

// inbox is a loop's stack of letters and the bell that wakes the loop.
type inbox struct {
	stack
	state   atomic.Int32
	ringers atomic.Int32 // posters that may be about to ring
	ring    func()
}

// post adds a letter from any goroutine. After the loop has ended letters pile up
// until Server.Close throws them away.
func (b *inbox) post(n *letter) {
	if taken, _ := b.push(n); !taken || b.state.Load() != bellAsleep {
		return
	}
	b.ringers.Add(1)
	if b.state.CompareAndSwap(bellAsleep, bellAwake) {
		b.ring()
	}
	b.ringers.Add(-1)
}

// mayLieDown announces sleep and reports whether the inbox is still empty.
// If it is not the loop must not sleep.
func (b *inbox) mayLieDown() bool {
	b.state.Store(bellAsleep)
	if b.head.Load() == nil {
		return true
	}
	b.state.Store(bellAwake)
	return false
}

func (b *inbox) wakeUp() { b.state.Store(bellAwake) }

// retire makes sure that nobody rings any more.
func (b *inbox) retire(yield func()) {
	b.state.Store(bellGone)
	for b.ringers.Load() != 0 {
		yield()
	}
}
