//go:build unix

package logs

import (
	"fmt"
	"log/syslog"
)

// facilities are the values of syslog-facility, in their order.
var facilities = [...]syslog.Priority{
	syslog.LOG_USER, syslog.LOG_LOCAL0, syslog.LOG_LOCAL1, syslog.LOG_LOCAL2, syslog.LOG_LOCAL3,
	syslog.LOG_LOCAL4, syslog.LOG_LOCAL5, syslog.LOG_LOCAL6, syslog.LOG_LOCAL7,
}

// Syslog connects to the system's log and returns what Options.Syslog wants.
// The facility is a number of syslog-facility.
func Syslog(facility int, ident string) (func(l Level, message string), error) {
	w, err := syslog.New(facilities[facility]|syslog.LOG_NOTICE, ident)
	if err != nil {
		return nil, fmt.Errorf("connecting to the system's log: %w", err)
	}
	write := map[Level]func(string) error{Debug: w.Debug, Verbose: w.Info, Notice: w.Notice, Warning: w.Warning}
	return func(l Level, message string) {
		_ = write[l](message) // a log that is gone comes back by itself, or not
	}, nil
}
