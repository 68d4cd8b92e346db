package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/testkit"
)

func showArgs(args []string) string {
	shown := make([]string, len(args))
	for i, arg := range args {
		shown[i] = showArg(arg)
	}
	return strings.Join(shown, " ")
}

// showBoth shows two outcomes one above the other: of long texts, such as INFO,
// only the fields that the other has not.
func showBoth(peer, ours testkit.Outcome) string {
	only := func(a, b testkit.Outcome) string {
		others := fields(b.Reply)
		return strings.Join(slices.DeleteFunc(fields(a.Reply), func(name string) bool { return slices.Contains(others, name) }), ", ")
	}
	if len(fields(peer.Reply)) > maxShown && len(fields(ours.Reply)) > 1 {
		return fmt.Sprintf("only valkey: %s\nonly sigrun: %s", only(peer, ours), only(ours, peer))
	}
	return fmt.Sprintf("valkey: %s\nsigrun: %s", showOutcome(peer), showOutcome(ours))
}

// maxShown is how many lines of a reply are shown.
const maxShown = 30

// showOutcome is the reply for a person, with its bytes if they are few.
func showOutcome(o testkit.Outcome) string {
	switch {
	case o.Closed:
		return "(closed)"
	case o.None:
		return "(no reply)"
	}
	text := o.Reply.String()
	if lines := strings.Split(text, "\n"); len(lines) > maxShown {
		text = fmt.Sprintf("%s\n… %d lines in all", strings.Join(lines[:maxShown], "\n"), len(lines))
	}
	if raw := o.Reply.Raw; len(raw) < 200 {
		text += "    " + strconv.Quote(string(raw))
	}
	return text
}
