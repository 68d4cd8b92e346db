package catalog_test

import (
	"regexp"
	"strings"
	"testing"

	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
)

// eachRow runs f for every command and subcommand.
func eachRow(t *testing.T, f func(t *testing.T, s *command.Spec)) {
	t.Helper()
	var walk func(list []*command.Spec)
	walk = func(list []*command.Spec) {
		for _, s := range list {
			t.Run(s.Name, func(t *testing.T) { f(t, s) })
			walk(s.Sub)
		}
	}
	walk(catalog.Specs())
}

// TestNames: names are lower case and unique, a subcommand's begins with its
// container's, and a list stands in the order of the alphabet.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	name := regexp.MustCompile(`^[a-z_-]+(\|[a-z-]+)?$`)
	eachRow(t, func(t *testing.T, s *command.Spec) {
		if seen[s.Name] {
			t.Error("stands twice")
		}
		seen[s.Name] = true
		if !name.MatchString(s.Name) {
			t.Error("is no name")
		}
		last := ""
		for _, sub := range s.Sub {
			if !strings.HasPrefix(sub.Name, s.Name+"|") {
				t.Errorf("has the subcommand %s", sub.Name)
			}
			if sub.Name < last {
				t.Errorf("has %s behind %s", sub.Name, last)
			}
			last = sub.Name
		}
	})
}

// TestProse: every row describes itself in one sentence.
func TestProse(t *testing.T) {
	version := regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	eachRow(t, func(t *testing.T, s *command.Spec) {
		if n := len(s.Summary); n == 0 || n > 120 || s.Summary[n-1] != '.' {
			t.Errorf("summary %q", s.Summary)
		}
		if !version.MatchString(s.Since) {
			t.Errorf("since %q", s.Since)
		}
		if s.Group == "" {
			t.Error("no group")
		}
		for _, h := range s.History {
			if !version.MatchString(h[0]) || h[1] == "" {
				t.Errorf("history %q", h)
			}
		}
		if (s.Deprecated != "") != (s.ReplacedBy != "") || s.Deprecated != "" && s.DocFlags[0] != "deprecated" {
			t.Errorf("deprecated since %q, replaced by %q, %v", s.Deprecated, s.ReplacedBy, s.DocFlags)
		}
	})
}

// TestFlags: flags and categories agree with each other.
func TestFlags(t *testing.T) {
	eachRow(t, func(t *testing.T, s *command.Spec) {
		cat := func(c command.Category) bool { return s.Categories&c != 0 }
		for _, rule := range []struct {
			ok   bool
			text string
		}{
			{!s.Is(command.Write | command.ReadOnly), "writes and only reads"},
			{cat(command.CatFast) == s.Is(command.Fast), "@fast and fast differ"},
			{cat(command.CatSlow) != s.Is(command.Fast), "@slow and fast agree"},
			{cat(command.CatWrite) == s.Is(command.Write), "@write and write differ"},
			{!cat(command.CatRead) || s.Is(command.ReadOnly), "@read but not readonly"},
			{!s.Is(command.Admin) || cat(command.CatAdmin) && cat(command.CatDangerous), "admin but not @admin and @dangerous"},
			{!s.Is(command.PubSub) || cat(command.CatPubSub), "pubsub but not @pubsub"},
			{!s.Is(command.Blocking) || cat(command.CatBlocking), "blocking but not @blocking"},
			{!s.Is(command.DenyOOM) || s.Is(command.Write) || cat(command.CatScripting) || s.Name == "publish", "denyoom but no write"},
			{!s.Is(command.OnlySentinel) || s.Is(command.Sentinel), "only for Sentinel but not for Sentinel"},
			{s.Group != "sentinel" || s.Is(command.OnlySentinel), "not only for Sentinel"},
		} {
			if !rule.ok {
				t.Error(rule.text)
			}
		}
	})
}
