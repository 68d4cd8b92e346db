package config

// The numbers of AppendFsync.
const (
	FsyncEverySec int64 = iota
	FsyncAlways
	FsyncNo
)

// The numbers of MaxMemoryPolicy.
const (
	EvictVolatileLRU int64 = iota
	EvictVolatileLFU
	EvictVolatileRandom
	EvictVolatileTTL
	EvictAllKeysLRU
	EvictAllKeysLFU
	EvictAllKeysRandom
	EvictNothing
)

// The numbers of LogLevel, from the most talkative to silence.
const (
	LevelDebug int64 = iota
	LevelVerbose
	LevelNotice
	LevelWarning
	LevelNothing
)

// The numbers of LogFormat.
const (
	LogLegacy int64 = iota
	LogLogfmt
	LogJSON
)

// The numbers of LogTimestampFormat.
const (
	TimestampLegacy int64 = iota
	TimestampISO8601
	TimestampMilliseconds
)

// The numbers of EnableDebugCommand, EnableModuleCommand and
// EnableProtectedConfigs.
const (
	AllowNobody int64 = iota
	AllowAll
	AllowLocal // clients on the machine itself
)

// The numbers of SanitizeDumpPayload.
const (
	SanitizeNo int64 = iota
	SanitizeYes
	SanitizeClients
)

// The numbers of ReplDisklessLoad.
const (
	DisklessLoadDisabled int64 = iota
	DisklessLoadOnEmptyDB
	DisklessLoadSwapDB
	DisklessLoadFlushBeforeLoad
)

// The numbers of PropagationErrorBehavior.
const (
	PropagationErrorIgnore int64 = iota
	PropagationErrorPanic
	PropagationErrorPanicOnReplicas
)

// The numbers of ACLPubSubDefault.
const (
	PubSubAllChannels int64 = iota
	PubSubResetChannels
)

// The numbers of RDBVersionCheck.
const (
	RDBVersionStrict int64 = iota
	RDBVersionRelaxed
)

// The numbers of OOMScoreAdj.
const (
	OOMScoreNo int64 = iota
	OOMScoreRelative
	OOMScoreAbsolute
)

// oomScoreAdjModes takes yes and relative as the same.
var oomScoreAdjModes = enumKind{
	names:   []string{"no", "yes", "relative", "absolute"},
	numbers: []int64{OOMScoreNo, OOMScoreRelative, OOMScoreRelative, OOMScoreAbsolute},
}

// The numbers of Supervised.
const (
	SupervisedUpstart int64 = iota
	SupervisedSystemd
	SupervisedAuto
	SupervisedNo
)

// The bits of ShutdownOnSIGINT and ShutdownOnSIGTERM; none of them is the
// default: save if there are save points.
const (
	ShutdownSave int64 = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
	ShutdownSafe
	ShutdownFailover
)

var shutdownOptions = flagEnum(saveAndNoSave, "default", "save", "nosave", "now", "force", "safe", "failover")

// The numbers of ClusterPreferredEndpointType.
const (
	EndpointIP int64 = iota
	EndpointHostname
	EndpointUnknown
)

// The numbers of ClusterConfigSaveBehavior.
const (
	ClusterSaveSync int64 = iota
	ClusterSaveBestEffort
)

// The numbers of TLSAuthClients.
const (
	TLSAuthNo int64 = iota
	TLSAuthYes
	TLSAuthOptional
)

// The numbers of TLSAuthClientsUser.
const (
	TLSUserFromCN int64 = iota
	TLSUserFromURI
	TLSUserOff
)
