package exec

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
)

// appendKeys appends the keys of a command line, hashed. Those of a line that
// doesn't make sense are left out; its handler will say so.
func (w *Worker) appendKeys(dst []keyspace.Key, spec *command.Spec, argv [][]byte) []keyspace.Key {
	if first, last, step, ok := spec.Simple(len(argv)); ok {
		if first == 0 {
			return dst
		}
		last = min(last, len(argv)-1)
		for i := first; i <= last; i += step {
			dst = append(dst, keyspace.KeyOf(argv[i]))
		}
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
