package examine

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"sigrun/internal/rdb/check"
)

// field is a row of the tables.
type field struct {
	name string
	text func(g *Group) string
}

func whole(get func(g *Group) int64) func(g *Group) string {
	return func(g *Group) string { return strconv.FormatInt(get(g), 10) }
}

func fraction(get func(g *Group) float32) func(g *Group) string {
	return func(g *Group) string { return strconv.FormatFloat(float64(get(g)), 'f', 2, 64) }
}

func counts(p float64) func(g *Group) float32 {
	return func(g *Group) float32 { return float32(g.counts.percentile(p)) }
}

func sizes(p float64) func(g *Group) float32 {
	return func(g *Group) float32 { return float32(g.sizes.percentile(p)) }
}

// mean has the precision that valkey-check-rdb computes with.
func mean(sum, n int64) float32 {
	if n == 0 {
		return 0
	}
	return float32(sum) / float32(n)
}

var fields = [...]field{
	{"keys.total", whole(func(g *Group) int64 { return g.Keys })},
	{"expire_keys.total", whole(func(g *Group) int64 { return g.Expires })},
	{"already_expired.total", whole(func(g *Group) int64 { return g.Expired })},
	{"keys.size", whole(func(g *Group) int64 { return g.KeyBytes })},
	{"keys.value_size", whole(func(g *Group) int64 { return g.ValueBytes })},
	{"elements.total", whole(func(g *Group) int64 { return g.Elements })},
	{"elements.size", whole(func(g *Group) int64 { return g.ValueBytes })},
	{"elements.num.max", whole(func(g *Group) int64 { return g.MostElements })},
	{"elements.num.avg", fraction(func(g *Group) float32 { return mean(g.Elements, g.Keys) })},
	{"elements.num.p99", fraction(counts(99))},
	{"elements.num.p90", fraction(counts(90))},
	{"elements.num.p50", fraction(counts(50))},
	{"elements.size.max", whole(func(g *Group) int64 { return g.LargestElement })},
	{"elements.size.avg", fraction(func(g *Group) float32 { return mean(g.ValueBytes, g.Elements) })},
	{"elements.size.p99", fraction(sizes(99))},
	{"elements.size.p90", fraction(sizes(90))},
	{"elements.size.p50", fraction(sizes(50))},
}

// Format is how figures are printed.
type Format uint8

// The formats: a line of columns for each figure, the same with commas, a line for
// each figure of each type, or one document with all that was found.
const (
	Table Format = iota
	CSV
	Info
	JSON
)

// Formats are the formats' names.
var Formats = map[string]Format{"table": Table, "csv": CSV, "info": Info, "json": JSON}

// allUpTo is the database up to which those without keys are printed, too.
const allUpTo = 1024

// Print writes the figures in a format other than JSON, the biggest keys last. What
// w refuses is lost.
func (s *Stats) Print(w io.Writer, f Format) {
	empty := new([len(types)]Group)
	next := uint64(0)
	for _, db := range s.Databases() {
		for ; next < min(db, allUpTo); next++ {
			printDatabase(w, f, next, empty)
		}
		printDatabase(w, f, db, s.dbs[db])
		next = db + 1
	}
	for i, b := range s.big {
		switch f {
		case Table:
			fmt.Fprintf(w, "%-30s\t%d\t%s\t%d\t%d\t%q\n", fmt.Sprintf("biggest.%d", i+1), b.DB, b.Type, b.Bytes, b.Elements, b.Key)
		case CSV:
			fmt.Fprintf(w, "biggest.%d,%d,%s,%d,%d,%q\n", i+1, b.DB, b.Type, b.Bytes, b.Elements, b.Key)
		default:
			fmt.Fprintf(w, "[info] biggest.%d:db=%d,type=%s,bytes=%d,elements=%d,key=%q\n", i+1, b.DB, b.Type, b.Bytes, b.Elements, b.Key)
		}
	}
}

func printDatabase(w io.Writer, f Format, db uint64, groups *[len(types)]Group) {
	if f == Info {
		for _, row := range fields {
			for i := range groups {
				fmt.Fprintf(w, "[info] db.%d.type.%s.%s:%s\n", db, types[i], row.name, row.text(&groups[i]))
			}
		}
		return
	}
	printRow(w, f, fmt.Sprintf("db.%d.type.name", db), func(i int) string { return types[i] })
	for _, row := range fields {
		printRow(w, f, fmt.Sprintf("db.%d.%s", db, row.name), func(i int) string { return row.text(&groups[i]) })
	}
}

func printRow(w io.Writer, f Format, name string, text func(i int) string) {
	head, cell := "%-30s", "\t%-5s"
	if f == CSV {
		head, cell = "%s", ",%s"
	}
	fmt.Fprintf(w, head, name)
	for i := range types {
		fmt.Fprintf(w, cell, text(i))
	}
	fmt.Fprintln(w)
}

// document is the report in JSON.
type document struct {
	File      string            `json:"file"`
	OK        bool              `json:"ok"`
	Version   int               `json:"rdb_version"`
	Size      int64             `json:"size"` // bytes read
	Aux       map[string]string `json:"aux"`
	Error     *finding          `json:"error,omitempty"`
	Keys      int64             `json:"keys"`
	Expires   int64             `json:"expires"`
	Expired   int64             `json:"already_expired"`
	Functions int64             `json:"functions"`
	Scripts   int64             `json:"lua_scripts"`
	Databases []database        `json:"databases"`
	Biggest   []Big             `json:"biggest"`
}

type finding struct {
	Offset int64   `json:"offset"`
	Text   string  `json:"text"`
	Doing  string  `json:"doing"`
	Key    *string `json:"key,omitempty"`
	Type   string  `json:"type,omitempty"`
}

type database struct {
	DB    uint64            `json:"db"`
	Types map[string]figure `json:"types"`
}

type figure struct {
	Keys           int64 `json:"keys"`
	Expires        int64 `json:"expires"`
	Expired        int64 `json:"already_expired"`
	KeyBytes       int64 `json:"key_bytes"`
	ValueBytes     int64 `json:"value_bytes"`
	FileBytes      int64 `json:"file_bytes"`
	Elements       int64 `json:"elements"`
	MostElements   int64 `json:"most_elements"`
	LargestElement int64 `json:"largest_element"`
}

// PrintJSON writes all that was found of the file name, as one document. Only
// types that have keys are in it.
func (s *Stats) PrintJSON(w io.Writer, name string, r check.Result) error {
	d := document{
		File: name, OK: r.OK, Version: r.Version, Size: r.Size, Aux: map[string]string{},
		Keys: r.Keys, Expires: r.Expires, Expired: r.Expired, Functions: r.Functions, Scripts: r.Scripts,
		Databases: []database{}, Biggest: append([]Big{}, s.big...),
	}
	for _, a := range r.Aux {
		d.Aux[a.Name] = a.Value
	}
	if f := r.Finding; f != nil {
		d.Error = &finding{Offset: f.Offset, Text: f.Text, Doing: f.Doing, Type: f.Type}
		if f.Key != nil {
			key := string(f.Key)
			d.Error.Key = &key
		}
	}
	for _, db := range s.Databases() {
		in := database{db, map[string]figure{}}
		for i, g := range s.dbs[db] {
			if g.Keys > 0 {
				in.Types[types[i]] = figure{g.Keys, g.Expires, g.Expired, g.KeyBytes, g.ValueBytes, g.FileBytes,
					g.Elements, g.MostElements, g.LargestElement}
			}
		}
		d.Databases = append(d.Databases, in)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
