// Package misc has commands that tell one small thing: TIME, ROLE and LOLWUT;
// and MODULE.
package misc

import (
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/exec"
)

// Handlers are the commands of this package.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"time":   now,
		"role":   role,
		"lolwut": lolwut,

		"module|help":   moduleHelp,
		"module|list":   moduleList,
		"module|load":   moduleLoad,
		"module|loadex": moduleLoad,
		"module|unload": moduleUnload,
	}
}

// TIME

func now(c *command.Ctx) error {
	wall := exec.Of(c).Engine().Clock.Wall()
	c.W.Array(2)
	c.W.BulkString(strconv.FormatInt(wall/1e6, 10))
	c.W.BulkString(strconv.FormatInt(wall%1e6, 10))
	return nil
}

// ROLE

func role(c *command.Ctx) error {
	c.W.Array(3)
	c.W.BulkString("master")
	c.W.Int(int64(exec.Of(c).Engine().Log.End()))
	c.W.Array(0) // replicas
	return nil
}
