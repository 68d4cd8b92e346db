package config

import "math"

// securityRows are the settings of who may do what.
var securityRows = []row{
	{id: ACLPubSubDefault, name: "acl-pubsub-default", kind: enum("allchannels", "resetchannels"), def: "resetchannels"},
	{id: ACLFile, name: "aclfile", kind: text, flags: Immutable},
	{id: ACLLogMaxLen, name: "acllog-max-len", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: EnableDebugAssert, name: "enable-debug-assert", kind: boolKind{}, def: "no", flags: Immutable | Hidden},
	{id: EnableDebugCommand, name: "enable-debug-command", kind: enum("no", "yes", "local"), def: "no", flags: Immutable},
	{id: EnableModuleCommand, name: "enable-module-command", kind: enum("no", "yes", "local"), def: "no", flags: Immutable},
	{id: EnableProtectedConfigs, name: "enable-protected-configs", kind: enum("no", "yes", "local"), def: "no", flags: Immutable},
	{id: HideUserDataFromLog, name: "hide-user-data-from-log", kind: boolKind{}, def: "yes"},
	{id: LuaEnableInsecureAPI, name: "lua-enable-insecure-api", alias: "lua-enable-deprecated-api", kind: boolKind{}, def: "no", flags: Hidden | Protected},
	{id: RequirePass, name: "requirepass", kind: optional, flags: Sensitive},
}
