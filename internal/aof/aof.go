// Package aof keeps the append-only file: a directory with a snapshot (base) and
// the effects since then (increments), named in order by a manifest.
//
//	appendonlydir/
//	    appendonly.aof.manifest        file appendonly.aof.2.base.rdb seq 2 type b
//	                                   file appendonly.aof.1.incr.aof seq 1 type h
//	                                   file appendonly.aof.2.incr.aof seq 2 type i
//	    appendonly.aof.2.base.rdb      an RDB, or RESP commands (.base.aof)
//	    appendonly.aof.2.incr.aof      RESP commands, "#TS:<seconds>" between them
//
// [ReadManifest] and [Load] read it at the start. [Writer] appends what the log
// of effects (package feed) gets. [Rewrite] replaces base and increments by a new
// base while the writer goes on.
//
// Invariants, each tested against a crash at every operation:
//
//  1. The manifest on disk names only files that exist, but for history (h).
//  2. Every increment but the last that has bytes is complete and durable: a
//     file is synced before the first byte goes into its successor. So after a
//     power cut only the end of the last one can be missing, and what is lost is
//     a suffix.
//  3. A base that the manifest names is durable and holds exactly the effects
//     before the first increment.
//  4. Bytes that a failed sync may have lost are never counted as durable, until
//     a newer base holds them.
package aof

import (
	"errors"
	"io/fs"
	"path/filepath"

	"sigrun/internal/logs"
	"sigrun/internal/vfs"
)

// Level is the weight of a log line.
type Level = logs.Level

// The levels.
const (
	Debug   = logs.Debug
	Verbose = logs.Verbose
	Notice  = logs.Notice
	Warning = logs.Warning
)

// Config says where the append-only file is and who hears of it.
type Config struct {
	FS   vfs.FS
	Dir  string // appenddirname
	Name string // appendfilename
	// Logf writes a line of the server's log. It must not call back.
	Logf func(level Level, format string, args ...any)
}

// Errors that callers tell apart with errors.Is.
var (
	// ErrDamaged is in the chain of all errors that say that the content of a
	// file is not what it should be.
	ErrDamaged = errors.New("append-only file is damaged")
	// ErrRewriting says that a rewrite is already under way.
	ErrRewriting = errors.New("append-only file rewriting already in progress")
	// ErrAborted says that the rewrite was given up, for example because the
	// append-only file was switched on or off meanwhile.
	ErrAborted = errors.New("append-only file rewriting was aborted")
)

// The parts that names are made of.
const (
	tempPrefix     = "temp-"
	manifestSuffix = ".manifest"
	baseSuffix     = ".base"
	incrSuffix     = ".incr"
	rdbSuffix      = ".rdb"
	aofSuffix      = ".aof"
	tempBaseName   = tempPrefix + "rewriteaof-bg" + aofSuffix
)

const (
	filePerm fs.FileMode = 0o644
	dirPerm  fs.FileMode = 0o755
)

// path is where the file called name is.
func (c *Config) path(name string) string { return filepath.Join(c.Dir, name) }

// shownDir is how the log names the directory: as the setting does.
func (c *Config) shownDir() string { return filepath.Base(c.Dir) }

// shown is how the log names the path of the file called name.
func (c *Config) shown(name string) string { return filepath.Join(c.shownDir(), name) }

// oldPath is where servers before there were manifests had their only file: in the
// directory above.
func (c *Config) oldPath() string { return filepath.Join(filepath.Dir(filepath.Clean(c.Dir)), c.Name) }

func (c *Config) manifestName() string     { return c.Name + manifestSuffix }
func (c *Config) tempManifestName() string { return tempPrefix + c.Name + manifestSuffix }
func (c *Config) tempIncrName() string     { return tempPrefix + c.Name + incrSuffix }

// makeDir creates the directory if it is missing, durably.
func (c *Config) makeDir() error {
	if vfs.Exists(c.FS, c.Dir) {
		return nil
	}
	err := c.FS.MkdirAll(c.Dir, dirPerm)
	if err == nil {
		err = c.FS.SyncDir(filepath.Dir(filepath.Clean(c.Dir)))
	}
	if err != nil {
		c.Logf(Warning, "Can't open or create append-only dir %s: %s", c.shownDir(), vfs.Reason(err))
	}
	return err
}
