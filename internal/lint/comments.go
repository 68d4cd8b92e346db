package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// notes matches notes to self: what they say belongs into the code, or nowhere.
// The words are put together here so that this file does not hold them.
var notes = regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"}, "|") + `)\b`)

func checkComments(t *Tree) []Finding {
	var findings []Finding
	for _, file := range t.Files {
		findings = append(findings, checkNotes(file)...)
		if !file.Test && file.Syntax.Name.Name != "main" {
			for _, decl := range file.Syntax.Decls {
				findings = append(findings, checkDeclComment(file, decl)...)
			}
		}
	}
	for folder, files := range t.Packages() {
		findings = append(findings, checkPackageComment(folder, files)...)
	}
	return findings
}

func checkNotes(file *File) []Finding {
	var findings []Finding
	for i, line := range strings.Split(file.text, "\n") {
		if word := notes.FindString(line); word != "" {
			findings = append(findings, Finding{Rule: "note", Subject: file.Path,
				Where: fmt.Sprintf("%s:%d", file.Path, i+1), Text: word + ": do it, or leave it out"})
		}
	}
	return findings
}

// checkPackageComment wants one package comment that begins as godoc expects.
func checkPackageComment(folder string, files []*File) []Finding {
	var with []string
	for _, file := range files {
		if file.Syntax.Doc == nil || strings.HasSuffix(file.Syntax.Name.Name, "_test") {
			continue
		}
		want := "Package " + file.Syntax.Name.Name + " "
		if file.Syntax.Name.Name == "main" {
			want = "Command "
		}
		if strings.HasPrefix(file.Syntax.Doc.Text(), want) {
			with = append(with, file.Path)
		}
	}
	if len(with) == 1 {
		return nil
	}
	text := "no package comment that says what the package owns"
	if len(with) > 1 {
		text = "more than one package comment: " + strings.Join(with, ", ")
	}
	return []Finding{{Rule: "package-comment", Subject: folder, Where: files[0].Path + ":1", Text: text}}
}

// checkDeclComment wants a comment on each exported name. One comment on a group
// of constants or variables is enough for the group.
func checkDeclComment(file *File, decl ast.Decl) []Finding {
	bare := func(node ast.Node, name string) []Finding {
		return []Finding{{Rule: "comment", Subject: file.Folder + "." + name, Where: file.where(node),
			Text: name + " is exported and has no comment"}}
	}
	if function, ok := decl.(*ast.FuncDecl); ok {
		name := functionName(function)
		if function.Doc == nil && !slices.ContainsFunc(strings.Split(name, "."), isLocal) {
			return bare(function, name)
		}
		return nil
	}
	general, ok := decl.(*ast.GenDecl)
	if !ok || general.Doc != nil && general.Tok != token.TYPE {
		return nil
	}
	var findings []Finding
	for _, spec := range general.Specs {
		if name, commented := specName(spec); !commented && general.Doc == nil && name != "" {
			findings = append(findings, bare(spec, name)...)
		}
	}
	return findings
}

func isLocal(name string) bool { return !ast.IsExported(name) }

// specName returns the first exported name of spec, and whether spec itself has
// a comment above or beside it.
func specName(spec ast.Spec) (name string, commented bool) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			return s.Name.Name, s.Doc != nil || s.Comment != nil
		}
	case *ast.ValueSpec:
		for _, ident := range s.Names {
			if ident.IsExported() {
				return ident.Name, s.Doc != nil || s.Comment != nil
			}
		}
	}
	return "", false
}
