package commands

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
)

// COMMAND GETKEYS command [arg ...]
// COMMAND GETKEYSANDFLAGS command [arg ...]

// What is wrong with the command line in question.
const (
	errNoSuchCommand = command.ReplyError("ERR Invalid command specified")
	errKeyless       = command.ReplyError("ERR The command has no key arguments")
	errWrongNumber   = command.ReplyError("ERR Invalid number of arguments specified for command")
	errNoKeysFound   = command.ReplyError("ERR Invalid arguments specified for command")
)

// getKeys replies with the keys of a command line.
func (a about) getKeys(c *command.Ctx) error {
	argv := c.Argv[2:]
	keys, err := a.find(argv)
	if err != nil {
		return err
	}
	c.W.Array(len(keys))
	for _, k := range keys {
		c.W.Bulk(argv[k.Index])
	}
	return nil
}

// getKeysAndFlags replies with the keys of a command line and what the command
// does with each.
func (a about) getKeysAndFlags(c *command.Ctx) error {
	argv := c.Argv[2:]
	keys, err := a.find(argv)
	if err != nil {
		return err
	}
	c.W.Array(len(keys))
	for _, k := range keys {
		c.W.Array(2)
		c.W.Bulk(argv[k.Index])
		writeKeyFlags(c.W, k.Flags)
	}
	return nil
}

// find finds the keys of a command line as its sender meant them: a command
// that needs keys must have some.
func (a about) find(argv [][]byte) ([]command.KeyPos, error) {
	s := a.table().Lookup(argv[0])
	if s != nil && len(s.Sub) > 0 && len(argv) > 1 {
		s = s.LookupSub(argv[1])
	}
	switch {
	case s == nil:
		return nil, errNoSuchCommand
	case !hasKeys(s):
		return nil, errKeyless
	case !s.ArityOK(len(argv)):
		return nil, errWrongNumber
	}
	keys, err := s.AppendKeys(argv, nil)
	switch {
	case err == nil && len(keys) > 0 && !lacking(s, argv):
		return keys, nil
	case s.Is(command.NoMandatoryKeys):
		return nil, nil
	}
	return nil, errNoKeysFound
}

// hasKeys reports whether s ever has a key.
func hasKeys(s *command.Spec) bool {
	if s.GetKeys != nil {
		return true
	}
	for i := range s.Keys {
		if s.Keys[i].Flags&command.KeyNotKey == 0 {
			return true
		}
	}
	return false
}

// lacking reports whether one of s's key specs stands for no key in argv though
// it isn't bound to an option.
func lacking(s *command.Spec, argv [][]byte) bool {
	for i := range s.Keys {
		k := &s.Keys[i]
		if k.Search != command.SearchIndex {
			continue
		}
		if k.Pos >= len(argv) {
			return true
		}
		if k.Find == command.FindKeyNum {
			if n, _ := num.ParseInt(argv[k.Pos+k.NumIdx]); n < 1 {
				return true
			}
		}
	}
	return false
}
