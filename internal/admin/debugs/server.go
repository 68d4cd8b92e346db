package debugs

import (
	"errors"
	"math"
	"slices"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/glob"
	"sigrun/internal/logs"
	"sigrun/internal/num"
	"sigrun/internal/rng"
)

// crash is a word that ends the process.
func crash(headline string) func(*debugger, *command.Ctx) error {
	return func(d *debugger, _ *command.Ctx) error {
		d.Crash(headline)
		return command.ReplyError("ERR the server goes on")
	}
}

// DEBUG CHANGE-REPL-ID

func changeReplID(d *debugger, c *command.Ctx) error {
	d.Logf(logs.Notice, "Changing replication IDs after receiving change-repl-id")
	exec.Of(c).Engine().Host.ChangeReplID()
	c.W.OK()
	return nil
}

// DEBUG CONFIG-REWRITE-FORCE-ALL

func rewriteAll(_ *debugger, c *command.Ctx) error {
	if err := exec.Of(c).Engine().Config.RewriteAll(); err != nil {
		var system *config.RewriteError
		if errors.As(err, &system) {
			err = system.Err
		}
		return command.ReplyError("ERR CONFIG-REWRITE-FORCE-ALL failed: " + err.Error())
	}
	c.W.OK()
	return nil
}

// DEBUG ERROR text

// replyWith answers with the text, in which every line end, also around it, is a
// space.
func replyWith(_ *debugger, c *command.Ctx) error {
	text := slices.Clone(c.Arg(2))
	for i, b := range text {
		if b == '\r' || b == '\n' {
			text[i] = ' '
		}
	}
	return command.ReplyError(text)
}

// DEBUG LOG message

func writeLog(d *debugger, c *command.Ctx) error {
	message := c.Arg(2)
	for i, b := range message {
		if b == 0 {
			message = message[:i]
			break
		}
	}
	d.Logf(logs.Warning, "DEBUG LOG: %s", message)
	c.W.OK()
	return nil
}

// isOn reads a switch: whatever is no number is off.
func isOn(b []byte) bool { return leadingInt(b) != 0 }

// leadingInt is the number that b begins with, as C's atoi reads it; 0 if there is
// none.
func leadingInt(b []byte) int64 {
	end := 0
	for end < len(b) && (b[end] >= '0' && b[end] <= '9' || end == 0 && b[end] == '-') {
		end++
	}
	n, _ := num.ParseInt(b[:end])
	return n
}

// DEBUG AOF-FLUSH-SLEEP microseconds

func flushSleep(d *debugger, c *command.Ctx) error {
	d.FlushSleep(time.Duration(min(leadingInt(c.Arg(2)), math.MaxInt32)) * time.Microsecond)
	c.W.OK()
	return nil
}

// DEBUG PAUSE-CRON 0 | 1

func pauseCron(_ *debugger, c *command.Ctx) error {
	exec.Of(c).Engine().Host.Knobs.NoCron.Store(isOn(c.Arg(2)))
	c.W.OK()
	return nil
}

// DEBUG SET-ACTIVE-EXPIRE 0 | 1

func setActiveExpire(_ *debugger, c *command.Ctx) error {
	exec.Of(c).Engine().Host.Knobs.NoActiveExpire.Store(!isOn(c.Arg(2)))
	c.W.OK()
	return nil
}

// DEBUG SET-SKIP-CHECKSUM-VALIDATION 0 | 1

func setSkipChecksum(_ *debugger, c *command.Ctx) error {
	exec.Of(c).Engine().Host.Knobs.NoChecksum.Store(isOn(c.Arg(2)))
	c.W.OK()
	return nil
}

// DEBUG SLEEP seconds

// sleep makes everybody wait: it has entered all shards.
func sleep(_ *debugger, c *command.Ctx) error {
	seconds, ok := num.ParseFloat(c.Arg(2))
	if ok && seconds > 0 {
		clock.Sleep(time.Duration(min(seconds*float64(time.Second), math.MaxInt64/2)))
	}
	c.W.OK()
	return nil
}

// DEBUG REPLYBUFFER PEAK-RESET-TIME time | RESIZING 0 | 1

// replyBuffer accepts what would change buffers that connections here don't
// have.
func replyBuffer(_ *debugger, c *command.Ctx) error {
	a := c.Args(2)
	switch {
	case a.Flag("peak-reset-time"):
		if !a.Flag("never") && !a.Flag("reset") {
			a.Int()
		}
		if err := a.Err(); err != nil {
			return err
		}
	case a.Flag("resizing"):
	default:
		return errUnknown(c)
	}
	c.W.OK()
	return nil
}

// The size of DEBUG STRINGMATCH-TEST.
const (
	matchRounds = 100_000
	matchLength = 32
)

// DEBUG STRINGMATCH-TEST

func matchTest(_ *debugger, c *command.Ctx) error {
	random := rng.NewRandom()
	letters := []byte("ab*?[]^-\\c")
	line := func() []byte {
		b := make([]byte, random.Uint64n(matchLength))
		for i := range b {
			b[i] = letters[random.Uint64n(uint64(len(letters)))]
		}
		return b
	}
	for range matchRounds {
		glob.Match(line(), line())
	}
	c.W.SimpleString("Apparently the server did not crash: test passed")
	return nil
}
