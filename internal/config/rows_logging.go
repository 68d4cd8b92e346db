package config

import "math"

// loggingRows are the settings of the log, the command log and latency.
var loggingRows = []row{
	{id: AlwaysShowLogo, name: "always-show-logo", kind: boolKind{}, def: "no", flags: Immutable},
	{id: CommandLogExecutionSlowerThan, name: "commandlog-execution-slower-than", alias: "slowlog-log-slower-than", kind: integer(-1, math.MaxInt64), def: "10000"},
	{id: CommandLogLargeReplyMaxLen, name: "commandlog-large-reply-max-len", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: CommandLogLargeRequestMaxLen, name: "commandlog-large-request-max-len", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: CommandLogReplyLargerThan, name: "commandlog-reply-larger-than", kind: integer(-1, math.MaxInt64), def: "1048576"},
	{id: CommandLogRequestLargerThan, name: "commandlog-request-larger-than", kind: integer(-1, math.MaxInt64), def: "1048576"},
	{id: CommandLogSlowExecutionMaxLen, name: "commandlog-slow-execution-max-len", alias: "slowlog-max-len", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: CrashLogEnabled, name: "crash-log-enabled", kind: boolKind{}, def: "yes"},
	{id: CrashMemCheckEnabled, name: "crash-memcheck-enabled", kind: boolKind{}, def: "yes"},
	{id: DebugContext, name: "debug-context", kind: text, flags: Hidden | Debug},
	{id: IgnoreWarnings, name: "ignore-warnings", kind: text},
	{id: LatencyMonitorThreshold, name: "latency-monitor-threshold", kind: integer(0, math.MaxInt64), def: "0"},
	{id: LatencyTracking, name: "latency-tracking", kind: boolKind{}, def: "yes"},
	{id: LatencyTrackingInfoPercentiles, name: "latency-tracking-info-percentiles", kind: percentilesKind{}, def: "50 99 99.9", flags: MultiArg},
	{id: LogFormat, name: "log-format", kind: enum("legacy", "logfmt", "json"), def: "legacy"},
	{id: LogTimestampFormat, name: "log-timestamp-format", kind: enum("legacy", "iso8601", "milliseconds"), def: "legacy"},
	{id: LogFile, name: "logfile", kind: text, flags: Immutable},
	{id: LogLevel, name: "loglevel", kind: enum("debug", "verbose", "notice", "warning", "nothing"), def: "notice"},
	{id: NotifyKeyspaceEvents, name: "notify-keyspace-events", kind: notifyKind{}},
	{id: SyslogEnabled, name: "syslog-enabled", kind: boolKind{}, def: "no", flags: Immutable},
	{id: SyslogFacility, name: "syslog-facility", kind: enum("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"), def: "local0", flags: Immutable},
	{id: SyslogIdent, name: "syslog-ident", kind: text, def: "valkey", flags: Immutable},
	{id: UseExitOnPanic, name: "use-exit-on-panic", kind: boolKind{}, def: "no", flags: Hidden},
	{id: WatchdogPeriod, name: "watchdog-period", kind: integer(0, math.MaxInt32), def: "0", flags: Hidden},
}
