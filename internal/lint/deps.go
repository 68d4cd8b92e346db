package lint

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// modulePath is the import path of the project's root.
const modulePath = "sigrun"

// rigFolders are the packages that only tests and measurements use, in the terms
// of deps.txt. The server may not import them, and they may use what it may not.
var rigFolders = []string{"testkit", "lint", "tools", "family/familytest", "./test/*", "./bench", "./bench/*"}

// Deps are the rules of deps.txt.
type Deps struct {
	entries []depEntry
	modules map[string][]string // module path → packages, as in deps.txt
}

// depEntry is one package, or one pattern of packages.
type depEntry struct {
	pattern string // as in deps.txt
	layer   int    // 0 is the lowest
	beside  []string
	line    int
}

// ParseDeps parses the text of deps.txt.
func ParseDeps(text string) (*Deps, error) {
	d := &Deps{modules: map[string][]string{}}
	layer := -1
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "layer":
			layer++
		case words[0] == "module" && len(words) > 2:
			d.modules[strings.TrimSuffix(words[1], ":")] = words[2:]
		case layer >= 0 && len(words) == 1:
			d.entries = append(d.entries, depEntry{words[0], layer, nil, i + 1})
		case layer >= 0 && len(words) > 2 && words[1] == "->":
			d.entries = append(d.entries, depEntry{words[0], layer, words[2:], i + 1})
		default:
			return nil, fmt.Errorf("deps.txt:%d: cannot read %q", i+1, line)
		}
	}
	return d, nil
}

// nameOf is how deps.txt writes the folder.
func nameOf(folder string) string {
	if folder == "." {
		return "./"
	}
	if name, internal := strings.CutPrefix(folder, "internal/"); internal {
		return name
	}
	return "./" + folder
}

// find returns the entry for a package named as in deps.txt.
func (d *Deps) find(name string) *depEntry {
	best := -1
	for i, entry := range d.entries {
		if entry.pattern == name {
			best = i
			break
		}
		if ok, _ := path.Match(entry.pattern, name); ok {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &d.entries[best]
}

// matchesAny reports whether name is one of patterns.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// Check returns every import that deps.txt does not allow.
func (d *Deps) Check(t *Tree) []Finding {
	var findings []Finding
	for _, file := range t.Files {
		from := d.find(nameOf(file.Folder))
		if from == nil {
			findings = append(findings, Finding{Rule: "layer", Subject: file.Folder, Where: file.Path + ":1",
				Text: "the package stands in no layer of internal/lint/deps.txt"})
			continue
		}
		for _, spec := range file.Syntax.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // the parser would have refused it
			}
			if why := d.refuse(file, from, target); why != "" {
				findings = append(findings, Finding{Rule: "import", Subject: file.Folder + " " + target,
					Where: file.where(spec), Text: why})
			}
		}
	}
	return findings
}

// refuse says why file may not import target; "" if it may.
func (d *Deps) refuse(file *File, from *depEntry, target string) string {
	folder, ours := strings.CutPrefix(target+"/", modulePath+"/")
	if !ours {
		return d.refuseModule(file, target)
	}
	name := nameOf(path.Clean(folder))
	to := d.find(name)
	switch {
	case to == nil:
		return fmt.Sprintf("%s stands in no layer", target)
	case nameOf(file.Folder) == name: // an external test package
		return ""
	case matchesAny(rigFolders, name) && !file.rig():
		return fmt.Sprintf("%s is for tests", target)
	case to.layer < from.layer || to.layer == from.layer && (file.Test || matchesAny(from.beside, name)):
		return ""
	case to.layer == from.layer:
		return fmt.Sprintf("%s is in the same layer and deps.txt line %d names no edge to it", target, from.line)
	}
	return fmt.Sprintf("%s is in a layer below", target)
}

// refuseModule says why file may not import target, which is not ours.
func (d *Deps) refuseModule(file *File, target string) string {
	if first, _, _ := strings.Cut(target, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	for module, users := range d.modules {
		if target != module && !strings.HasPrefix(target, module+"/") {
			continue
		}
		if matchesAny(users, nameOf(file.Folder)) || file.rig() && slices.Contains(users, "rig") {
			return ""
		}
		return fmt.Sprintf("deps.txt does not let this package use %s", module)
	}
	return fmt.Sprintf("deps.txt names no module for %s", target)
}
