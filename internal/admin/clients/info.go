package clients

import (
	"sigrun/internal/command"
	"sigrun/internal/exec"
)

// CLIENT INFO

func info(c *command.Ctx) error {
	c.W.Verbatim("txt", appendInfo(nil, c, exec.Of(c)))
	return nil
}

// appendInfo appends the line that describes s.
func appendInfo(dst []byte, c *command.Ctx, s *exec.Session) []byte {
	return append(exec.Of(c).Worker().AppendInfo(dst, s, false), '\n')
}
