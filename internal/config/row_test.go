package config

import (
	"os"
	"strings"
	"testing"
)

func TestEveryRowIsSound(t *testing.T) {
	s := New(Options{WorkDir: "/data"})
	for _, id := range All() {
		if got, ok := Lookup(strings.ToUpper(id.Name())); !ok || got != id {
			t.Errorf("%s: Lookup gives %d, %v", id.Name(), got, ok)
		}
		if id.Name() != strings.ToLower(id.Name()) || id.Alias() != strings.ToLower(id.Alias()) {
			t.Errorf("%s: names must be in lower case", id.Name())
		}
		if !s.IsDefault(id) {
			t.Errorf("%s: a new Store has not its default", id.Name())
		}
		if _, isNumber := table[id].kind.(numberKind); isNumber && id.Flags()&MultiArg != 0 {
			t.Errorf("%s: a number is one word", id.Name())
		}
	}
}

// readLines is the lines of a file in testdata without comments and empty ones.
func readLines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range strings.Split(string(data), "\n") {
		if l != "" && l[0] != '#' {
			lines = append(lines, l)
		}
	}
	return lines
}

// oursAlone are settings that the server of testdata does not have: 9.1.2 takes
// sanitize-dump-payload in a file only, and ignores it there. Modules that are
// missing always keep it from loading a file. It has no checksums in its log.
var oursAlone = map[string]bool{"aof-checksum": true, "sanitize-dump-payload": true, "rdb-skip-modules": true}

func TestDefaults(t *testing.T) {
	s := New(Options{WorkDir: "/data"})
	want := map[string]string{}
	for _, l := range readLines(t, "defaults.txt") {
		name, text, _ := strings.Cut(l, "\t")
		want[name] = text
		if got := s.Get(name); len(got) != 1 || got[0] != (Pair{name, text}) {
			t.Errorf("%s: got %q, want %q", name, got, text)
		}
	}
	for _, e := range entries {
		name := e.name
		if e.id.Flags()&Hidden != 0 {
			name = e.id.Name() // the file has no older names of hidden settings
		}
		if _, known := want[name]; !known && !oursAlone[name] {
			t.Errorf("%s is no setting of the real server", e.name)
		}
	}
	for _, p := range s.Get("*") {
		if id, _ := Lookup(p.Name); id.Flags()&Hidden != 0 {
			t.Errorf("%s is shown", p.Name)
		}
	}
}

func TestEnumNumbers(t *testing.T) {
	for _, c := range []struct {
		id   ID
		num  int64
		text string
	}{
		{AppendFsync, FsyncEverySec, "everysec"},
		{AppendFsync, FsyncAlways, "always"},
		{AppendFsync, FsyncNo, "no"},
		{MaxMemoryPolicy, EvictVolatileLRU, "volatile-lru"},
		{MaxMemoryPolicy, EvictVolatileLFU, "volatile-lfu"},
		{MaxMemoryPolicy, EvictVolatileRandom, "volatile-random"},
		{MaxMemoryPolicy, EvictVolatileTTL, "volatile-ttl"},
		{MaxMemoryPolicy, EvictAllKeysLRU, "allkeys-lru"},
		{MaxMemoryPolicy, EvictAllKeysLFU, "allkeys-lfu"},
		{MaxMemoryPolicy, EvictAllKeysRandom, "allkeys-random"},
		{MaxMemoryPolicy, EvictNothing, "noeviction"},
		{LogLevel, LevelDebug, "debug"},
		{LogLevel, LevelVerbose, "verbose"},
		{LogLevel, LevelNotice, "notice"},
		{LogLevel, LevelWarning, "warning"},
		{LogLevel, LevelNothing, "nothing"},
		{LogFormat, LogLegacy, "legacy"},
		{LogFormat, LogLogfmt, "logfmt"},
		{LogFormat, LogJSON, "json"},
		{LogTimestampFormat, TimestampLegacy, "legacy"},
		{LogTimestampFormat, TimestampISO8601, "iso8601"},
		{LogTimestampFormat, TimestampMilliseconds, "milliseconds"},
		{EnableDebugCommand, AllowNobody, "no"},
		{EnableModuleCommand, AllowAll, "yes"},
		{EnableProtectedConfigs, AllowLocal, "local"},
		{SanitizeDumpPayload, SanitizeNo, "no"},
		{SanitizeDumpPayload, SanitizeYes, "yes"},
		{SanitizeDumpPayload, SanitizeClients, "clients"},
		{ReplDisklessLoad, DisklessLoadDisabled, "disabled"},
		{ReplDisklessLoad, DisklessLoadOnEmptyDB, "on-empty-db"},
		{ReplDisklessLoad, DisklessLoadSwapDB, "swapdb"},
		{ReplDisklessLoad, DisklessLoadFlushBeforeLoad, "flush-before-load"},
		{PropagationErrorBehavior, PropagationErrorIgnore, "ignore"},
		{PropagationErrorBehavior, PropagationErrorPanic, "panic"},
		{PropagationErrorBehavior, PropagationErrorPanicOnReplicas, "panic-on-replicas"},
		{ACLPubSubDefault, PubSubAllChannels, "allchannels"},
		{ACLPubSubDefault, PubSubResetChannels, "resetchannels"},
		{RDBVersionCheck, RDBVersionStrict, "strict"},
		{RDBVersionCheck, RDBVersionRelaxed, "relaxed"},
		{OOMScoreAdj, OOMScoreNo, "no"},
		{OOMScoreAdj, OOMScoreRelative, "yes"},
		{OOMScoreAdj, OOMScoreAbsolute, "absolute"},
		{Supervised, SupervisedUpstart, "upstart"},
		{Supervised, SupervisedSystemd, "systemd"},
		{Supervised, SupervisedAuto, "auto"},
		{Supervised, SupervisedNo, "no"},
		{ShutdownOnSIGINT, 0, "default"},
		{ShutdownOnSIGINT, ShutdownSave | ShutdownNow, "save now"},
		{ShutdownOnSIGTERM, ShutdownNoSave | ShutdownForce, "nosave force"},
		{ShutdownOnSIGTERM, ShutdownSafe | ShutdownFailover, "safe failover"},
		{ClusterPreferredEndpointType, EndpointIP, "ip"},
		{ClusterPreferredEndpointType, EndpointHostname, "hostname"},
		{ClusterPreferredEndpointType, EndpointUnknown, "unknown-endpoint"},
		{ClusterConfigSaveBehavior, ClusterSaveSync, "sync"},
		{ClusterConfigSaveBehavior, ClusterSaveBestEffort, "best-effort"},
		{TLSAuthClients, TLSAuthNo, "no"},
		{TLSAuthClients, TLSAuthYes, "yes"},
		{TLSAuthClients, TLSAuthOptional, "optional"},
		{TLSAuthClientsUser, TLSUserFromCN, "CN"},
		{TLSAuthClientsUser, TLSUserFromURI, "URI"},
		{TLSAuthClientsUser, TLSUserOff, "off"},
	} {
		s := New(Options{})
		if err := s.Assign(c.id, c.text); err != nil {
			t.Errorf("%s %s: %v", c.id.Name(), c.text, err)
		}
		if got := s.Int(c.id); got != c.num || s.Text(c.id) != c.text {
			t.Errorf("%s %s: number %d, want %d; text %q", c.id.Name(), c.text, got, c.num, s.Text(c.id))
		}
	}
}
