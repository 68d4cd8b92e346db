// Package invariant holds the assertions of the project.
//
// Cheap assertions are always compiled in. Costly ones, poisoning of freed
// memory and checks of who holds which lock run only in builds with
// -tags invariants: guard them with `if invariant.Enabled`, which the compiler
// removes from a release build.
package invariant

import "fmt"

// Assert panics with "BUG: msg" unless cond holds. It is for our own mistakes,
// never for a client's or the world's.
func Assert(cond bool, msg string) {
	if !cond {
		panic("BUG: " + msg)
	}
}

// Failf panics with "BUG: " and the formatted text.
func Failf(format string, args ...any) {
	panic("BUG: " + fmt.Sprintf(format, args...))
}

// Check runs a structure's own Check in a build with the invariants tag and
// panics when it finds an error. In a release build it does nothing.
func Check(check func() error) {
	if !Enabled {
		return
	}
	if err := check(); err != nil {
		panic("BUG: " + err.Error())
	}
}
