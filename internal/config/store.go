package config

import (
	"io"
	"sync"
	"sync/atomic"

	"sigrun/internal/invariant"
)

// Options are what a Store needs from the world. All of it may be left out.
type Options struct {
	// FS is where files are read and written. Without it there is no include,
	// no Rewrite, and dir is not checked.
	FS FS
	// WorkDir is the absolute directory that the process started in: the
	// default of dir.
	WorkDir string
	// Stdin is what "-" on the command line reads.
	Stdin io.Reader
	// Version is named in the report of a broken config file.
	Version string
	// Sentinel takes "sentinel ..." lines. Load sets it for --sentinel too.
	Sentinel bool
	// Log gets a line with one of the numbers of LogLevel.
	Log func(level int64, line string)
	// RenameCommand is asked for each rename-command line as it is read; to is
	// "" to remove the command. Its error is the reason that the line is
	// reported with.
	RenameCommand func(from, to string) error
	// DefineUser is asked for each user line as it is read, words[0] being the
	// user's name.
	DefineUser func(words []string) error
}

// A Store holds the value of every setting. Reading is safe at any time and
// costs one atomic load; the writers take turns.
type Store struct {
	nums [numIDs]atomic.Int64
	vals [numIDs]atomic.Pointer[value]

	opt Options

	mu         sync.Mutex // held by writers, while hooks run too
	hooks      []hook
	rewriters  []rewriter
	defaults   [numIDs]value
	told       [numIDs]bool // that setting it has no effect yet
	file       string       // absolute name of the config file, or ""
	directives Directives
}

// hook is who acts on a change of one of ids.
type hook struct {
	ids   []ID
	apply func() error
}

// New is a Store in which everything has its default, for a Sentinel its own.
func New(opt Options) *Store {
	s := &Store{opt: opt}
	for i := range table[1:] {
		r := &table[i+1]
		v := s.parseDefault(r)
		s.defaults[r.id] = v
		s.publish(r.id, v)
	}
	if opt.Sentinel {
		s.publish(Port, value{num: sentinelPort})
		s.publish(ProtectedMode, value{num: 0})
	}
	return s
}

// sentinelPort is where a Sentinel listens unless it is told another port. It
// is open to other machines: it holds no data, and needs to be reached.
const sentinelPort = 26379

// parseDefault is the default of r, which no check may refuse.
func (s *Store) parseDefault(r *row) value {
	switch {
	case r.id == Dir:
		return value{str: s.opt.WorkDir}
	case r.id == ReplicaOf:
		return value{list: Primary{}}
	}
	v, err := r.parse(input{words: []string{r.def}})
	if err != nil {
		panic("BUG: the default of " + r.name + ": " + err.Error())
	}
	return v
}

// publish makes v the value of a setting. REQUIRES: mu, but in New and Load.
func (s *Store) publish(id ID, v value) {
	s.vals[id].Store(&v)
	s.nums[id].Store(v.num)
}

func (s *Store) value(id ID) value { return *s.vals[id].Load() }

// Int is a number, the number of an enum, or a set of bits.
func (s *Store) Int(id ID) int64 {
	if invariant.Enabled {
		assertKind(id, isNumber)
	}
	return s.nums[id].Load()
}

// Uint is a number that may be beyond the largest int64.
func (s *Store) Uint(id ID) uint64 { return uint64(s.Int(id)) }

// Bool is a setting that is yes or no.
func (s *Store) Bool(id ID) bool {
	if invariant.Enabled {
		assertKind(id, isBool)
	}
	return s.nums[id].Load() != 0
}

// String is a setting that is a string; "" if it is unset.
func (s *Store) String(id ID) string {
	if invariant.Enabled {
		assertKind(id, isString)
	}
	return s.vals[id].Load().str
}

// Text is any setting as CONFIG GET answers it.
func (s *Store) Text(id ID) string { return table[id].kind.text(s.value(id)) }

// IsDefault reports whether a setting means what it would if nobody had set it.
func (s *Store) IsDefault(id ID) bool { return s.value(id).same(s.defaults[id]) }

// Addresses are the words of Bind or RDMABind. The caller does not change them.
func (s *Store) Addresses(id ID) []string { return listOf[[]string](s, id) }

// SavePoints are the points of Save. The caller does not change them.
func (s *Store) SavePoints() []SavePoint { return savePoints(s.value(Save)) }

// OutputLimit is the limit that ClientOutputBufferLimit has for a class.
func (s *Store) OutputLimit(class ClientClass) OutputLimit {
	return listOf[OutputLimits](s, ClientOutputBufferLimit)[class]
}

// Percentiles are those of LatencyTrackingInfoPercentiles, each from 0 to 100.
// The caller does not change them.
func (s *Store) Percentiles() []float64 {
	return listOf[[]float64](s, LatencyTrackingInfoPercentiles)
}

// OOMScores are the adjustments of OOMScoreAdjValues for a primary, a replica
// and a background child, each from -2000 to 2000.
func (s *Store) OOMScores() [3]int { return listOf[[3]int](s, OOMScoreAdjValues) }

// Primary is the value of ReplicaOf.
func (s *Store) Primary() Primary { return listOf[Primary](s, ReplicaOf) }

func listOf[T any](s *Store, id ID) T { return s.vals[id].Load().list.(T) }

// Sentinel reports whether this is the Store of a Sentinel.
func (s *Store) Sentinel() bool { return s.opt.Sentinel }

// Allows reports whether a setting with the numbers AllowNobody, AllowAll and
// AllowLocal lets a client in; local is one on this machine.
func (s *Store) Allows(id ID, local bool) bool {
	n := s.Int(id)
	return n == AllowAll || n == AllowLocal && local
}

// File is the absolute name of the config file, or "" if there is none.
func (s *Store) File() string { return s.file }

// OnApply has apply called after a Set changed one or more of ids, once for
// each such Set, with the Store at its new values. An error takes all of that
// Set back and is the reason that the client is told; then apply is called
// again, with the old values. apply must not call Set, Assign or Rewrite.
func (s *Store) OnApply(apply func() error, ids ...ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, hook{ids, apply})
}

func (s *Store) log(level int64, line string) {
	if s.opt.Log != nil {
		s.opt.Log(level, line)
	}
}

// assertKind panics unless the kind of a setting is what its reader takes it
// for.
func assertKind(id ID, is func(kind) bool) {
	if !is(table[id].kind) {
		panic("BUG: " + table[id].name + " is read as another kind of setting than it is")
	}
}

func isNumber(k kind) bool {
	switch k.(type) {
	case numberKind, enumKind, notifyKind:
		return true
	}
	return false
}

func isBool(k kind) bool {
	_, ok := k.(boolKind)
	return ok
}

func isString(k kind) bool {
	switch k.(type) {
	case stringKind, dirKind:
		return true
	}
	return false
}
