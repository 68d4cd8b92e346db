package server

import (
	"fmt"
	"runtime"
	"syscall"

	"sigrun/internal/aof"
	"sigrun/internal/config"
	"sigrun/internal/version"
)

// crashStatus is the exit status of a process that ended by a failure of its own.
const crashStatus = 134

// CrashBy is what the process does about a signal that tells of a failure and was
// sent to it: it logs a report and ends. For failures of the process itself the
// runtime does as much, see vfs.SetCrashOutput.
func (o *Options) CrashBy(sig syscall.Signal) {
	o.crash(fmt.Sprintf("crashed by signal: %d", int(sig)))
}

// traceMost is the most of the goroutines' stacks that is logged, in bytes.
const traceMost = 1 << 20

// crash logs a report on what the server is doing and ends the process.
func (o *Options) crash(headline string) {
	if o.Config.Bool(config.CrashLogEnabled) {
		o.Logf(aof.Warning, "=== SIGRUN BUG REPORT START: Cut & paste starting from here ===")
		o.Logf(aof.Warning, "Sigrun %s (valkey %s) %s", version.Sigrun, version.Valkey, headline)
		o.logTrace()
		o.Logf(aof.Warning, "=== SIGRUN BUG REPORT END. Make sure to include from START to END. ===")
	} else {
		o.Logf(aof.Warning, "Sigrun %s %s", version.Sigrun, headline)
	}
	o.Exit(crashStatus)
}

// TraceBy logs what the server is doing, for a signal of that name that asks for it.
func (o *Options) TraceBy(name string) {
	o.Logf(aof.Warning, "Received %s", name)
	o.logTrace()
	o.Logf(aof.Warning, "--------")
}

// logTrace logs the stacks of all goroutines.
func (o *Options) logTrace() {
	o.Logf(aof.Warning, "------ STACK TRACE ------")
	trace := make([]byte, traceMost)
	o.writeRaw(string(trace[:runtime.Stack(trace, true)]))
	o.Logf(aof.Warning, "------ STACK TRACE DONE ------")
}

func (o *Options) writeRaw(text string) {
	if o.Logger != nil {
		o.Logger.Raw(text)
	}
}
