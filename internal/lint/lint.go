// Package lint is the project's style as tests that fail. It owns no code that
// runs in the server: `go test ./internal/lint` reads the source of the whole
// tree and checks
//
//   - import direction, against the layers in deps.txt;
//   - doors: time, chance, files, system calls, unsafe and the like are used only
//     where doors.go says, with the reason;
//   - sizes: functions, files, structs and packages;
//   - that packages and exported names have their comments, and that no comment
//     holds a note to self.
//
// What must break a rule stands in exceptions.txt with its reason. An exception
// for a size is a ratchet: it gives the size that may not be exceeded. One that
// is no longer needed fails the tests, too.
package lint

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Finding is one breach of one rule.
type Finding struct {
	Rule    string // the first word of an exception
	Subject string // what an exception has to name
	Size    int    // of a breach of size; otherwise 0
	Where   string // file:line
	Text    string // for a person
}

// String is the finding as a compiler would print it.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s [%s %s]", f.Where, f.Text, f.Rule, f.Subject)
}

// File is one Go file of the tree.
type File struct {
	Path   string // from the project's root, with slashes
	Folder string // of Path; "." for the root
	Test   bool   // a _test.go file
	Lines  int
	Syntax *ast.File
	set    *token.FileSet
	text   string
}

// where is the position of node for a Finding.
func (f *File) where(node ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Path, f.set.Position(node.Pos()).Line)
}

// lineCount is the number of lines that node spans.
func (f *File) lineCount(node ast.Node) int {
	return f.set.Position(node.End()).Line - f.set.Position(node.Pos()).Line + 1
}

// rig reports whether f is part of the tests: a test file, or a package that
// only tests use.
func (f *File) rig() bool {
	return f.Test || matchesAny(rigFolders, nameOf(f.Folder))
}

// Tree is the source of the project, or of a part of it in tests of the rules.
type Tree struct {
	Files []*File // by path
}

// ReadTree parses every Go file of fsys, whatever its build tags. Folders that
// the go tool ignores are left out.
func ReadTree(fsys fs.FS) (*Tree, error) {
	tree := &Tree{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		file, err := readFile(fsys, name)
		if err == nil {
			tree.Files = append(tree.Files, file)
		}
		return err
	})
	slices.SortFunc(tree.Files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return tree, err
}

func ignored(folder string) bool {
	return folder != "." && (folder[0] == '.' || folder[0] == '_') || folder == "testdata" || folder == "node_modules"
}

func readFile(fsys fs.FS, name string) (*File, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, filepath.ToSlash(name), text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &File{
		Path: name, Folder: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"),
		Lines: strings.Count(string(text), "\n"), Syntax: syntax, set: set, text: string(text),
	}, nil
}

// Packages are the files of each folder, by folder.
func (t *Tree) Packages() map[string][]*File {
	packages := map[string][]*File{}
	for _, file := range t.Files {
		packages[file.Folder] = append(packages[file.Folder], file)
	}
	return packages
}

// Check applies every rule to the tree.
func (t *Tree) Check(deps *Deps) []Finding {
	findings := deps.Check(t)
	findings = append(findings, checkDoors(t)...)
	findings = append(findings, checkSizes(t)...)
	findings = append(findings, checkComments(t)...)
	slices.SortFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Where, b.Where) })
	return findings
}
