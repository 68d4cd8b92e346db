package sets

import (
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/types/set"
)

// runSCard answers SCARD key: the number of members.
func runSCard(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = s.Len()
	}
	c.W.Int(int64(n))
	return nil
}

// runSIsMember answers SISMEMBER key member: 1 or 0.
func runSIsMember(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	reply(c, ok && s.Has(set.Text(c.Arg(2))))
	return nil
}

// runSMIsMember answers SMISMEMBER key member [member …]: 1 or 0 for each.
func runSMIsMember(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	members := c.Argv[2:]
	c.W.Array(len(members))
	for _, b := range members {
		reply(c, ok && s.Has(set.Text(b)))
	}
	return nil
}

// runSMembers answers SMEMBERS key: all members.
func runSMembers(c *command.Ctx) error {
	s, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	if !ok {
		c.W.Set(0)
		return nil
	}
	replyAll(c, &s)
	return nil
}

// replyMore is how many bytes more a member of less than a hundred takes in a reply
// than it may take in a table.
const replyMore = 6

// replyAll answers with all members of s as a set.
func replyAll(c *command.Ctx, s *set.Set) {
	w := c.W
	if n := s.TextSize(); n > 0 { // saves copies of long replies
		w.Buf = slices.Grow(w.Buf, n+s.Len()*replyMore)
	}
	w.Set(s.Len())
	s.Each(func(m set.Member) bool {
		replyMember(w, m)
		return true
	})
}
