// Package check examines RDB files without loading them and reports like
// valkey-check-rdb: what stands at which offset, what is wrong and what was
// being read then, and how much was found.
//
// It walks over the same records as rdb.Load, but goes on where a server would
// refuse: into files of other versions, over modules and functions.
package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"sigrun/internal/clock"
	"sigrun/internal/rdb"
)

// Options tells Check about the file and the world.
type Options struct {
	Name  string      // of the file, for the report
	Clock clock.Clock // for counting expired keys; nil: the real one
	// Value reads a value of a known type and says what is wrong with it. nil
	// checks the outer form only, with rdb.Skip.
	Value func(r *rdb.Reader, typ byte) error
}

// Check reads a whole RDB file from r, prints a report to w and reports whether
// the file is sound. What w refuses is lost. If r is a *rdb.Reader, it stands
// behind the file when Check returns true.
func Check(r io.Reader, w io.Writer, o Options) (ok bool) {
	in, isReader := r.(*rdb.Reader)
	if !isReader {
		in = rdb.NewReader(r)
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Value == nil {
		o.Value = rdb.Skip
	}
	c := &checker{r: in, w: w, value: o.Value, now: clock.Millis(o.Clock), expire: rdb.None, typ: noType}
	fmt.Fprintf(w, "[offset 0] Checking RDB file %s\n", o.Name)
	in.StartChecksum()
	if err := c.run(); err != nil {
		offset, text := c.locate(err)
		c.fail(offset, text)
		fmt.Fprintf(w, verdict, offset, 1)
		return false
	}
	fmt.Fprintf(w, verdict, in.Offset(), 0)
	c.succeed()
	return true
}

const verdict = "[offset %d] Check RDB returned error code %d (0 means success)\n"

const noType = -1

// checker is the state of one Check.
type checker struct {
	r      *rdb.Reader
	w      io.Writer
	value  func(r *rdb.Reader, typ byte) error
	now    int64 // milliseconds
	file   rdb.FileVersion
	doing  string // what is being read, for the report
	expire int64  // of the next key
	typ    int    // type being read, or noType
	key    []byte // key being read
	hasKey bool
	end    bool

	keys, expires, expired, functions int64
}

// finding is damage that is reported in its own words.
type finding string

func (f finding) Error() string { return string(f) }

func findingf(format string, args ...any) error { return finding(fmt.Sprintf(format, args...)) }

// errEnd is how valkey-check-rdb names all damage that it has no words for.
const errEnd = finding("Unexpected EOF reading RDB file")

func (c *checker) run() error {
	c.doing = "start"
	if err := c.header(); err != nil {
		return err
	}
	for !c.end {
		if err := c.record(); err != nil {
			return err
		}
	}
	return c.footer()
}

func (c *checker) header() (err error) {
	c.file, err = c.r.ReadVersion()
	var bad *rdb.Error
	switch {
	case errors.As(err, &bad) && bad.Kind == rdb.Refused:
		return finding("Wrong signature trying to load DB from file")
	case err != nil:
		return err
	case c.file.Impossible():
		return findingf("Can't handle RDB format version %d", c.file.Version)
	case c.file.Foreign():
		c.info("Foreign RDB version %d detected", c.file.Version)
	case c.file.Future():
		c.info("Future RDB version %d detected", c.file.Version)
	}
	return nil
}

func (c *checker) footer() error {
	if !c.file.HasChecksum() {
		return nil
	}
	c.doing = "check-sum"
	want := c.r.Checksum()
	got, err := c.r.Uint64()
	switch {
	case err != nil:
		return err
	case got == 0:
		c.info("RDB file was saved with checksum disabled: no check performed.")
	case got != want:
		return finding("RDB CRC error")
	default:
		c.info("Checksum OK")
	}
	return nil
}

// info prints a line with the place reached.
func (c *checker) info(format string, args ...any) {
	fmt.Fprintf(c.w, "[offset %d] %s\n", c.r.Offset(), fmt.Sprintf(format, args...))
}

// locate returns where err was found, and its words.
func (c *checker) locate(err error) (offset int64, text string) {
	var bad *rdb.Error
	if errors.As(err, &bad) {
		return bad.Offset, describe(bad)
	}
	return c.r.Offset(), err.Error()
}

func (c *checker) fail(offset int64, text string) {
	fmt.Fprintf(c.w, "--- RDB ERROR DETECTED ---\n[offset %d] %s\n", offset, text)
	fmt.Fprintf(c.w, "[additional info] While doing: %s\n", c.doing)
	if c.hasKey {
		fmt.Fprintf(c.w, "[additional info] Reading key '%s'\n", printable(c.key))
	}
	if c.typ != noType {
		fmt.Fprintf(c.w, "[additional info] Reading type %d (%s)\n", c.typ, rdb.TypeName(byte(c.typ)))
	}
	c.counts()
}

// describe words an error of the stream as valkey-check-rdb does.
func describe(e *rdb.Error) string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", e.Msg, e.Err)
	case e.Kind == rdb.Corrupt:
		return e.Internal()
	}
	return e.Msg
}

func (c *checker) succeed() {
	if !c.file.Accepted(false) {
		c.info(`\o/ RDB looks OK, but loading requires config 'rdb-version-check relaxed'`)
	} else {
		c.info(`\o/ RDB looks OK! \o/`)
	}
	c.counts()
}

func (c *checker) counts() {
	fmt.Fprintf(c.w, "[info] %d keys read\n[info] %d expires\n[info] %d already expired\n[info] %d functions\n",
		c.keys, c.expires, c.expired, c.functions)
}

// printable is p up to the first zero byte, with other control bytes replaced:
// what a file holds must not steer a terminal.
func printable(p []byte) []byte {
	p, _, _ = bytes.Cut(p, []byte{0})
	out := bytes.Clone(p)
	for i, b := range out {
		if b < ' ' || b == 0x7f {
			out[i] = '?'
		}
	}
	return out
}
