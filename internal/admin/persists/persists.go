// Package persists has the commands that save data and stop the server: SAVE,
// BGSAVE, BGREWRITEAOF, LASTSAVE and SHUTDOWN; and WAIT and WAITAOF, which wait
// until data are safe.
package persists

import (
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/persist"
)

// Server is what the commands need of the server.
type Server interface {
	Persist() *persist.Manager
	// Shutdown stops the server, unless it returns an error. It may take long.
	Shutdown(o ShutdownOptions) error
	// AbortShutdown takes back a shutdown that a signal asked for and that has not
	// begun, and reports whether there was one.
	AbortShutdown() bool
}

// ShutdownOptions are those of SHUTDOWN and of the settings for signals.
type ShutdownOptions struct {
	Save, NoSave, Now, Force, Safe, Failover bool
	// By is the line about the client that asks, as CLIENT INFO has it; "" if none
	// does.
	By string
}

// Handlers are the commands of this package.
func Handlers(s Server) map[string]command.Handler {
	h := handlers{s}
	return map[string]command.Handler{
		"save":         h.save,
		"bgsave":       h.bgsave,
		"bgrewriteaof": h.rewrite,
		"lastsave":     h.lastSave,
		"shutdown":     h.shutdown,
		"wait":         wait,
		"waitaof":      h.waitAOF,
	}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"bgsave"} }

type handlers struct{ Server }

func (h handlers) save(c *command.Ctx) error {
	if err := h.Persist().Save(c.Tx); err != nil {
		if err == persist.ErrSaving {
			return command.ReplyError(err.Error())
		}
		return command.ReplyError("ERR")
	}
	c.W.OK()
	return nil
}

// BGSAVE [SCHEDULE | CANCEL]
func (h handlers) bgsave(c *command.Ctx) error {
	schedule := false
	switch a := c.Args(1); {
	case a.Left() == 1 && a.Flag("schedule"):
		schedule = true
	case a.Left() == 1 && a.Flag("cancel"):
		return h.cancel(c)
	case a.Left() > 0:
		return command.ErrSyntax
	}
	var err error
	switch {
	case !c.Nested:
		err = h.Persist().StartSave(c.Tx)
	case h.Persist().Saving():
		err = persist.ErrSaving
	default: // within EXEC, which is not over: half of it must not be saved
		err, schedule = persist.ErrBusy, true
	}
	switch {
	case err == nil:
		c.W.SimpleString("Background saving started")
	case err == persist.ErrBusy && schedule:
		h.Persist().Schedule()
		c.W.SimpleString("Background saving scheduled")
	default:
		return command.ReplyError(err.Error())
	}
	return nil
}

func (h handlers) cancel(c *command.Ctx) error {
	switch scheduled, err := h.Persist().Cancel(); {
	case err != nil:
		return command.ReplyError(err.Error())
	case scheduled:
		c.W.SimpleString("Scheduled background saving cancelled")
	default:
		c.W.SimpleString("Background saving cancelled")
	}
	return nil
}

// BGREWRITEAOF

// The replies of BGREWRITEAOF.
const (
	rewriteScheduled = "Background append only file rewriting scheduled"
	rewriteStarted   = "Background append only file rewriting started"
)

func (h handlers) rewrite(c *command.Ctx) error {
	if c.Nested {
		h.Persist().ScheduleRewrite()
		c.W.SimpleString(rewriteScheduled)
		return nil
	}
	// To open the files may take long on a slow disk: only this client waits.
	answer := exec.Of(c).Suspend()
	go func() {
		switch scheduled, err := h.Persist().StartRewrite(); {
		case err != nil:
			answer("-" + err.Error() + "\r\n")
		case scheduled:
			answer("+" + rewriteScheduled + "\r\n")
		default:
			answer("+" + rewriteStarted + "\r\n")
		}
	}()
	return nil
}

func (h handlers) lastSave(c *command.Ctx) error {
	c.W.Int(h.Persist().LastSave())
	return nil
}

// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [SAFE] [FAILOVER] | SHUTDOWN ABORT
func (h handlers) shutdown(c *command.Ctx) error {
	var o ShutdownOptions
	a := c.Args(1)
	abort := a.Flag("abort")
	for a.More() {
		switch {
		case a.Flag("save"):
			o.Save = true
		case a.Flag("nosave"):
			o.NoSave = true
		case a.Flag("now"):
			o.Now = true
		case a.Flag("force"):
			o.Force = true
		case a.Flag("safe"):
			o.Safe = true
		case a.Flag("failover"):
			o.Failover = true
		default:
			return command.ErrSyntax
		}
	}
	if o.Save && o.NoSave || abort && len(c.Argv) > 2 {
		return command.ErrSyntax
	}
	if abort {
		if !h.AbortShutdown() {
			return command.ReplyError("ERR No shutdown in progress.")
		}
		c.W.OK()
		return nil
	}
	// The reply comes when it failed; until then the client waits.
	session := exec.Of(c)
	o.By = string(session.Worker().AppendInfo(nil, session, session.Engine().Config.Bool(config.HideUserDataFromLog)))
	answer := session.Suspend()
	go func() {
		if h.Shutdown(o) != nil {
			answer("-ERR Errors trying to SHUTDOWN. Check logs.\r\n")
		}
	}()
	return nil
}
