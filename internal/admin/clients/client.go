package clients

import (
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
)

const (
	errBadName      = command.ReplyError("ERR Client names cannot contain spaces, newlines or special characters.")
	errNotImporting = command.ReplyError("ERR Server is not in import mode")
)

// printable reports whether text may be a client's name or library: it stands
// between spaces in CLIENT LIST.
func printable(text []byte) bool {
	for _, b := range text {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

// parseSwitch reads argument 2, which is ON or OFF.
func parseSwitch(c *command.Ctx) (on bool, err error) {
	switch {
	case command.Is(c.Argv[2], "on"):
		return true, nil
	case command.Is(c.Argv[2], "off"):
		return false, nil
	}
	return false, command.ErrSyntax
}

// setFlag is a command that turns a flag of its session on or off.
func setFlag(c *command.Ctx, flag uint32) error {
	on, err := parseSwitch(c)
	if err != nil {
		return err
	}
	exec.Of(c).Set(flag, on)
	c.W.OK()
	return nil
}

// CLIENT ID

func id(c *command.Ctx) error {
	c.W.Int(int64(exec.Of(c).ID))
	return nil
}

// CLIENT GETNAME

func getName(c *command.Ctx) error {
	if name := exec.Of(c).Name; name != "" {
		c.W.BulkString(name)
	} else {
		c.W.Null()
	}
	return nil
}

// CLIENT SETNAME connection-name

func setName(c *command.Ctx) error {
	if !printable(c.Argv[2]) {
		return errBadName
	}
	exec.Of(c).Name = string(c.Argv[2])
	c.W.OK()
	return nil
}

// CLIENT SETINFO (LIB-NAME libname | LIB-VER libver)

func setInfo(c *command.Ctx) error {
	s := exec.Of(c)
	var field *string
	switch {
	case command.Is(c.Argv[2], "lib-name"):
		field = &s.LibName
	case command.Is(c.Argv[2], "lib-ver"):
		field = &s.LibVer
	default:
		return command.ReplyError("ERR Unrecognized option '" + string(c.Argv[2]) + "'")
	}
	if !printable(c.Argv[3]) {
		return command.ReplyError("ERR " + string(c.Argv[2]) + " cannot contain spaces, newlines or special characters.")
	}
	*field = string(c.Argv[3])
	c.W.OK()
	return nil
}

// CLIENT CAPA capability [capability ...]

// capa notes what the client can do; what the server doesn't know is for later
// servers.
func capa(c *command.Ctx) error {
	for _, word := range c.Argv[2:] {
		if command.Is(word, "redirect") {
			exec.Of(c).SetRedirect()
		}
	}
	c.W.OK()
	return nil
}

// CLIENT REPLY (ON | OFF | SKIP)

func reply(c *command.Ctx) error {
	s := exec.Of(c)
	switch {
	case command.Is(c.Argv[2], "on"):
		s.Set(exec.ReplyOff|exec.ReplySkip|exec.ReplySkipping, false)
		c.W.OK()
	case command.Is(c.Argv[2], "off"):
		s.Set(exec.ReplyOff, true)
	case command.Is(c.Argv[2], "skip"):
		s.Set(exec.ReplySkip, !s.Is(exec.ReplyOff))
	default:
		return command.ErrSyntax
	}
	return nil
}

// CLIENT NO-EVICT (ON | OFF)

func noEvict(c *command.Ctx) error { return setFlag(c, exec.NoEvict) }

// CLIENT NO-TOUCH (ON | OFF)

func noTouch(c *command.Ctx) error { return setFlag(c, exec.NoTouch) }

// CLIENT IMPORT-SOURCE (ON | OFF)

func importSource(c *command.Ctx) error {
	importing := exec.Of(c).Engine().Config.Bool(config.ImportMode)
	if !importing && !command.Is(c.Argv[2], "off") {
		return errNotImporting
	}
	return setFlag(c, exec.ImportSource)
}

// CLIENT HELP

func help(c *command.Ctx) error {
	c.Help(helpLines...)
	return nil
}

var helpLines = []string{
	"CAPA <option> [<option> ...]",
	"    Say what this client is able to do. Options are:",
	"    * REDIRECT: it follows redirections without cluster mode.",
	"GETNAME",
	"    Tell the name of this connection.",
	"ID",
	"    Tell the number of this connection.",
	"INFO",
	"    Describe this connection.",
	"KILL <ip:port>",
	"    Close the connection from that address.",
	"KILL <option> <value> [<option> <value> ...]",
	"    Close the connections that fit all options, which are those of LIST;",
	"    but for SKIPME NO this connection is spared.",
	"LIST [<option> <value> ...]",
	"    Describe the connections, or those that fit all options:",
	"    * ID <client-id> [<client-id> ...]: one of these numbers.",
	"    * TYPE (NORMAL|PRIMARY|REPLICA|PUBSUB): of this type.",
	"    * USER <username>: authenticated as this user.",
	"    * ADDR <ip:port>, LADDR <ip:port>: with this address there, or here.",
	"    * IP <ip>: from this address, whatever the port.",
	"    * NAME <name>, LIB-NAME <name>, LIB-VER <version>: called so.",
	"    * DB <index>: using this database.",
	"    * FLAGS <letters>, CAPA <letters>: with all of these letters.",
	"    NOT- before one of these turns it round.",
	"    * MAXAGE <seconds>: at least as old.",
	"    * IDLE <seconds>: idle for at least as long.",
	"    * SKIPME (YES|NO): without this connection, or with it.",
	"PAUSE <timeout> [WRITE|ALL]",
	"    Hold back all commands, or those that write, for so many milliseconds.",
	"UNPAUSE",
	"    End the pause.",
	"REPLY (ON|OFF|SKIP)",
	"    Send replies to this connection, or none, or none to the next command.",
	"SETNAME <name>",
	"    Name this connection.",
	"SETINFO (LIB-NAME <name>|LIB-VER <version>)",
	"    Say which library this client uses.",
	"UNBLOCK <client-id> [TIMEOUT|ERROR]",
	"    End the blocking command of a connection.",
	"NO-EVICT (ON|OFF)",
	"    Spare this connection when clients take too much memory.",
	"NO-TOUCH (ON|OFF)",
	"    Leave the age of the keys that this connection uses as it is.",
	"IMPORT-SOURCE (ON|OFF)",
	"    Say that this connection fills a server in import mode.",
}
