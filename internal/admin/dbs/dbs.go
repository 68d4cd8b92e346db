// Package dbs has the commands on whole databases: DBSIZE, FLUSHDB, FLUSHALL
// and SWAPDB.
package dbs

import (
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/num"
)

// Handlers are the commands of this package.
// emptying is called before each FLUSHALL.
func Handlers(emptying func()) map[string]command.Handler {
	return map[string]command.Handler{
		"dbsize":  size,
		"flushdb": func(c *command.Ctx) error { return flush(c, c.Tx.DB()) },
		"flushall": func(c *command.Ctx) error {
			if _, err := parseFlush(c); err == nil {
				emptying()
			}
			return flush(c, allDBs)
		},
		"swapdb": swap,
	}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"dbsize", "flushdb", "flushall", "swapdb"} }

// DBSIZE

func size(c *command.Ctx) error {
	c.W.Int(int64(c.Tx.Len()))
	return nil
}

// allDBs stands for every database.
const allDBs = -1

// FLUSHDB [ASYNC | SYNC], FLUSHALL [ASYNC | SYNC]

// flush empties a database or all. That is logged even if they are empty, for a
// replica may still hold keys that have expired here.
func flush(c *command.Ctx, db int) error {
	async, err := parseFlush(c)
	if err != nil {
		return err
	}
	host := exec.Of(c).Engine().Host
	removed := c.Tx.Flush(db, async)
	switch {
	case removed == 0:
		c.Tx.Dirty++
	case async:
		host.Cycle.LazyFreed.Add(int64(removed))
	}
	c.W.OK()
	return nil
}

func parseFlush(c *command.Ctx) (async bool, err error) {
	switch a := c.Args(1); {
	case a.Left() == 0:
		return exec.Of(c).Engine().Config.Bool(config.LazyFreeLazyUserFlush), nil
	case a.Left() == 1 && a.Flag("async"):
		return true, nil
	case a.Left() == 1 && a.Flag("sync"):
		return false, nil
	}
	return false, command.ErrSyntax
}

// SWAPDB index1 index2

func swap(c *command.Ctx) error {
	dbs := c.Tx.Keyspace().Databases()
	a, ok := parseIndex(c.Arg(1))
	if !ok {
		return command.ReplyError("ERR invalid first DB index")
	}
	b, ok := parseIndex(c.Arg(2))
	if !ok {
		return command.ReplyError("ERR invalid second DB index")
	}
	if a < 0 || b < 0 || a >= dbs || b >= dbs {
		return command.ErrDBIndex
	}
	c.Tx.Swap(a, b)
	c.W.OK()
	return nil
}

// parseIndex reads an integer of 32 bits.
func parseIndex(b []byte) (int, bool) {
	n, ok := num.ParseInt(b)
	return int(n), ok && n == int64(int32(n))
}
