package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report prints the table line by line, as the figures come in.
type report struct {
	out    io.Writer
	facts  map[string]string // the environment
	rows   []row
	missed int
	failed int
}

// row is one line of the table, as the JSON file has it. A figure that does not
// exist is left out.
type row struct {
	Cell  string             `json:"cell"`
	Unit  string             `json:"unit"`
	Peer  *float64           `json:"peer,omitempty"`
	Ours  *float64           `json:"ours,omitempty"`
	Ratio *float64           `json:"ratio,omitempty"`
	Bar   string             `json:"bar"`
	Goal  string             `json:"goal"`
	Held  bool               `json:"bar_held"`
	Met   bool               `json:"goal_met"`
	More  map[string]float64 `json:"more,omitempty"`
	Error string             `json:"error,omitempty"`
}

func newReport(r *rig, out io.Writer) *report {
	facts := systemFacts()
	maps.Copy(facts, r.versions)
	facts["cores"] = strconv.Itoa(runtime.NumCPU())
	facts["server on cores"], facts["generator on cores"] = coreList(r.server), coreList(r.client)
	if r.sharing() {
		facts["generator on cores"] += " (shared with the server)"
	}
	facts["rounds"] = strconv.Itoa(r.opts.rounds)
	facts["scale"] = strconv.FormatFloat(r.opts.scale, 'g', -1, 64)
	facts["began"] = time.Now().UTC().Format(time.RFC3339)
	facts["load average before"] = loadAverage()
	return &report{out: out, facts: facts}
}

func coreList(cores []int) string {
	var words []string
	for _, core := range cores {
		words = append(words, strconv.Itoa(core))
	}
	return strings.Join(words, ",")
}

// The forms of the table's lines: the name, which is printed first because some
// cells take minutes; then unit, figures, bar, goal and note.
const (
	name = "%-16s "
	line = "%-10s %10s %10s %7s  %-7s %-7s %-9s %s\n"
)

func (p *report) head() {
	for _, fact := range slices.Sorted(maps.Keys(p.facts)) {
		fmt.Fprintf(p.out, "%s: %s\n", fact, p.facts[fact])
	}
	fmt.Fprintln(p.out)
	fmt.Fprintf(p.out, name+line, "cell", "unit", "peer", "ours", "ratio", "bar", "goal", "", "")
}

// begin says what is being measured.
func (p *report) begin(c *cell) { fmt.Fprintf(p.out, name, c.name) }

func (p *report) add(c *cell, res result) {
	entry := row{Cell: c.name, Unit: c.unit, Bar: c.bar.text(c.higher), Goal: c.goal.text(c.higher)}
	if res.err != nil {
		entry.Error = res.err.Error()
		p.failed++
		why := strings.ReplaceAll(strings.TrimSpace(entry.Error), "\n", "; ")
		fmt.Fprintf(p.out, line, c.unit, "-", "-", "-", entry.Bar, entry.Goal, "FAILED", why)
	} else {
		entry.Peer, entry.Ours, entry.More = figure(res.peer), figure(res.ours), res.more
		if res.peer > 0 {
			entry.Ratio = figure(res.ours / res.peer)
		}
		entry.Held, entry.Met = c.bar.holds(res.outcome, c.higher), c.goal.holds(res.outcome, c.higher)
		verdict := "bar held"
		switch {
		case !entry.Held:
			verdict = "MISSED"
			p.missed++
		case entry.Met:
			verdict = "goal met"
		}
		fmt.Fprintf(p.out, line, c.unit, figureText(entry.Peer), figureText(entry.Ours), figureText(entry.Ratio),
			entry.Bar, entry.Goal, verdict, res.note)
	}
	p.rows = append(p.rows, entry)
}

func (p *report) foot() {
	p.facts["load average after"] = loadAverage()
	fmt.Fprintf(p.out, "\n%d cells, %d bars missed, %d failed; load average after: %s\n",
		len(p.rows), p.missed, p.failed, p.facts["load average after"])
}

// verdict is the outcome of the whole run.
func (p *report) verdict(check bool) error {
	if p.failed > 0 {
		return fmt.Errorf("%d cells could not be measured", p.failed)
	}
	if check && p.missed > 0 {
		return errMissed
	}
	return nil
}

func (p *report) writeJSON(file string) error {
	text, err := json.MarshalIndent(struct {
		Environment map[string]string `json:"environment"`
		Cells       []row             `json:"cells"`
	}{p.facts, p.rows}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// figure is v for the JSON file, nil for none.
func figure(v float64) *float64 {
	if v == none {
		return nil
	}
	return &v
}

func figureText(v *float64) string {
	if v == nil {
		return "-"
	}
	return number(*v)
}

// number writes v with three digits that count.
func number(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
