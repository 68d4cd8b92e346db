package aof

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// LoadOptions says how the append-only file is loaded and what is done with it.
type LoadOptions struct {
	Config
	Clock clock.Clock
	// Truncated allows the last file to be cut short: what is left of an
	// unfinished command or transaction is removed (aof-load-truncated).
	Truncated bool
	// Apply runs one command. The arguments are valid during the call only. The
	// commands of a transaction come together, without MULTI and EXEC, once the
	// whole of it has been read. An error, whose text is that of the reply without
	// its code, ends the loading: it is for commands that cannot be meant, like
	// those that are unknown (UnknownCommandError).
	Apply func(args [][]byte) error
	// Ahead, unless nil, is told of commands some time before they are applied, to get
	// memory near that they will look at.
	Ahead func(args [][]byte)
	// NewFile is called before each file with its name: database 0 is selected.
	NewFile func(name string)
	// LoadRDB loads a snapshot from f, read from its start, and returns how many
	// bytes it takes up.
	LoadRDB func(f vfs.File, name string) (int64, error)
	// Progress, unless nil, is called from time to time with how many bytes of
	// how many have been loaded.
	Progress func(done, total int64)
}

// LoadResult is what was loaded.
type LoadResult struct {
	Found     bool  // there was something to load, if only empty files
	Truncated bool  // an unfinished end was cut off
	Total     int64 // bytes of all files
	Base      int64 // bytes of the base
}

// Load loads the files that m names, base first. An append-only file from
// before there were manifests, in the directory above, is adopted first, which
// changes m. Of an error everything has been logged: the server must exit, for
// the data is not complete.
func Load(m *Manifest, o *LoadOptions) (LoadResult, error) {
	if err := adopt(m, &o.Config); err != nil {
		return LoadResult{}, err
	}
	if m.Empty() {
		return LoadResult{}, nil
	}
	l := &loader{LoadOptions: o}
	files := m.Files()
	sizes, err := l.sizes(files)
	if err != nil {
		return LoadResult{}, err
	}
	for _, n := range sizes {
		l.result.Total += n
	}
	l.result.Found = true
	if l.result.Total == 0 {
		return l.result, nil
	}
	if m.Base != nil {
		l.result.Base = sizes[0]
	}
	l.report(0)
	last := lastWithBytes(sizes)
	for i, f := range files {
		if sizes[i] == 0 {
			continue
		}
		start := o.Clock.Mono()
		if err := l.file(f.Name, i == last); err != nil {
			return l.result, fmt.Errorf("%s: %w", l.path(f.Name), err)
		}
		what := "incr"
		if f.Type == Base {
			what = "base"
		}
		l.Logf(Notice, "DB loaded from %s file %s: %.3f seconds", what, f.Name, float64(o.Clock.Mono()-start)/1e9)
	}
	l.report(l.result.Total)
	return l.result, nil
}

// lastWithBytes is the index of the last file that is not empty. A rewrite lists
// its increment before the one at work gets its last bytes, so empty files may
// follow one that was cut short.
func lastWithBytes(sizes []int64) int {
	last := len(sizes) - 1
	for last > 0 && sizes[last] == 0 {
		last--
	}
	return last
}

// adopt moves a single append-only file of the old kind into the directory, as
// the base, if this has not been done yet.
func adopt(m *Manifest, c *Config) error {
	old := c.oldPath()
	info, err := c.FS.Stat(old)
	if errors.Is(err, vfs.ErrNotExist) || err == nil && info.IsDir() {
		return nil
	}
	if err != nil {
		c.Logf(Warning, "Unable to obtain the AOF file %s length. stat: %s", c.Name, vfs.Reason(err))
		return err
	}
	half := m.Base != nil && len(m.Incrs) == 0 && m.Base.Name == c.Name && !vfs.Exists(c.FS, c.path(c.Name))
	if !m.Empty() && !half {
		return nil
	}
	if err := c.makeDir(); err != nil {
		return err
	}
	m.Base, m.baseSeq = &File{Name: c.Name, Seq: 1, Type: Base}, 1
	// If the machine dies after this, the next start sees the half-done state.
	if _, err := c.writeManifest(m); err != nil {
		return err
	}
	if err := c.FS.Rename(old, c.path(c.Name)); err != nil {
		c.Logf(Warning, "Error trying to move the old AOF file %s into dir %s: %s", c.Name, c.shownDir(), vfs.Reason(err))
		return err
	}
	if err := errors.Join(c.FS.SyncDir(c.Dir), c.FS.SyncDir(filepath.Dir(old))); err != nil {
		c.Logf(Warning, "Fail to fsync AOF directory %s: %s.", c.shownDir(), vfs.Reason(err))
		return err
	}
	c.Logf(Notice, "Successfully migrated an old-style AOF file (%s) into the AOF directory (%s).", c.Name, c.shownDir())
	return nil
}

