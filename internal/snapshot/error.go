package snapshot

import "fmt"

// LoadError says which file could not be loaded.
type LoadError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *LoadError) Error() string { return fmt.Sprintf("load %s: %v", e.Path, e.Err) }

// Unwrap is the cause.
func (e *LoadError) Unwrap() error { return e.Err }
