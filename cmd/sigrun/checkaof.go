package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sigrun/internal/aof/check"
	"sigrun/internal/clock"
	"sigrun/internal/examine"
	"sigrun/internal/logs"
)

// runCheckAOF examines an append-only file or all those of a manifest, mends the
// end if it is told to, and exits with 0 if they are sound then.
func runCheckAOF(name string, args []string) int {
	l := logs.New(logs.Options{PID: os.Getpid(), Clock: clock.Real, Stdout: os.Stdout})
	values, err := examine.New(clock.Real, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer values.Close()
	o := check.Options{FS: watched(), Values: values, Out: os.Stdout, Clock: clock.Real, Tool: filepath.Base(name), Confirm: confirm, Logf: l.Logf}
	switch {
	case len(args) == 1 && isVersion(args[0]):
		printVersion("valkey-check-aof")
		return 0
	case len(args) == 1:
	case len(args) == 2 && args[0] == "--fix":
		o.Fix = true
	case len(args) == 3 && args[0] == "--truncate-to-timestamp":
		until, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			fmt.Println("Invalid timestamp, aborting...")
			return 1
		}
		o.Until = until
	default:
		fmt.Printf("Usage: %s [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n", name)
		return 1
	}
	o.Path = args[len(args)-1]
	if !check.Check(&o) {
		return 1
	}
	return 0
}

// confirm reads the answer to a question.
func confirm() bool {
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n') // none is a no
	return strings.HasPrefix(strings.ToLower(answer), "y")
}
