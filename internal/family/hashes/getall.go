package hashes

import (
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/types/hash"
)

// replyMore is how many bytes more a field and its value, of less than a hundred each,
// take in a reply than they may take in a table.
const replyMore = 10

// runHGetAll answers HGETALL key: all fields and their values, as a map.
func runHGetAll(c *command.Ctx) error {
	h, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Map(0)
		return nil
	}
	w := c.W
	visit := func(field, v hash.Value) bool {
		reply(w, field)
		reply(w, v)
		return true
	}
	if !h.Timed() {
		if n := h.TextSize(); n > 0 { // saves copies of long replies
			w.Buf = slices.Grow(w.Buf, n+h.Len()*replyMore)
		}
		w.Map(h.Len())
		h.Each(visit)
		return nil
	}
	mark, n := w.Mark(), 0
	h.Each(func(field, v hash.Value) bool {
		n++
		return visit(field, v)
	})
	w.PatchMap(mark, n)
	return nil
}

// runHKeys answers HKEYS key: all fields.
func runHKeys(c *command.Ctx) error {
	return list(c, func(field, _ hash.Value) { reply(c.W, field) })
}

// runHVals answers HVALS key: all values.
func runHVals(c *command.Ctx) error {
	return list(c, func(_, v hash.Value) { reply(c.W, v) })
}

// list answers with an array of what put appends for each field.
func list(c *command.Ctx, put func(field, v hash.Value)) error {
	h, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Array(0)
		return nil
	}
	mark, n := c.W.Mark(), 0
	if !h.Timed() {
		c.W.Array(h.Len()) // which spares moving the elements
	}
	h.Each(func(field, v hash.Value) bool {
		put(field, v)
		n++
		return true
	})
	if h.Timed() {
		c.W.PatchArray(mark, n)
	}
	return nil
}
