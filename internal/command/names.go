package command

// FlagNames are the flags that COMMAND INFO tells, in its order. The others
// are the server's own business.
var FlagNames = []struct {
	Flag Flag
	Name string
}{
	{Write, "write"},
	{ReadOnly, "readonly"},
	{DenyOOM, "denyoom"},
	{Module, "module"},
	{Admin, "admin"},
	{PubSub, "pubsub"},
	{NoScript, "noscript"},
	{Blocking, "blocking"},
	{Loading, "loading"},
	{Stale, "stale"},
	{SkipMonitor, "skip_monitor"},
	{SkipCommandLog, "skip_commandlog"},
	{Asking, "asking"},
	{Fast, "fast"},
	{NoAuth, "no_auth"},
	{NoMandatoryKeys, "no_mandatory_keys"},
	{NoAsyncLoading, "no_async_loading"},
	{NoMulti, "no_multi"},
	{AllowBusy, "allow_busy"},
	{MovableKeys, "movablekeys"},
}

// CategoryNames are the ACL categories without their @, in the order of ACL
// CAT.
var CategoryNames = []struct {
	Category Category
	Name     string
}{
	{CatKeyspace, "keyspace"},
	{CatRead, "read"},
	{CatWrite, "write"},
	{CatSet, "set"},
	{CatSortedSet, "sortedset"},
	{CatList, "list"},
	{CatHash, "hash"},
	{CatString, "string"},
	{CatBitmap, "bitmap"},
	{CatHyperLogLog, "hyperloglog"},
	{CatGeo, "geo"},
	{CatStream, "stream"},
	{CatPubSub, "pubsub"},
	{CatAdmin, "admin"},
	{CatFast, "fast"},
	{CatSlow, "slow"},
	{CatBlocking, "blocking"},
	{CatDangerous, "dangerous"},
	{CatConnection, "connection"},
	{CatTransaction, "transaction"},
	{CatScripting, "scripting"},
}

// KeyFlagNames are the key flags in the order of COMMAND INFO.
var KeyFlagNames = []struct {
	Flag KeyFlag
	Name string
}{
	{KeyRO, "RO"},
	{KeyRW, "RW"},
	{KeyOW, "OW"},
	{KeyRM, "RM"},
	{KeyAccess, "access"},
	{KeyUpdate, "update"},
	{KeyInsert, "insert"},
	{KeyDelete, "delete"},
	{KeyNotKey, "not_key"},
	{KeyIncomplete, "incomplete"},
	{KeyVariable, "variable_flags"},
}

// ArgFlagNames are the argument flags in the order of COMMAND DOCS.
var ArgFlagNames = []struct {
	Flag ArgFlag
	Name string
}{
	{Optional, "optional"},
	{Multiple, "multiple"},
	{MultipleToken, "multiple_token"},
}

// argTypes are the names of the argument types.
var argTypes = [...]string{
	ArgString: "string", ArgInteger: "integer", ArgDouble: "double", ArgKey: "key", ArgPattern: "pattern",
	ArgUnixTime: "unix-time", ArgPureToken: "pure-token", ArgOneOf: "oneof", ArgBlock: "block",
}

// String is the name of t as COMMAND DOCS tells it.
func (t ArgType) String() string { return argTypes[t] }
