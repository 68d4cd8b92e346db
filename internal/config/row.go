package config

import (
	"slices"
	"strings"
)

// Flags say how a setting may be seen and changed.
type Flags uint8

// The flags of a setting.
const (
	Immutable   Flags = 1 << iota // fixed once the server runs
	Hidden                        // CONFIG GET shows it only under its full name
	Sensitive                     // its value is kept out of logs
	Protected                     // enable-protected-configs decides who may set it
	Volatile                      // hooks run even if it is set to what it was: it names a file that may have changed
	DenyLoading                   // refused while the data set loads
	MultiArg                      // its value is a list of words
	Debug                         // its value belongs in a crash report
)

// row is one setting. def is its default as a file would spell it, without
// quotes.
type row struct {
	id    ID
	name  string
	alias string // the older name that means the same, or ""
	kind  kind
	def   string
	flags Flags
}

// table holds every row at its ID; the row of ID 0 is empty.
var table = buildTable(
	networkRows, tlsRows, securityRows, memoryRows, encodingRows,
	persistenceRows, replicationRows, clusterRows, loggingRows, processRows,
)

// entry is one name that a setting goes by.
type entry struct {
	name string
	id   ID
}

// entries holds all names, aliases too, in ascending order.
var entries = buildEntries()

// byName finds a setting by name or alias in lower case.
var byName = buildIndex()

func buildTable(groups ...[]row) *[numIDs]row {
	var t [numIDs]row
	for _, group := range groups {
		for _, r := range group {
			if r.id == 0 || t[r.id].id != 0 {
				panic("BUG: setting " + r.name + " has no ID of its own")
			}
			t[r.id] = r
		}
	}
	for id := ID(1); id < numIDs; id++ {
		if t[id].id != id {
			panic("BUG: a setting without a row follows " + t[id-1].name)
		}
	}
	return &t
}

func buildEntries() []entry {
	var all []entry
	for i := range table[1:] {
		r := &table[i+1]
		all = append(all, entry{r.name, r.id})
		if r.alias != "" {
			all = append(all, entry{r.alias, r.id})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all
}

func buildIndex() map[string]ID {
	index := make(map[string]ID, len(entries))
	for _, e := range entries {
		if _, taken := index[e.name]; taken {
			panic("BUG: two settings are named " + e.name)
		}
		index[e.name] = e.id
	}
	return index
}

// Lookup finds the setting that name or one of its older spellings means, in
// any case.
func Lookup(name string) (id ID, found bool) {
	id, found = byName[strings.ToLower(name)]
	return id, found
}

// All lists every setting in the order of the IDs.
func All() []ID {
	ids := make([]ID, 0, numIDs-1)
	for id := ID(1); id < numIDs; id++ {
		ids = append(ids, id)
	}
	return ids
}

// Name is the setting's name.
func (id ID) Name() string { return table[id].name }

// Alias is the older name of the setting, or "".
func (id ID) Alias() string { return table[id].alias }

// Flags are the setting's flags.
func (id ID) Flags() Flags { return table[id].flags }

// Default is the default as a config file would spell it, unquoted.
func (id ID) Default() string { return table[id].def }

// has reports whether the setting has all of the flags f.
func (r *row) has(f Flags) bool { return r.flags&f == f }

// parse turns the words that follow the name into a value. One word that holds
// the whole list of a MultiArg setting is taken apart: CONFIG SET gives no
// other, and a file may quote the list.
func (r *row) parse(in input) (value, error) {
	if !r.has(MultiArg) {
		if len(in.words) != 1 {
			return value{}, errWordCount
		}
	} else if len(in.words) == 1 {
		in.words = splitList(in.words[0])
	}
	return r.kind.parse(in)
}

// splitList cuts a list at each single space; the empty string is no list at
// all.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, " ")
}
