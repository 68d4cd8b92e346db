package rdb

import "math"

// CommandSink is a Sink that takes commands too: a primary with Valkey 9.2 sends
// them between the keys of a full synchronisation. Without it a file that holds
// one is refused.
type CommandSink interface {
	Sink
	// Command runs a command, in the database that was selected last. Its
	// arguments are dead when it returns.
	Command(args [][]byte) error
}

func (l *loader) update() error {
	if l.file.Version < newest {
		return l.unknownType(OpUpdate)
	}
	args, err := l.r.ReadCommand()
	if err != nil {
		return err
	}
	sink, ok := l.sink.(CommandSink)
	if !ok {
		return l.r.Refusef("The RDB file contains commands, as streams to replicas do, and can't be loaded from disk")
	}
	return sink.Command(args)
}

// ReadCommand reads a command as clients send it. Its arguments belong to the
// caller.
func (r *Reader) ReadCommand() (args [][]byte, err error) {
	n, err := r.commandNumber('*')
	for ; n > 0 && err == nil; n-- {
		var size uint64
		if size, err = r.commandNumber('$'); err != nil {
			break
		}
		var arg []byte
		if arg, err = r.appendBytes(nil, int(size)); err == nil {
			args = append(args, arg)
			err = r.lineEnd()
		}
	}
	if err == nil && len(args) == 0 {
		err = r.Corruptf("Command without a name")
	}
	return args, err
}

// commandNumber reads a line of mark and a number.
func (r *Reader) commandNumber(mark byte) (n uint64, err error) {
	b, err := r.Byte()
	if err == nil && b != mark {
		return 0, r.Corruptf("Command with a byte %d where a %q must be", b, mark)
	}
	for digits := 0; err == nil; digits++ {
		if b, err = r.Byte(); err != nil || b == '\r' && digits > 0 {
			break
		}
		if b < '0' || b > '9' || n > math.MaxInt32 {
			return 0, r.Corruptf("Command with a length that is none")
		}
		n = n*10 + uint64(b-'0')
	}
	if err == nil {
		b, err = r.Byte()
	}
	if err == nil && b != '\n' {
		return 0, r.Corruptf("Command with a line that has no end")
	}
	return n, err
}

func (r *Reader) lineEnd() error {
	p, err := r.Bytes(2)
	if err == nil && string(p) != "\r\n" {
		return r.Corruptf("Command with an argument that has no end")
	}
	return err
}
