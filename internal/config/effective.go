package config

// effective are the settings that the server acts on. Setting another one is
// accepted and logged once. Whoever makes a setting count adds it here.
var effective = listed(
	ActiveExpireEffort,
	AlwaysShowLogo,
	AOFChecksum,
	AOFDisableAutoGC,
	AOFLoadTruncated,
	AOFRewriteIncrementalFsync,
	AOFTimestampEnabled,
	AOFUseRDBPreamble,
	AppendDirName,
	AppendFilename,
	AppendFsync,
	AppendOnly,
	AutoAOFRewriteMinSize,
	AutoAOFRewritePercentage,
	AvailabilityZone,
	Bind,
	ClientOutputBufferLimit,
	ClientQueryBufferLimit,
	CommandLogExecutionSlowerThan,
	CommandLogLargeReplyMaxLen,
	CommandLogLargeRequestMaxLen,
	CommandLogReplyLargerThan,
	CommandLogRequestLargerThan,
	CommandLogSlowExecutionMaxLen,
	CrashLogEnabled,
	Databases,
	DBFilename,
	Dir,
	EnableDebugCommand,
	EnableModuleCommand,
	EnableProtectedConfigs,
	ExtendedRedisCompatibility,
	HideUserDataFromLog,
	ImportMode,
	HashMaxListpackEntries,
	HashMaxListpackValue,
	HLLSparseMaxBytes,
	Hz,
	IOThreads,
	LazyFreeLazyEviction,
	LazyFreeLazyExpire,
	LazyFreeLazyUserFlush,
	LFUDecayTime,
	LFULogFactor,
	LatencyMonitorThreshold,
	LatencyTracking,
	LatencyTrackingInfoPercentiles,
	KeyLoadDelay,
	ListCompressDepth,
	ListMaxListpackSize,
	LogFile,
	LogFormat,
	LogLevel,
	LogTimestampFormat,
	LoadingProcessEventsIntervalBytes,
	MaxClients,
	MaxMemory,
	MaxMemoryClients,
	MaxMemoryEvictionTenacity,
	MaxMemoryPolicy,
	MaxMemorySamples,
	NoAppendFsyncOnRewrite,
	PIDFile,
	Port,
	ProcTitleTemplate,
	ProtectedMode,
	ProtoMaxBulkLen,
	RDBChecksum,
	RDBCompression,
	RDBKeySaveDelay,
	RDBSkipModules,
	RDBVersionCheck,
	RequirePass,
	SanitizeDumpPayload, // payloads are checked in depth, whatever it says
	Save,
	SetMaxIntsetEntries,
	SetMaxListpackEntries,
	SetMaxListpackValue,
	SetProcTitle,
	ShutdownOnSIGINT,
	ShutdownOnSIGTERM,
	StopWritesOnBGSaveError,
	StreamNodeMaxBytes,
	StreamNodeMaxEntries,
	SyslogEnabled,
	SyslogFacility,
	SyslogIdent,
	TCPBacklog,
	TCPKeepAlive,
	Timeout,
	UnixSocket,
	UnixSocketPerm,
	ZSetMaxListpackEntries,
	ZSetMaxListpackValue,
)

func listed(ids ...ID) *[numIDs]bool {
	var set [numIDs]bool
	for _, id := range ids {
		set[id] = true
	}
	return &set
}

// Effective reports whether the server acts on the setting.
func (id ID) Effective() bool { return effective[id] }

// tellIneffective logs, once for each setting, that it was set in vain.
// REQUIRES: mu.
func (s *Store) tellIneffective(id ID) {
	if effective[id] || s.told[id] {
		return
	}
	s.told[id] = true
	s.log(LevelNotice, "The setting '"+table[id].name+"' is accepted, but has no effect yet.")
}
