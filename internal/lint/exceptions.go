package lint

import (
	"fmt"
	"strconv"
	"strings"
)

// exception allows one subject to break one rule.
type exception struct {
	rule, subject string
	size          int // the largest size allowed; 0 for rules without one
	line          int // in exceptions.txt
	used          bool
}

// Exceptions are the lines of exceptions.txt.
type Exceptions struct{ list []exception }

// sizeRules are the rules whose exceptions carry a size.
var sizeRules = map[string]bool{"function": true, "file": true, "struct": true, "package": true}

// ParseExceptions parses lines of the form "rule subject [size] -- reason".
func ParseExceptions(text string) (*Exceptions, error) {
	e := &Exceptions{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		head, reason, _ := strings.Cut(line, " -- ")
		rule, subject, _ := strings.Cut(head, " ")
		x := exception{rule: rule, subject: subject, line: i + 1}
		if sizeRules[rule] {
			at := strings.LastIndexByte(subject, ' ')
			size, err := strconv.Atoi(subject[at+1:])
			if at < 0 || err != nil {
				return nil, fmt.Errorf("exceptions.txt:%d: %s needs the size that is allowed", x.line, rule)
			}
			x.subject, x.size = subject[:at], size
		}
		if x.subject == "" || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("exceptions.txt:%d: want: rule subject [size] -- reason", x.line)
		}
		e.list = append(e.list, x)
	}
	return e, nil
}

// Apply returns the findings that no exception allows, and one finding for each
// exception that allowed nothing.
func (e *Exceptions) Apply(findings []Finding) []Finding {
	var left []Finding
	for _, finding := range findings {
		if !e.allow(finding) {
			left = append(left, finding)
		}
	}
	for _, x := range e.list {
		if !x.used {
			left = append(left, Finding{Rule: x.rule, Subject: x.subject,
				Where: fmt.Sprintf("internal/lint/exceptions.txt:%d", x.line), Text: "the exception is no longer needed"})
		}
	}
	return left
}

func (e *Exceptions) allow(finding Finding) bool {
	for i := range e.list {
		x := &e.list[i]
		if x.rule == finding.Rule && x.subject == finding.Subject {
			x.used = true
			return finding.Size <= x.size
		}
	}
	return false
}
