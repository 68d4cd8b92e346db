package lint

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// door is something of the outside world that the server uses in few places
// only. Tests are free to use it, unless inTests is set.
type door struct {
	imports string   // the import path
	names   []string // the banned names of that package; none bans the import
	folders []string // where it is allowed, as patterns under internal/ or "./"
	inTests bool     // banned in tests too, the folders above excepted
	why     string
}

// everywhereElse bans a thing in the whole tree.
var everywhereElse []string

var doors = []door{
	{
		imports: "time",
		names: []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer",
			"NewTicker"},
		folders: []string{"clock"},
		why:     "time comes from internal/clock, so that tests can move it",
	},
	{
		imports: "math/rand", folders: []string{"rng"}, inTests: true,
		why: "chance comes from internal/rng, so that a seed repeats a run",
	},
	{
		imports: "math/rand/v2", folders: []string{"rng"}, inTests: true,
		why: "chance comes from internal/rng, so that a seed repeats a run",
	},
	{
		imports: "crypto/rand", folders: []string{"rng"},
		why: "chance comes from internal/rng",
	},
	{
		imports: "os",
		names: []string{"Open", "Create", "OpenFile", "ReadFile", "WriteFile", "ReadDir", "Remove", "RemoveAll",
			"Rename", "Mkdir", "MkdirAll", "MkdirTemp", "CreateTemp", "Stat", "Lstat", "Truncate", "Link",
			"Symlink", "Chmod", "Chown", "Chdir", "Chtimes", "DirFS", "OpenRoot"},
		folders: []string{"vfs"},
		why:     "files are reached through internal/vfs, so that tests can make them fail and crash",
	},
	{
		imports: "os", names: []string{"Exit"}, folders: []string{"./cmd/*"},
		why: "only a command may end the process: everything else must be embeddable",
	},
	{
		imports: "unsafe", folders: []string{"offheap", "ds/*", "netio", "keyspace"}, inTests: true,
		why: "memory outside the type system is handled in few packages that are fuzzed for it",
	},
	{
		imports: "syscall", folders: []string{"vfs", "offheap", "netio", "server", "clock", "./cmd/*"},
		why: "system calls differ between systems: they stay in the packages that hide that",
	},
	{
		imports: "golang.org/x/sys/unix", folders: []string{"vfs", "offheap", "netio", "server"},
		why: "system calls differ between systems: they stay in the packages that hide that",
	},
	{
		imports: "C", folders: everywhereElse, inTests: true,
		why: "the server is one static binary without cgo",
	},
	{
		imports: "log", folders: everywhereElse,
		why: "the log's lines have the form that tools for Valkey wait for",
	},
	{
		imports: "fmt", names: []string{"Print", "Printf", "Println"}, folders: []string{"./cmd/*"},
		why: "only a command writes to standard output",
	},
	{
		imports: "regexp", folders: everywhereElse,
		why: "what clients send is parsed by hand, in linear time and without allocations",
	},
	{
		imports: "reflect", folders: everywhereElse,
		why: "tables and types say it at compile time",
	},
}

func (d *door) allows(file *File) bool {
	return matchesAny(d.folders, nameOf(file.Folder)) || file.rig() && !d.inTests
}

func checkDoors(t *Tree) []Finding {
	var findings []Finding
	for _, file := range t.Files {
		for _, spec := range file.Syntax.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			for i := range doors {
				if d := &doors[i]; d.imports == target && !d.allows(file) {
					findings = append(findings, d.breaches(file, spec)...)
				}
			}
		}
	}
	return findings
}

// breaches returns what file does with an import that it may not use freely.
func (d *door) breaches(file *File, spec *ast.ImportSpec) []Finding {
	if len(d.names) == 0 {
		return []Finding{d.breach(file, spec, d.imports)}
	}
	local := path.Base(d.imports)
	if spec.Name != nil {
		local = spec.Name.Name
	}
	var findings []Finding
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && slices.Contains(d.names, selector.Sel.Name) {
			findings = append(findings, d.breach(file, selector, d.imports+"."+selector.Sel.Name))
		}
		return true
	})
	return findings
}

func (d *door) breach(file *File, node ast.Node, what string) Finding {
	text := fmt.Sprintf("%s: %s", what, d.why)
	if len(d.folders) > 0 {
		text += fmt.Sprintf(" (allowed in %s)", strings.Join(d.folders, ", "))
	}
	return Finding{Rule: "door", Subject: file.Path + " " + what, Where: file.where(node), Text: text}
}
