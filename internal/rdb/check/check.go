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
	// Values reads the values; nil checks their outer form only, with rdb.Skip.
	Values Values
	// Counted, unless nil, is called when the counts have been printed.
	Counted func()
}

// Values looks into the values of a file.
type Values interface {
	// Value reads the value of key, a view, and says what is wrong with it. m tells
	// of the key's expiry alone.
	Value(db uint64, key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error
}

// Result is what was found.
type Result struct {
	OK      bool
	Size    int64 // bytes up to the end of the file, or to what is wrong
	Version int
	Aux     []Aux
	Finding *Finding // nil if OK
	Counts
}

// Aux is a record about the file.
type Aux struct{ Name, Value string }

// Finding is what is wrong with a file: where, what was being read then, and of
// which key. Without a key Key is nil, without a type Type is "".
type Finding struct {
	Offset      int64
	Text, Doing string
	Key         []byte
	Type        string
}

// Counts are how much was read.
type Counts struct {
	Keys, Expires, Expired, Functions, Scripts int64
}

// Check reads a whole RDB file from r, prints a report to w and returns what it
// found. What w refuses is lost. If r is a *rdb.Reader, it stands behind the file
// when that is sound.
func Check(r io.Reader, w io.Writer, o Options) Result {
	in, isReader := r.(*rdb.Reader)
	if !isReader {
		in = rdb.NewReader(r)
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Values == nil {
		o.Values = outerForm{}
	}
	c := &checker{r: in, w: w, o: &o, now: clock.Millis(o.Clock), meta: rdb.NoMeta, typ: noType}
	fmt.Fprintf(w, "[offset 0] Checking RDB file %s\n", o.Name)
	in.StartChecksum()
	err := c.run()
	if c.Version = c.file.Version; err != nil {
		c.fail(c.finding(err))
		return c.Result
	}
	c.OK, c.Size = true, in.Offset()
	fmt.Fprintf(w, verdict, c.Size, 0)
	c.succeed()
	return c.Result
}

// outerForm is Values that looks at where a value ends only.
type outerForm struct{}

func (outerForm) Value(_ uint64, _ []byte, _ rdb.Meta, typ byte, r *rdb.Reader) error {
	return rdb.Skip(r, typ)
}

const verdict = "[offset %d] Check RDB returned error code %d (0 means success)\n"

const noType = -1

// checker is the state of one Check.
type checker struct {
	Result
	r      *rdb.Reader
	w      io.Writer
	o      *Options
	now    int64 // milliseconds
	file   rdb.FileVersion
	doing  string // what is being read, for the report
	db     uint64
	meta   rdb.Meta // of the next key
	typ    int      // type being read, or noType
	key    []byte   // key being read
	hasKey bool
	end    bool
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

func (c *checker) finding(err error) *Finding {
	f := &Finding{Doing: c.doing}
	f.Offset, f.Text = c.locate(err)
	if c.hasKey {
		f.Key = c.key
	}
	if c.typ != noType {
		f.Type = rdb.TypeName(byte(c.typ))
	}
	return f
}

func (c *checker) fail(f *Finding) {
	c.Finding, c.Size = f, f.Offset
	fmt.Fprintf(c.w, "--- RDB ERROR DETECTED ---\n[offset %d] %s\n", f.Offset, f.Text)
	fmt.Fprintf(c.w, "[additional info] While doing: %s\n", f.Doing)
	if c.hasKey {
		fmt.Fprintf(c.w, "[additional info] Reading key '%s'\n", printable(c.key))
	}
	if c.typ != noType {
		fmt.Fprintf(c.w, "[additional info] Reading type %d (%s)\n", c.typ, f.Type)
	}
	c.counts()
	fmt.Fprintf(c.w, verdict, f.Offset, 1)
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
		c.Keys, c.Expires, c.Expired, c.Functions)
	if c.Scripts > 0 {
		fmt.Fprintf(c.w, "[info] %d lua scripts read\n", c.Scripts)
	}
	if c.o.Counted != nil {
		c.o.Counted()
	}
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
