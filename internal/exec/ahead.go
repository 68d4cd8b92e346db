package exec

import "sigrun/internal/command"

// A part of a large value, or the block of a small one, costs cache misses after
// that of the key's record. The commands that are called most often have them
// loaded ahead, too.

// partOf tells which argument is the part of a value that a command is about.
var partOf = map[string]uint8{
	"hdel": 2, "hexists": 2, "hget": 2, "hincrby": 2, "hincrbyfloat": 2, "hmget": 2, "hset": 2, "hsetnx": 2, "hstrlen": 2,
	"sadd": 2, "sismember": 2, "smismember": 2, "srem": 2,
	"zscore": 2,
}

// partsOf is partOf by the ID of the command, 0 for those that are not listed.
func partsOf(t *command.Table) []uint8 {
	parts := make([]uint8, t.Len())
	for id := range parts {
		if spec := t.ByID(id); spec.Parent() == nil {
			parts[id] = partOf[spec.Name]
		}
	}
	return parts
}

// ahead is how far the window's values have been touched.
type ahead struct {
	parts   []uint8 // by the ID of the command: see partOf
	partly  bool    // the window has such commands
	valued  int     // requests whose values were touched
	reached int     // and those whose parts were
}

// partAhead is how many requests before its execution a value is touched: late
// enough for the record of its key to have come, early enough for the part. Half
// that many before, the part's record is.
const partAhead = 10

// noteParts notes whether r, which joins the window, is about a part of a value.
func (w *Worker) noteParts(r *request) {
	if w.parts[r.spec.ID()] > 0 && r.keyc == 1 {
		w.partly = true
	}
}

// touchParts starts loading the values of the requests up to partAhead after
// request i.
func (w *Worker) touchParts(i int) {
	if !w.partly {
		return
	}
	for to := min(i+partAhead, len(w.window)); w.valued < to; w.valued++ {
		r := &w.window[w.valued]
		if r.spec == nil || r.keyc != 1 {
			continue
		}
		if arg := int32(w.parts[r.spec.ID()]); arg > 0 && arg < r.argc {
			r.part = w.engine.Keyspace.TouchPart(r.session.DB, w.keys[r.keys], w.args[r.args+arg])
		}
	}
	for to := min(i+partAhead/2, len(w.window)); w.reached < to; w.reached++ {
		w.engine.Keyspace.TouchRecord(&w.window[w.reached].part)
	}
}
