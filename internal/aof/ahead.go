package aof

import "sync"

// reader reads a file ahead of whoever runs its commands, on a goroutine of its
// own: to read and take apart is a third of the work of loading.
type reader struct {
	batches chan *batch // read
	spare   chan *batch // to be filled
	quit    chan struct{}
	done    sync.WaitGroup

	now  *batch // whose commands are being run
	next int    // of now
}

// batch is the commands that stood together in a buffer.
type batch struct {
	buf  []byte
	args [][]byte // of all commands
	cmds []parsed
	err  error // what came behind the last command
	off  int64 // where that was
}

// parsed is a command of a batch.
type parsed struct {
	first, end int // of its arguments
	raw        []byte
	off        int64 // behind it in the file
}

const (
	batchesAhead = 3
	// maxSpare is the largest buffer that is used again.
	maxSpare = 4 * scanBuffer
	// commandsAhead is by how many commands LoadOptions.Ahead is early.
	commandsAhead = 8
)

// readAhead starts to read what s has not read yet. Nobody else may use s until
// the caller has called stop.
func readAhead(s *scanner) *reader {
	r := &reader{
		batches: make(chan *batch, batchesAhead),
		spare:   make(chan *batch, batchesAhead+2),
		quit:    make(chan struct{}),
		now:     &batch{},
	}
	for range batchesAhead + 1 {
		r.spare <- &batch{}
	}
	r.done.Go(func() { r.read(s) })
	return r
}

// stop ends the reading.
func (r *reader) stop() {
	close(r.quit)
	r.done.Wait()
}

// read cuts the file into batches until it ends or makes no sense.
func (r *reader) read(s *scanner) {
	b := <-r.spare
	alive := true
	s.renew = func(size int) []byte {
		switch {
		case len(b.cmds) == 0: // its buffer holds the beginning of a command, to be copied
			b = &batch{}
		case alive && r.send(b):
			b = <-r.spare
		default:
			b, alive = &batch{}, false
		}
		old := b.buf
		*b = batch{args: b.args[:0], cmds: b.cmds[:0]}
		if len(old) < size || len(old) > maxSpare {
			old = make([]byte, max(size, scanBuffer))
		}
		return old
	}
	defer func() { s.renew = nil }()
	for alive {
		args, raw, err := s.next()
		if err != nil {
			b.err, b.off = err, s.off
			r.send(b)
			return
		}
		first := len(b.args)
		b.args = append(b.args, args...)
		b.buf = s.buf
		b.cmds = append(b.cmds, parsed{first, len(b.args), raw, s.off})
	}
}

// send hands over b, whose buffer the scanner does not use any more. It returns
// false if nobody wants it.
func (r *reader) send(b *batch) bool {
	select {
	case r.batches <- b:
		return true
	case <-r.quit:
		return false
	}
}

// command returns the next command, as scanner.next does, and the offset behind
// it. What it returned before is dead then.
func (r *reader) command() (args [][]byte, raw []byte, off int64, err error) {
	for r.next == len(r.now.cmds) {
		if r.now.err != nil {
			return nil, nil, r.now.off, r.now.err
		}
		r.spare <- r.now
		r.now, r.next = <-r.batches, 0
	}
	c := &r.now.cmds[r.next]
	r.next++
	return r.now.args[c.first:c.end], c.raw, c.off, nil
}

// ahead is a command that will come soon, or nil.
func (r *reader) ahead() [][]byte {
	i := r.next + commandsAhead
	if i >= len(r.now.cmds) {
		return nil
	}
	c := &r.now.cmds[i]
	return r.now.args[c.first:c.end]
}
