package compat

import (
	"slices"

	"sigrun/internal/testkit"
)

// How the tables that COMMAND prints are compared.

// sameDocs wants the docs of the same commands in whatever order, and so for
// their subcommands.
func sameDocs(a, b testkit.Reply) bool { return sameTree(sortDocs(a), sortDocs(b)) }

// sortDocs changes nothing of r: it copies what it sorts.
func sortDocs(r testkit.Reply) testkit.Reply {
	docs := pairs(r)
	for i, doc := range docs.Elems {
		text := doc.Elems[1]
		text.Elems = slices.Clone(text.Elems)
		for j := 0; j+1 < len(text.Elems); j += 2 {
			if text.Elems[j].Text == "subcommands" {
				text.Elems[j+1] = sortDocs(text.Elems[j+1])
			}
		}
		docs.Elems[i].Elems = []testkit.Reply{doc.Elems[0], text}
	}
	docs.Elems = sorted(docs.Elems)
	return docs
}

// unorderedDeep wants the same commands in whatever order, and so for their
// subcommands, which stand at the end of each command's array.
func unorderedDeep(a, b testkit.Reply) bool { return sameTree(sortCommands(a), sortCommands(b)) }

func sortCommands(r testkit.Reply) testkit.Reply {
	elems := slices.Clone(r.Elems)
	for i, elem := range elems {
		if last := len(elem.Elems) - 1; last > 0 {
			elems[i].Elems = slices.Clone(elem.Elems)
			elems[i].Elems[last] = sortCommands(elem.Elems[last])
		}
	}
	r.Elems = sorted(elems)
	return r
}

// prose are the fields of a command's or an argument's docs that are written for
// people.
var prose = []string{"summary", "complexity", "history", "deprecated_since", "replaced_by"}

// sameDocsButProse wants every doc that we have to be the real server's but for
// its prose.
func sameDocsButProse(peer, ours testkit.Reply) bool {
	return sameTree(sortDocs(docsThere(withoutProse(peer), ours)), sortDocs(withoutProse(ours)))
}

// withoutProse cuts the prose out of a tree of docs.
func withoutProse(r testkit.Reply) testkit.Reply {
	var left []testkit.Reply
	for i := 0; i < len(r.Elems); i++ {
		if slices.Contains(prose, r.Elems[i].Text) {
			i++ // its text
			continue
		}
		left = append(left, withoutProse(r.Elems[i]))
	}
	r.Elems = left
	return r
}

// docsThere are the pairs of peer whose keys are keys of ours, and so for their
// subcommands.
func docsThere(peer, ours testkit.Reply) testkit.Reply {
	var left []testkit.Reply
	for i := 0; i+1 < len(peer.Elems); i += 2 {
		name, doc := peer.Elems[i], peer.Elems[i+1]
		own, there := ours.Get(name.Text)
		if !there {
			continue
		}
		doc.Elems = slices.Clone(doc.Elems)
		for j := 0; j+1 < len(doc.Elems); j += 2 {
			if words, is := own.Get("subcommands"); is && doc.Elems[j].Text == "subcommands" {
				doc.Elems[j+1] = docsThere(doc.Elems[j+1], words)
			}
		}
		left = append(left, name, doc)
	}
	peer.Elems = left
	return peer
}

// sameCommandsThere wants every command that we have to be described as the real
// server does.
func sameCommandsThere(peer, ours testkit.Reply) bool {
	return peer.Kind == ours.Kind && sameTree(sortCommands(commandsThere(peer, ours)), sortCommands(commandsThere(ours, ours)))
}

// commandsThere are the commands of peer that ours has, too, and so for their
// subcommands. Names that neither knows are nil, and left out.
func commandsThere(peer, ours testkit.Reply) testkit.Reply {
	own := map[string]testkit.Reply{}
	for _, c := range ours.Elems {
		if len(c.Elems) > 0 {
			own[c.Elems[0].Text] = c
		}
	}
	var left []testkit.Reply
	for _, c := range peer.Elems {
		last := len(c.Elems) - 1
		if last < 0 {
			continue
		}
		if o, there := own[c.Elems[0].Text]; there && len(o.Elems) == len(c.Elems) {
			c.Elems = slices.Clone(c.Elems)
			c.Elems[last] = commandsThere(c.Elems[last], o.Elems[last])
			left = append(left, c)
		}
	}
	peer.Elems = left
	return peer
}

// listedToo wants every name of ours in the list of peer.
func listedToo(peer, ours testkit.Reply) bool {
	names := peer.Texts()
	return peer.Kind == ours.Kind && !slices.ContainsFunc(ours.Texts(), func(name string) bool { return !slices.Contains(names, name) })
}

func notMore(peer, ours testkit.Reply) bool {
	return ours.Kind == testkit.Integer && ours.Int() <= peer.Int()
}
