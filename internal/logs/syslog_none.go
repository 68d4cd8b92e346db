//go:build !unix

package logs

import "errors"

// Syslog reports that this system has no such log.
func Syslog(int, string) (func(l Level, message string), error) {
	return nil, errors.ErrUnsupported
}
