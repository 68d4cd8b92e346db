package debugs

import (
	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/logs"
)

// DEBUG RELOAD [NOSAVE] [NOFLUSH] [MERGE]

func reload(d *debugger, c *command.Ctx) error {
	var noSave, noFlush bool
	for a := c.Args(2); a.More(); {
		switch {
		case a.Flag("nosave"):
			noSave = true
		case a.Flag("noflush"):
			noFlush = true
		case a.Flag("merge"): // what is in the file wins, as always here
		default:
			return command.ReplyError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
		}
	}
	return alone(c, func() error {
		if err := d.Reload(c.Tx, noSave, noFlush); err != nil {
			d.Logf(logs.Warning, "DEBUG RELOAD: %v", err)
			return command.ReplyError("ERR Error trying to load the RDB dump, check server logs")
		}
		d.Logf(logs.Warning, "DB reloaded by DEBUG RELOAD")
		return nil
	})
}

// DEBUG LOADAOF

func loadAOF(d *debugger, c *command.Ctx) error {
	return alone(c, func() error {
		if err := d.LoadAOF(c.Tx); err != nil {
			d.Logf(logs.Warning, "DEBUG LOADAOF: %v", err)
			return command.ReplyError("ERR Error trying to load the AOF files, check server logs")
		}
		d.Logf(logs.Warning, "Append Only File loaded by DEBUG LOADAOF")
		return nil
	})
}

// alone runs f, which loads data, with all other clients waiting but without the
// shards that c has entered.
func alone(c *command.Ctx, f func() error) error {
	e := exec.Of(c).Engine()
	e.Stop()
	c.Tx.Leave()
	err := f()
	c.Tx.EnterAll()
	e.Resume()
	c.Tx.Dirty = 0
	if err == nil {
		c.W.OK()
	}
	return err
}
