package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"sigrun/internal/clock"
	"sigrun/internal/examine"
	"sigrun/internal/rdb/check"
	"sigrun/internal/vfs"
)

// rdbOptions are those of check-rdb.
type rdbOptions struct {
	path    string
	stats   bool
	format  examine.Format
	output  string // file for the figures; "" for the standard output
	biggest int    // keys to name
}

// biggestInJSON is how many of the biggest keys a document names unless told.
const biggestInJSON = 10

var errUsage = errors.New("usage")

func parseRDBOptions(args []string) (o rdbOptions, err error) {
	if len(args) == 0 {
		return o, errUsage
	}
	o.path, args = args[0], args[1:]
	o.biggest = -1
	for len(args) > 0 {
		name := args[0]
		if args = args[1:]; name == "--stats" {
			o.stats = true
			continue
		}
		if len(args) == 0 {
			return o, errUsage
		}
		known := true
		switch name {
		case "--output":
			o.output = args[0]
		case "--format":
			o.format, known = examine.Formats[args[0]]
		case "--biggest":
			o.biggest, err = strconv.Atoi(args[0])
			known = err == nil && o.biggest >= 0
		default:
			known = false
		}
		if !known {
			return o, errUsage
		}
		args = args[1:]
	}
	if o.biggest < 0 {
		o.biggest = 0
		if o.format == examine.JSON {
			o.biggest = biggestInJSON
		}
	}
	return o, nil
}

// runCheckRDB examines a file and exits with 0 if it is sound.
func runCheckRDB(name string, args []string) int {
	if len(args) > 0 && isVersion(args[0]) {
		printVersion("valkey-check-rdb")
		return 0
	}
	o, err := parseRDBOptions(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Usage: %s <rdb-file-name> [--format table|info|csv|json] [--stats] [--biggest <n>] [--output <file>]\n", name)
		return 1
	}
	stats := examine.NewStats(clock.Millis(clock.Real), o.biggest)
	values, err := examine.New(clock.Real, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer values.Close()
	if o.stats || o.format == examine.JSON {
		values.Stats = stats
	}
	ok, err := o.check(values, stats)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if !ok || err != nil {
		return 1
	}
	return 0
}

// check examines the file and prints what it found.
func (o *rdbOptions) check(values *examine.Values, stats *examine.Stats) (ok bool, err error) {
	report := io.Writer(os.Stdout)
	if o.format == examine.JSON && o.output == "" {
		report = io.Discard // the document has it all
	}
	f, err := vfs.Open(watched(), o.path)
	if err != nil {
		fmt.Fprintf(report, "[offset 0] Checking RDB file %s\n[offset 0] Check RDB returned error code 1 (0 means success)\n", o.path)
		return false, fmt.Errorf("Cannot open file %s: %s", o.path, vfs.Reason(err))
	}
	defer f.Close()
	found := check.Check(f, report, check.Options{Name: o.path, Values: values, Counted: func() {
		if o.stats && o.format != examine.JSON {
			err = o.print(func(w io.Writer) error { stats.Print(w, o.format); return nil })
		}
	}})
	if o.format == examine.JSON {
		err = o.print(func(w io.Writer) error { return stats.PrintJSON(w, o.path, found) })
	}
	return found.OK, err
}

// print has figures written to where they are wanted.
func (o *rdbOptions) print(write func(w io.Writer) error) error {
	if o.output == "" {
		return write(os.Stdout)
	}
	f, err := vfs.Create(vfs.OS(""), o.output, 0o644)
	if err != nil {
		return fmt.Errorf("Cannot open output file: '%s': %s", o.output, vfs.Reason(err))
	}
	return errors.Join(write(f), f.Close())
}
