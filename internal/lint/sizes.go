package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
)

// The sizes beyond which code is to be divided. Lines are counted from "func" to
// the closing brace, and of whole files; of test files only the hard limit holds.
const (
	maxFunction = 70   // lines
	maxFile     = 600  // lines
	hardFile    = 1000 // lines; no exception goes beyond it, tests included
	maxStruct   = 25   // fields
	maxPackage  = 5000 // lines without tests
)

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func checkSizes(t *Tree) []Finding {
	var findings []Finding
	lines := map[string]int{}
	for _, file := range t.Files {
		if generated.MatchString(file.text) {
			continue
		}
		findings = append(findings, checkFileSize(file)...)
		if file.Test {
			continue
		}
		lines[file.Folder] += file.Lines
		for _, decl := range file.Syntax.Decls {
			findings = append(findings, checkDeclSize(file, decl)...)
		}
	}
	for folder, n := range lines {
		if n > maxPackage {
			findings = append(findings, Finding{Rule: "package", Subject: folder, Size: n, Where: folder,
				Text: fmt.Sprintf("%d lines, at most %d", n, maxPackage)})
		}
	}
	return findings
}

func checkFileSize(file *File) []Finding {
	limit, rule := maxFile, "file"
	if file.Test || file.Lines > hardFile {
		limit, rule = hardFile, "hard-file"
	}
	if file.Lines <= limit {
		return nil
	}
	return []Finding{{Rule: rule, Subject: file.Path, Size: file.Lines, Where: file.Path + ":1",
		Text: fmt.Sprintf("%d lines, at most %d", file.Lines, limit)}}
}

func checkDeclSize(file *File, decl ast.Decl) []Finding {
	if function, ok := decl.(*ast.FuncDecl); ok {
		n := file.lineCount(function)
		if n <= maxFunction {
			return nil
		}
		return []Finding{{Rule: "function", Subject: file.Folder + "." + functionName(function), Size: n,
			Where: file.where(function), Text: fmt.Sprintf("%d lines, at most %d", n, maxFunction)}}
	}
	var findings []Finding
	general, ok := decl.(*ast.GenDecl)
	if !ok || general.Tok != token.TYPE {
		return nil
	}
	for _, spec := range general.Specs {
		typeSpec := spec.(*ast.TypeSpec)
		if n := fieldCount(typeSpec.Type); n > maxStruct {
			findings = append(findings, Finding{Rule: "struct", Subject: file.Folder + "." + typeSpec.Name.Name, Size: n,
				Where: file.where(typeSpec), Text: fmt.Sprintf("%d fields, at most %d", n, maxStruct)})
		}
	}
	return findings
}

// functionName is "Name", or "Type.Name" of a method.
func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	return receiverName(function.Recv.List[0].Type) + "." + function.Name.Name
}

// receiverName is the name of a method's type, without pointer and parameters.
func receiverName(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiverName(e.X)
	case *ast.IndexExpr:
		return receiverName(e.X)
	case *ast.IndexListExpr:
		return receiverName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// fieldCount is the number of fields that a struct type declares; 0 for others.
func fieldCount(expr ast.Expr) int {
	structType, ok := expr.(*ast.StructType)
	if !ok {
		return 0
	}
	n := 0
	for _, field := range structType.Fields.List {
		n += max(1, len(field.Names)) // an embedded field has no name
	}
	return n
}