// loader is the state of one Load.
type loader struct {
	*LoadOptions
	result   LoadResult
	done     int64  // bytes of the files before the present one
	commands uint64 // read so far
	txn      []byte // the commands since MULTI, as they stand in the file
	inTxn    bool
}

// sizes returns the sizes of files in bytes. A file that the manifest names
// must be there.
func (l *loader) sizes(files []File) ([]int64, error) {
	out := make([]int64, len(files))
	for i, f := range files {
		info, err := l.FS.Stat(l.path(f.Name))
		if err != nil {
			l.Logf(Warning, "Unable to obtain the AOF file %s length. stat: %s", f.Name, vfs.Reason(err))
			return nil, err
		}
		out[i] = info.Size()
	}
	return out, nil
}

// file loads one file that is not empty.
func (l *loader) file(name string, last bool) error {
	f, err := vfs.Open(l.FS, l.path(name))
	if err != nil {
		l.Logf(Warning, "Fatal error: can't open the append log file %s for reading: %s", name, vfs.Reason(err))
		return err
	}
	defer f.Close() // nothing was written: its error would say nothing
	l.NewFile(name)
	start, err := l.snapshot(f, name)
	if err != nil {
		return err
	}
	s, err := newScanner(f, start)
	if err != nil {
		l.Logf(Warning, "Unrecoverable error reading the append only file %s: %s", name, vfs.Reason(err))
		return err
	}
	s.sums = &Sums{}
	good, err := l.run(s, name)
	if err == nil {
		l.done += s.size
		return nil
	}
	return l.unfinished(s, name, good, last, err)
}

// snapshot loads the RDB that f begins with, if it does, and returns the offset
// after it.
func (l *loader) snapshot(f vfs.File, name string) (int64, error) {
	var head [6]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		l.Logf(Warning, "Unrecoverable error reading the append only file %s: %s", name, vfs.Reason(err))
		return 0, err
	}
	if sig := string(head[:n]); !strings.HasPrefix(sig, "REDIS") && sig != "VALKEY" {
		return 0, nil
	}
	old := name == l.Name
	if old {
		l.Logf(Notice, "Reading RDB preamble from AOF file...")
	} else {
		l.Logf(Notice, "Reading RDB base file on AOF loading...")
	}
	size, err := l.LoadRDB(f, name)
	switch {
	case err != nil && old:
		l.Logf(Warning, "Error reading the RDB preamble of the AOF file %s, AOF loading aborted", name)
	case err != nil:
		l.Logf(Warning, "Error reading the RDB base file %s, AOF loading aborted", name)
	case old:
		l.Logf(Notice, "Reading the remaining AOF tail...")
	}
	return size, err
}

// run applies the commands that s finds up to the end of the file. good is the
// offset after the last command or transaction that was applied.
func (l *loader) run(s *scanner, name string) (good int64, err error) {
	l.inTxn, l.txn = false, l.txn[:0]
	good = s.off
	r := readAhead(s)
	defer r.stop()
	for {
		args, raw, off, err := r.command()
		if errors.Is(err, io.EOF) {
			if !l.inTxn {
				return off, nil
			}
			err = errShort
		}
		if errors.Is(err, errShort) && l.inTxn {
			l.Logf(Warning, "Revert incomplete MULTI/EXEC transaction in AOF file %s", name)
		}
		if err != nil {
			return good, err
		}
		if l.commands++; l.commands%1024 == 0 {
			l.report(l.done + off)
		}
		if next := r.ahead(); next != nil && l.Ahead != nil {
			l.Ahead(next)
		}
		if err := l.command(args, raw, name); err != nil {
			return good, err
		}
		if !l.inTxn {
			good = off
		}
	}
}

func (l *loader) report(done int64) {
	if l.Progress != nil {
		l.Progress(done, l.result.Total)
	}
}

