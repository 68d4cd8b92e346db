package clients

import (
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

// PING [message]

func ping(c *command.Ctx) error {
	switch len(c.Argv) {
	case 1:
		c.W.Raw(resp.Pong)
	case 2:
		c.W.Bulk(c.Argv[1])
	default:
		return command.ReplyError("ERR wrong number of arguments for 'ping' command")
	}
	return nil
}

// ECHO message

func echo(c *command.Ctx) error {
	c.W.Bulk(c.Argv[1])
	return nil
}

// SELECT index

const errNotInt32 = command.ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647")

func selectDB(c *command.Ctx) error {
	s := exec.Of(c)
	n, ok := num.ParseInt(c.Argv[1])
	switch {
	case !ok:
		return command.ErrNotInteger
	case int64(int32(n)) != n:
		return errNotInt32
	case n < 0 || n >= s.Engine().Config.Int(config.Databases):
		return command.ErrDBIndex
	}
	s.DB = int(n)
	c.W.OK()
	return nil
}

// QUIT

// quit closes the connection once all of its replies are sent.
func quit(c *command.Ctx) error {
	c.W.OK()
	exec.Of(c).Quit()
	return nil
}

// RESET

func reset(c *command.Ctx) error {
	exec.Of(c).Reset()
	c.W.SimpleString("RESET")
	return nil
}
