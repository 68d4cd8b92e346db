package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

// appendKeys appends the keys of a command line, hashed. Those of a line that
// doesn't make sense are left out; its handler will say so.
func (w *Worker) appendKeys(dst []keyspace.Key, spec *command.Spec, argv [][]byte) []keyspace.Key {
	dst, ok := appendSimpleKeys(dst, spec, argv)
	if ok {
		return dst
	}
	pos, err := spec.AppendKeys(argv, w.keyPos[:0])
	w.keyPos = pos
	if err != nil {
		return dst
	}
	for _, p := range pos {
		dst = append(dst, keyspace.KeyOf(argv[p.Index]))
	}
	return dst
}

// appendSimpleKeys does it for commands whose keys the number of arguments tells,
// and reports whether this is one.
func appendSimpleKeys(dst []keyspace.Key, spec *command.Spec, argv [][]byte) ([]keyspace.Key, bool) {
	first, last, step, ok := spec.Simple(len(argv))
	if !ok || first == 0 {
		return dst, ok
	}
	last = min(last, len(argv)-1)
	for i := first; i <= last; i += step {
		dst = append(dst, keyspace.KeyOf(argv[i]))
	}
	return dst, true
}
