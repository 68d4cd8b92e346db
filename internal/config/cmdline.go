package config

import "strings"

// commandLine is the arguments of a server, taken apart.
type commandLine struct {
	file    string // the config file, or ""
	stdin   bool   // read standard input as well
	options string // the other arguments as lines of a config file
}

// parseCommandLine reads args. "--name" starts a line if the line before it has
// a word after its name; what is not such a start is a word. So a value may
// look like an option, and "--port" before "--hz" takes it for its value.
func parseCommandLine(args []string) commandLine {
	var c commandLine
	first := 0
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.file = args[0]
		first = 1
	}
	var b strings.Builder
	complete := true // the line has a value
	for i := first; i < len(args); i++ {
		arg := args[i]
		isLast := i == len(args)-1
		switch {
		case arg == "-" && (i == 0 || isLast):
			c.stdin = true
		case complete && strings.HasPrefix(arg, "--"):
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(arg[2:] + " ")
			words, _ := splitWords(arg)
			complete = len(words) != 1 // "--name value" may be one argument
			if !complete && (isLast || strings.HasPrefix(args[i+1], "--")) {
				// Two options may stand alone: --save for no save points, and
				// --sentinel, whose value is that it is there.
				isSave := strings.EqualFold(arg, "--save")
				if isSave {
					b.WriteString(`""`)
				}
				complete = isSave || strings.EqualFold(arg, "--sentinel")
			}
		default:
			b.WriteString(quote(arg) + " ")
			complete = true
		}
	}
	c.options = b.String()
	return c
}
