// Command sigrun is the server and its tools in one binary. What it does is
// chosen by its first argument, or by the name it is called by: a link named
// valkey-server or redis-server makes it the server.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sigrun/internal/version"
)

// applet is one of the programs in the binary.
type applet struct {
	name    string // after "sigrun"
	summary string
	run     func(name string, args []string) int
}

var applets = []applet{
	{"server", "serve clients: sigrun server [FILE] [--name value]...", runServer},
	{"check-rdb", "examine an RDB file: sigrun check-rdb FILE", runCheckRDB},
	{"check-aof", "examine an append-only file: sigrun check-aof [--fix] FILE", runCheckAOF},
}

func main() {
	os.Exit(run(os.Args))
}

// run finds the applet that argv asks for and returns the exit status.
func run(argv []string) int {
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	if _, called, ok := cutFamily(name); ok {
		if a := find(called); a != nil {
			return a.run(argv[0], argv[1:])
		}
	}
	if len(argv) > 1 {
		if a := find(argv[1]); a != nil {
			return a.run(argv[0]+" "+argv[1], argv[2:])
		}
	}
	usage()
	return 1
}

// cutFamily takes "valkey-" or "redis-" off a program's name.
func cutFamily(name string) (family, rest string, ok bool) {
	family, rest, ok = strings.Cut(name, "-")
	return family, rest, ok && (family == "valkey" || family == "redis")
}

func find(name string) *applet {
	for i := range applets {
		if applets[i].name == name {
			return &applets[i]
		}
	}
	return nil
}

func usage() {
	fmt.Fprintln(os.Stderr, "Sigrun, a server for Valkey and Redis clients. Usage: sigrun APPLET ...")
	for _, a := range applets {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", a.name, a.summary)
	}
}

func isVersion(arg string) bool { return arg == "-v" || arg == "--version" }

// printVersion prints what a program of Valkey prints about itself.
func printVersion(program string) {
	fmt.Printf("%s v=%s sha=00000000:0 malloc=offheap bits=%d build=0 sigrun=%s\n", program, version.Valkey, strconv.IntSize, version.Sigrun)
}
