package commands

import (
	"math"
	"math/bits"

	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// writeInfo appends the row of s as COMMAND INFO tells it.
func writeInfo(w *resp.Writer, s *command.Spec) {
	w.Array(10)
	w.BulkString(s.Name)
	w.Int(int64(s.Arity))
	writeFlags(w, s.Flags)
	first, last, step := keyRange(s.Keys)
	w.Int(int64(first))
	w.Int(int64(last))
	w.Int(int64(step))
	writeCategories(w, s.Categories)
	w.Set(len(s.Tips))
	for _, tip := range s.Tips {
		w.BulkString(tip)
	}
	w.Set(len(s.Keys))
	for i := range s.Keys {
		writeKeySpec(w, &s.Keys[i])
	}
	w.Array(len(s.Sub))
	for _, sub := range s.Sub {
		writeInfo(w, sub)
	}
}

func writeFlags(w *resp.Writer, flags command.Flag) {
	mark, n := w.Mark(), 0
	for _, f := range command.FlagNames {
		if flags&f.Flag != 0 {
			w.SimpleString(f.Name)
			n++
		}
	}
	w.PatchSet(mark, n)
}

func writeCategories(w *resp.Writer, cats command.Category) {
	w.Set(bits.OnesCount32(uint32(cats)))
	for _, c := range command.CategoryNames {
		if cats&c.Category != 0 {
			w.SimpleString("@" + c.Name)
		}
	}
}

func writeKeyFlags(w *resp.Writer, flags command.KeyFlag) {
	w.Set(bits.OnesCount16(uint16(flags)))
	for _, f := range command.KeyFlagNames {
		if flags&f.Flag != 0 {
			w.SimpleString(f.Name)
		}
	}
}

func writeKeySpec(w *resp.Writer, k *command.KeySpec) {
	if k.Notes == "" {
		w.Map(3)
	} else {
		w.Map(4)
		w.BulkString("notes")
		w.BulkString(k.Notes)
	}
	w.BulkString("flags")
	writeKeyFlags(w, k.Flags)
	w.BulkString("begin_search")
	switch k.Search {
	case command.SearchIndex:
		writeRule(w, "index", rule{"index", k.Pos})
	case command.SearchKeyword:
		writeKeyword(w, k.Keyword, k.From)
	default:
		writeRule(w, "unknown")
	}
	w.BulkString("find_keys")
	switch k.Find {
	case command.FindRange:
		writeRule(w, "range", rule{"lastkey", k.Last}, rule{"keystep", k.Step}, rule{"limit", k.Limit})
	case command.FindKeyNum:
		writeRule(w, "keynum", rule{"keynumidx", k.NumIdx}, rule{"firstkey", k.FirstKey}, rule{"keystep", k.Step})
	default:
		writeRule(w, "unknown")
	}
}

// rule is one number of a key spec.
type rule struct {
	name  string
	value int
}

func writeRule(w *resp.Writer, kind string, rules ...rule) {
	writeRuleHead(w, kind, len(rules))
	for _, r := range rules {
		w.BulkString(r.name)
		w.Int(int64(r.value))
	}
}

func writeKeyword(w *resp.Writer, keyword string, from int) {
	writeRuleHead(w, "keyword", 2)
	w.BulkString("keyword")
	w.BulkString(keyword)
	w.BulkString("startfrom")
	w.Int(int64(from))
}

func writeRuleHead(w *resp.Writer, kind string, n int) {
	w.Map(2)
	w.BulkString("type")
	w.BulkString(kind)
	w.BulkString("spec")
	w.Map(n)
}

// keyRange is what clients of old ask for: first and last argument that is a
// key, and how far keys stand apart. It's zero if there is no key that such a
// range could cover; with several key specs it joins those that follow on each
// other without a gap.
func keyRange(specs []command.KeySpec) (first, last, step int) {
	if len(specs) == 1 && isRange(&specs[0]) {
		return specs[0].Pos, lastKey(&specs[0]), specs[0].Step
	}
	const none = math.MaxInt
	first = none
	for i := range specs {
		k := &specs[i]
		joins := last == 0 || last == k.Pos-1
		if !isRange(k) || k.Step != 1 || !joins {
			continue
		}
		first = min(first, k.Pos)
		if l := lastKey(k); l < 0 || last >= 0 && l > last { // counted from the end is further than any other
			last = l
		}
	}
	if first == none {
		return 0, 0, 0
	}
	return first, last, 1
}

func isRange(k *command.KeySpec) bool {
	return k.Search == command.SearchIndex && k.Find == command.FindRange
}

// lastKey is the last key of a range: an argument, or negative from the end.
func lastKey(k *command.KeySpec) int {
	if k.Last < 0 {
		return k.Last
	}
	return k.Pos + k.Last
}