// command applies a command, or keeps it if it is part of a transaction. What
// older servers left when they cut a file off inside of a transaction is taken
// as they take it: a second MULTI is nothing, an EXEC without MULTI is reported.
func (l *loader) command(args [][]byte, raw []byte, name string) error {
	switch {
	case isWord(args, "MULTI"):
		if !l.inTxn {
			l.inTxn, l.txn = true, l.txn[:0]
		}
	case isWord(args, "EXEC") && !l.inTxn:
		l.Logf(Warning, "== CRITICAL == This server is sending an error to its AOF-loading-client: "+
			"'EXEC without MULTI' after processing the command 'exec'")
	case isWord(args, "EXEC"):
		l.inTxn = false
		return l.transaction(name)
	case l.inTxn:
		l.txn = append(l.txn, raw...)
	default:
		return l.apply(args, name)
	}
	return nil
}

func isWord(args [][]byte, word string) bool {
	return len(args) == 1 && strings.EqualFold(string(args[0]), word)
}

// transaction applies the commands that were kept.
func (l *loader) transaction(name string) error {
	var s scanner
	for rest := l.txn; len(rest) > 0; {
		args, n, err := s.parser.Next(rest, s.args[:0], noLimits)
		if err != nil || n == 0 {
			panic("BUG: aof: a command that was read once cannot be read again")
		}
		if err := l.apply(args, name); err != nil {
			return err
		}
		s.args, rest = args, rest[n:]
	}
	return nil
}

func (l *loader) apply(args [][]byte, name string) error {
	err := l.Apply(args)
	if err == nil {
		return nil
	}
	l.Logf(Warning, "Error reading the append only file %s, error: %v", name, err)
	if errors.As(err, new(UnknownCommandError)) {
		l.Logf(Warning, "Unknown command '%s' reading the append only file %s", args[0], name)
	}
	return &applyError{err}
}

// UnknownCommandError is for LoadOptions.Apply to return. It is the text of the
// error reply, without its code.
type UnknownCommandError string

// Error implements error.
func (e UnknownCommandError) Error() string { return string(e) }

// applyError marks an error that is no fault of the file's form.
type applyError struct{ error }

func (e *applyError) Unwrap() error { return e.error }

// unfinished decides about a file whose reading ended with err. Up to offset good
// all is well.
func (l *loader) unfinished(s *scanner, name string, good int64, last bool, err error) error {
	if errors.As(err, new(*applyError)) {
		return err
	}
	if errors.Is(err, ErrDamaged) && last && l.Truncated {
		if zeros, zerr := s.endsInZeros(); zerr == nil && zeros {
			err = errShort
		}
	}
	switch {
	case errors.Is(err, ErrDamaged):
		if bad := (*SumError)(nil); errors.As(err, &bad) {
			l.Logf(Warning, "Checksum error in the append only file %s: the %d bytes before offset %d are not what was written", name, bad.Bytes, s.off)
		}
		l.Logf(Warning, "Bad file format reading the append only file %s: make a backup of your AOF file, "+
			"then use ./valkey-check-aof --fix <filename.manifest>", name)
		return err
	case !errors.Is(err, errShort):
		l.Logf(Warning, "Unrecoverable error reading the append only file %s: %s", name, vfs.Reason(err))
		return err
	case l.Truncated && !last:
		l.Logf(Warning, "!!! Warning: short read while loading the AOF file %s!!!", name)
		l.Logf(Warning, "Fatal error: the truncated file is not the last file")
	case l.Truncated:
		return l.truncate(name, good)
	default:
		l.Logf(Warning, "Unexpected end of file reading the append only file %s. You can: "+
			"1) Make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>. "+
			"2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.", name)
	}
	return fmt.Errorf("%w after offset %d: %w", ErrDamaged, good, errShort)
}

// truncate durably cuts the last file off at offset good.
func (l *loader) truncate(name string, good int64) error {
	l.Logf(Warning, "!!! Warning: short read while loading the AOF file %s!!!", name)
	l.Logf(Warning, "!!! Truncating the AOF %s at offset %d !!!", name, good)
	f, err := l.FS.OpenFile(l.path(name), vfs.ReadWrite, 0)
	if err == nil {
		if err = f.Truncate(good); err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		l.Logf(Warning, "Error truncating the AOF file %s: %s", name, vfs.Reason(err))
		return err
	}
	l.Logf(Warning, "AOF %s loaded anyway because aof-load-truncated is enabled", name)
	l.result.Truncated = true
	return nil
}
