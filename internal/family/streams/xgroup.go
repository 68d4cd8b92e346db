package streams

import (
	"strings"

	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
)

const (
	errGroupKey  = command.ReplyError("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.")
	errGroupBusy = command.ReplyError("BUSYGROUP Consumer Group name already exists")
	errGroupRead = command.ReplyError("ERR value for ENTRIESREAD must be positive or -1")
)

// errUsage is the answer to a subcommand that is called in a wrong way.
func errUsage(c *command.Ctx) error {
	name, _, _ := strings.Cut(c.Spec.Name, "|")
	word := command.Text(c.Arg(1))
	return command.ReplyError("ERR unknown subcommand or wrong number of arguments for '" + word[:min(len(word), 128)] +
		"'. Try " + strings.ToUpper(name) + " HELP.")
}

// errNoGroup is the answer of XGROUP and XINFO if there is no such group.
func errNoGroup(key, group []byte) error {
	return command.ReplyError("NOGROUP No such consumer group '" + command.Text(group) + "' for key name '" + command.Text(key) + "'")
}

// groupArgs are the options of XGROUP CREATE and SETID.
type groupArgs struct {
	create bool
	read   int64
}

// parseGroup reads [MKSTREAM] [ENTRIESREAD n]; only CREATE has the first.
func parseGroup(c *command.Ctx, create bool) (p groupArgs, err error) {
	p.read = ds.Unknown
	a := c.Args(5)
	for a.More() {
		switch {
		case create && a.Flag("mkstream"):
			p.create = true
		case a.Option("entriesread"):
			n, ok := num.ParseInt(a.Next())
			switch {
			case !ok:
				a.Fail(command.ErrNotInteger)
			case n < 0 && n != ds.Unknown:
				a.Fail(errGroupRead)
			}
			p.read = n
		default:
			a.Fail(errUsage(c))
		}
	}
	return p, a.Err()
}

// theGroup looks up the stream and the group that a subcommand is about.
func theGroup(c *command.Ctx) (m keyspace.Mutable, s ds.Stream, g ds.Group, err error) {
	m, s, ok, err := mutate(c, c.Keys[0])
	switch {
	case err != nil:
	case !ok:
		err = errGroupKey
	default:
		if g, ok = s.FindGroup(c.Arg(3)); !ok {
			err = errNoGroup(c.Arg(2), c.Arg(3))
		}
	}
	return m, s, g, err
}

// maxCreateArgs is the number of arguments of XGROUP CREATE with all options.
const maxCreateArgs = 8

// runGroupCreate answers XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD n].
func runGroupCreate(c *command.Ctx) error {
	p, err := parseGroup(c, true)
	if err != nil {
		return err
	}
	k := c.Keys[0]
	_, s, there, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !there && !p.create:
		return errGroupKey
	case len(c.Argv) > maxCreateArgs:
		return errUsage(c)
	}
	var id ds.ID
	if !isMark(c.Arg(4), '$') {
		id, err = parseID(c.Arg(4))
	} else if there {
		id = s.LastID()
	}
	if err != nil {
		return err
	}
	if !there {
		s = store(c, k)
		c.Tx.Dirty-- // making the stream and the group count as one
	}
	if _, ok := s.AddGroup(c.Arg(3), id, p.read); !ok {
		return errGroupBusy
	}
	c.Tx.Dirty++
	c.Event(command.EventStream, "xgroup-create", k.B)
	c.W.OK()
	return nil
}

// runGroupSetID answers XGROUP SETID key group id|-|+|$ [ENTRIESREAD n].
func runGroupSetID(c *command.Ctx) error {
	p, err := parseGroup(c, false)
	if err != nil {
		return err
	}
	_, s, g, err := theGroup(c)
	switch {
	case err != nil:
		return err
	case len(c.Argv) != 5 && len(c.Argv) != 7:
		return errUsage(c)
	}
	id, exclusive, err := parseBound(c.Arg(4), 0)
	if isMark(c.Arg(4), '$') {
		id, err = s.LastID(), nil
	} else if exclusive {
		err = errID
	}
	if err != nil {
		return err
	}
	g.SetLastID(id)
	g.SetEntriesRead(p.read)
	c.Tx.Dirty++
	c.Event(command.EventStream, "xgroup-setid", c.Keys[0].B)
	c.W.OK()
	return nil
}

// runGroupDestroy answers XGROUP DESTROY key group: 1, or 0 if there was none.
// Who waits for entries of the group hears that it is gone.
func runGroupDestroy(c *command.Ctx) error {
	k := c.Keys[0]
	m, s, ok, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !ok:
		return errGroupKey
	case !s.RemoveGroup(c.Arg(3)):
		c.W.Int(0)
		return nil
	}
	c.Tx.Dirty++
	m.Wake()
	c.Event(command.EventStream, "xgroup-destroy", k.B)
	c.W.Int(1)
	return nil
}

// runGroupCreateConsumer answers XGROUP CREATECONSUMER key group consumer: 1, or
// 0 if it was there.
func runGroupCreateConsumer(c *command.Ctx) error {
	_, _, g, err := theGroup(c)
	if err != nil {
		return err
	}
	n := int64(0)
	if _, created := addConsumer(c, c.Keys[0].B, g, c.Arg(4)); created {
		n = 1
	}
	c.W.Int(n)
	return nil
}

// runGroupDelConsumer answers XGROUP DELCONSUMER key group consumer: how many
// entries it had pending.
func runGroupDelConsumer(c *command.Ctx) error {
	_, _, g, err := theGroup(c)
	if err != nil {
		return err
	}
	n, ok := g.RemoveConsumer(c.Arg(4))
	if ok {
		c.Tx.Dirty++
		c.Event(command.EventStream, "xgroup-delconsumer", c.Keys[0].B)
	}
	c.W.Int(int64(n))
	return nil
}

func runGroupHelp(c *command.Ctx) error {
	c.Help(
		"CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <n>]",
		"    Make a group that reads on behind the entry <id>, $ being the last one.",
		"    MKSTREAM makes the stream, too. ENTRIESREAD tells how many entries the",
		"    group has read up to there.",
		"CREATECONSUMER <key> <group> <consumer>",
		"    Make a consumer.",
		"DELCONSUMER <key> <group> <consumer>",
		"    Remove a consumer with its pending entries.",
		"DESTROY <key> <group>",
		"    Remove a group.",
		"SETID <key> <group> <id|$> [ENTRIESREAD <n>]",
		"    Let a group read on behind another entry.",
	)
	return nil
}
