package config

import "math"

// processRows are the settings of the process: start, shutdown, timers and scheduling.
var processRows = []row{
	{id: AvailabilityZone, name: "availability-zone", kind: text},
	{id: BIOCPUList, name: "bio-cpulist", alias: "bio_cpulist", kind: optional, flags: Immutable},
	{id: BusyReplyThreshold, name: "busy-reply-threshold", alias: "lua-time-limit", kind: integer(0, math.MaxInt64), def: "5000"},
	{id: Daemonize, name: "daemonize", kind: boolKind{}, def: "no", flags: Immutable},
	{id: Databases, name: "databases", kind: integer(1, math.MaxInt32), def: "16", flags: Immutable},
	{id: ExtendedRedisCompatibility, name: "extended-redis-compatibility", kind: boolKind{}, def: "no"},
	{id: HashSeed, name: "hash-seed", kind: optionalChecked(hashSeed), flags: Immutable},
	{id: Hz, name: "hz", kind: integer(0, math.MaxInt32).clampedTo(1, 500), def: "10"},
	{id: LocaleCollate, name: "locale-collate", kind: checked(localeName)},
	{id: PIDFile, name: "pidfile", kind: optional, flags: Immutable},
	{id: ProcTitleTemplate, name: "proc-title-template", kind: checked(titleTemplate), def: "{title} {listen-addr} {server-mode}"},
	{id: ServerCPUList, name: "server-cpulist", alias: "server_cpulist", kind: optional, flags: Immutable},
	{id: SetProcTitle, name: "set-proc-title", kind: boolKind{}, def: "yes", flags: Immutable},
	{id: ShutdownOnSIGINT, name: "shutdown-on-sigint", kind: shutdownOptions, def: "default", flags: MultiArg},
	{id: ShutdownOnSIGTERM, name: "shutdown-on-sigterm", kind: shutdownOptions, def: "default", flags: MultiArg},
	{id: ShutdownTimeout, name: "shutdown-timeout", kind: integer(0, math.MaxInt32), def: "10"},
	{id: Supervised, name: "supervised", kind: enum("upstart", "systemd", "auto", "no"), def: "no", flags: Immutable},
}
