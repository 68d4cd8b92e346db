package netio

import (
	"bytes"
	"testing"
)

// FuzzOutq compares a queue with a slice of bytes, each with the marks before it.
func FuzzOutq(f *testing.F) {
	f.Add([]byte{0, 10, 0, 200, 2, 3, 0, 9, 3, 3, 1, 255})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var (
			q       outq
			all     []*Shared
			want    []byte
			behind  []int // how many marks each byte of want is behind
			marks   []mark
			before  int // the first of them that still holds back, as last seen
			next    byte
			barrier uint64
			p       passed
		)
		for len(ops) >= 2 {
			op, arg := ops[0]%4, int(ops[1])
			ops = ops[2:]
			switch op {
			case 0: // queue up to 64 KB
				b := make([]byte, arg*arg)
				for i := range b {
					b[i] = next
					next++
					behind = append(behind, len(marks))
				}
				switch {
				case arg%16 == 15:
					q.adopt(bytes.Clone(b))
				case arg%16 == 7:
					held := NewShared(append(make([]byte, arg), b...))
					all = append(all, held)
					q.share(held, arg)
				default:
					q.append(b)
				}
				want = append(want, b...)
			case 1: // send what may go
				k := 0
				for len(marks) > before && p.lets(marks[before].barrier, marks[before].acks) {
					before++
				}
				for k < len(want) && behind[k] <= before {
					k++
				}
				if got := q.sendable(p); got != k {
					t.Fatalf("%d bytes sendable, want %d", got, k)
				}
				k = min(k, arg*257)
				var sent []byte
				q.each(k, func(b []byte) bool { sent = append(sent, b...); return true })
				if !bytes.Equal(sent, want[:k]) {
					t.Fatalf("wrong bytes among the first %d", k)
				}
				q.consume(k)
				want, behind = want[k:], behind[k:]
			case 2:
				barrier += uint64(arg % 8)
				if acks := arg%16 > 8; !p.lets(barrier, acks) && arg%8 > 0 {
					q.hold(q.end(), barrier, acks)
					marks = append(marks, mark{0, barrier, acks})
				}
			case 3:
				p.all += uint64(arg % 8)
				p.reads += uint64(arg / 8 % 16)
			}
			if q.n != len(want) {
				t.Fatalf("%d bytes, want %d", q.n, len(want))
			}
		}
		q.reset()
		if q.size() != 0 {
			t.Errorf("%d bytes left", q.size())
		}
		for _, s := range all {
			if s.refs.Load() != 0 {
				t.Error("shared bytes are still held")
			}
		}
	})
}

func TestStack(t *testing.T) {
	var s stack
	if s.take() != nil {
		t.Error("letters in an empty stack")
	}
	for i := range 3 {
		if taken, first := s.push(&letter{msg: i}); !taken || first != (i == 0) {
			t.Errorf("letter %d: taken %v, first %v", i, taken, first)
		}
	}
	i := 0
	for n := s.take(); n != nil; n = n.recycle() {
		if n.msg != i {
			t.Errorf("letter %d is %v", i, n.msg)
		}
		i++
	}
	_, _ = s.push(&letter{msg: "last"})
	if n := s.shut(); n == nil || n.msg != "last" || n.next != nil {
		t.Error("shut lost a letter")
	}
	if taken, _ := s.push(&letter{}); taken || s.take() != nil || s.shut() != nil {
		t.Error("a shut stack takes letters")
	}
}

// FuzzCarry feeds a connection's input in pieces and consumes it in others.
func FuzzCarry(f *testing.F) {
	f.Add([]byte{1, 0, 200, 3, 255, 255, 7, 9}, uint16(0))
	f.Add([]byte{9, 9, 9, 9, 9, 9, 0, 0, 0, 40}, uint16(30000))
	f.Fuzz(func(t *testing.T, pieces []byte, want uint16) {
		l := &Loop{}
		c := &Conn{want: int(want)}
		var fed, eaten, have int
		for i, p := range pieces {
			b := make([]byte, int(p)*int(p)*(1+i%3*8))
			for j := range b {
				b[j] = byte(fed)
				fed++
			}
			copy(l.reserve(c, len(b)), b)
			c.received(len(b))
			have += len(b)
			if !c.offer() {
				if have >= c.want && have > 0 {
					t.Fatalf("%d bytes, want %d: not offered", have, c.want)
				}
				continue
			}
			if len(c.In) != have {
				t.Fatalf("offered %d bytes of %d", len(c.In), have)
			}
			eat := min(have, int(p)*17)
			for _, x := range c.In[:eat] {
				if x != byte(eaten) {
					t.Fatalf("byte %d is %d", eaten, x)
				}
				eaten++
			}
			c.Discard(eat)
			have -= eat
			if p%5 == 0 {
				c.Want(int(p) << (p % 16))
			}
			l.keep(c)
			if c.InputBytes() != have {
				t.Fatalf("kept %d bytes of %d", c.InputBytes(), have)
			}
		}
		if c.carry != nil {
			l.dropCarry(c)
		}
	})
}
