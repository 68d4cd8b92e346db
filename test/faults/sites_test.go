package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

const vfsPath = "sigrun/internal/vfs"

// kindOf are the kinds of operations that methods of vfs.FS and vfs.File are. What
// is not here asks no disk.
var kindOf = map[string]string{
	"OpenFile": "open", "Rename": "rename", "Remove": "remove", "MkdirAll": "mkdir", "Stat": "stat", "List": "list",
	"SyncDir": "syncdir", "Read": "read", "ReadAt": "read", "Write": "write", "Sync": "fdatasync",
	"Truncate": "truncate", "Close": "close",
}

// site is a call to the file system in the source.
type site struct {
	kind  string // * for functions of package vfs that make several calls
	place string // file:line; of a deferred call the function
}

func (s site) String() string { return s.kind + " " + s.place }

// listed is what `go list` tells of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Standard                bool
	Module                  *struct{ Main bool }
}

// allSites are the calls to the file system in the code of the program, found by
// their types, with the lines that they stand in.
func allSites(t *testing.T) map[site]string {
	root := testkit.Root(t)
	list := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,Standard,Module", "./cmd/sigrun")
	list.Dir = root
	out, err := list.Output()
	testkit.NoError(t, err)
	exports := map[string]string{}
	var own []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			testkit.NoError(t, err)
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main {
			own = append(own, p)
		}
	}
	files := token.NewFileSet()
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	imports := importer.ForCompiler(files, "gc", lookup)
	sites := map[site]string{}
	for _, p := range own {
		sitesOf(t, files, imports, root, p, sites)
	}
	return sites
}

// sitesOf adds the calls in one package.
func sitesOf(t *testing.T, files *token.FileSet, imports types.Importer, root string, p listed, sites map[site]string) {
	var parsed []*ast.File
	text := map[string][]string{}
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		testkit.NoError(t, err)
		parsed = append(parsed, f)
		text[path] = lines(path)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	_, err := (&types.Config{Importer: imports}).Check(p.ImportPath, files, parsed, info)
	testkit.NoError(t, err)
	for _, f := range parsed {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			deferred := map[*ast.CallExpr]bool{}
			ast.Inspect(fn, func(n ast.Node) bool {
				if d, ok := n.(*ast.DeferStmt); ok {
					deferred[d.Call] = true
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				kind := callKind(info, call, p.ImportPath)
				if kind == "" {
					return true
				}
				at := files.Position(call.Lparen)
				place := fmt.Sprintf("%s:%d", relative(root, at.Filename), at.Line)
				if deferred[call] {
					place = funcName(p.ImportPath, fn)
				}
				sites[site{kind, place}] = strings.TrimSpace(text[at.Filename][at.Line-1])
				return true
			})
		}
	}
}

func relative(root, path string) string {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(name)
}

// funcName is the name of fn as the runtime has it, without the module.
func funcName(path string, fn *ast.FuncDecl) string {
	name := strings.TrimPrefix(path, "sigrun/") + "."
	if fn.Recv != nil {
		switch r := fn.Recv.List[0].Type.(type) {
		case *ast.StarExpr:
			name += "(*" + r.X.(*ast.Ident).Name + ")."
		case *ast.Ident:
			name += r.Name + "."
		}
	}
	return name + fn.Name.Name
}

// callKind is the kind of operation that call is, empty if it is none.
func callKind(info *types.Info, call *ast.CallExpr, path string) string {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		if s := info.Selections[fun]; s != nil {
			if isDoor(s.Recv()) {
				return kindOf[fun.Sel.Name]
			}
			return ""
		}
		return helperKind(info.Uses[fun.Sel])
	case *ast.Ident:
		if path == vfsPath {
			return helperKind(info.Uses[fun])
		}
	}
	return ""
}

// helperKind tells of a function of package vfs whether it works on a file system.
func helperKind(o types.Object) string {
	f, ok := o.(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != vfsPath {
		return ""
	}
	params := f.Signature().Params()
	if f.Signature().Recv() == nil && params.Len() > 0 && isDoor(params.At(0).Type()) && f.Name() != "SetCrashOutput" && f.Name() != "NewFaulty" {
		return "*"
	}
	return ""
}

// isDoor tells whether t is vfs.FS or vfs.File.
func isDoor(t types.Type) bool {
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != vfsPath {
		return false
	}
	return n.Obj().Name() == "FS" || n.Obj().Name() == "File"
}
