// Package command is the model of a command: its row (Spec), the table that
// finds it, the context in which its handler runs, the extraction of its keys
// and the errors that it answers with. It knows no particular command: rows
// stand in the catalog, handlers in the families.
package command

import "strings"

// Flag is what the server must know of a command before it runs it.
type Flag uint32

// The flags of COMMAND INFO, in the order in which it lists them.
const (
	Write Flag = 1 << iota
	ReadOnly
	DenyOOM
	Module
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipCommandLog
	Asking
	Fast
	NoAuth
	MayReplicate
	Sentinel
	OnlySentinel
	NoMandatoryKeys
	Protected
	NoAsyncLoading
	NoMulti
	AllowStale
	AllowBusy
	TouchesArbitraryKeys
	AllDBs
	MovableKeys
)

// Category is a set of ACL categories.
type Category uint32

// The categories of ACL CAT, in its order.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

// KeyFlag says what a command does with a key.
type KeyFlag uint16

// Key flags: one of the first four, then details.
const (
	KeyRO KeyFlag = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete
	KeyVariable
)

// Search says how the first key of a KeySpec is found.
type Search uint8

// The ways to find where keys begin.
const (
	SearchUnknown Search = iota
	SearchIndex          // at argument Pos
	SearchKeyword        // after the argument Keyword, searched from From on (negative: from the end)
)

// Find says which arguments from there on are keys.
type Find uint8

// The ways to find the keys that follow.
const (
	FindUnknown Find = iota
	FindRange        // up to Last (relative; negative: from the end), every Step, of Limit's part
	FindKeyNum       // argument NumIdx holds how many; the first is FirstKey; every Step
)

// KeySpec describes a run of keys among a command's arguments.
type KeySpec struct {
	Notes    string
	Flags    KeyFlag
	Search   Search
	Find     Find
	Pos      int // SearchIndex
	Keyword  string
	From     int
	Last     int // FindRange
	Step     int
	Limit    int
	NumIdx   int // FindKeyNum, relative to the beginning
	FirstKey int
}

// Arg is an argument as COMMAND DOCS tells it.
type Arg struct {
	Name    string
	Type    ArgType
	Display string // display_text; empty: as Name, except for oneof and block
	Token   string
	KeySpec int // index of its KeySpec plus 1; 0: none
	Summary string
	Since   string
	Flags   ArgFlag
	Sub     []Arg

	Deprecated string // deprecated_since
}

// EmptyToken as an argument's Token is the empty string: an argument without
// a Token has none.
const EmptyToken = `""`

// ArgType is the type of an argument.
type ArgType uint8

// Argument types.
const (
	ArgString ArgType = iota
	ArgInteger
	ArgDouble
	ArgKey
	ArgPattern
	ArgUnixTime
	ArgPureToken
	ArgOneOf
	ArgBlock
)

// ArgFlag marks an argument.
type ArgFlag uint8

// Argument flags.
const (
	Optional ArgFlag = 1 << iota
	Multiple
	MultipleToken
)

// Group is the group of COMMAND DOCS, such as "string".
type Group string

// Spec is the row of one command or subcommand. Rows never change after the
// table was built.
type Spec struct {
	Name       string // lower case; of a subcommand "config|get"
	Arity      int    // as COMMAND INFO: with the name; negative: at least
	Flags      Flag
	Categories Category
	Keys       []KeySpec
	Tips       []string
	Group      Group
	Since      string
	Summary    string
	Complexity string
	DocFlags   []string // deprecated, syscmd
	Deprecated string   // deprecated_since
	ReplacedBy string
	History    [][2]string
	Args       []Arg
	Sub        []*Spec

	Run    Handler // nil for a container
	Global bool    // runs in a transaction over every shard
	Brief  bool    // takes so little time that it is not measured alone
	AtOnce bool    // runs inside MULTI instead of being queued

	GetKeys KeysFunc // for keys that no KeySpec can find

	// Wide reports whether a command line reads keys that are not among its
	// arguments, so that it needs every shard; nil if none does.
	Wide func(argv [][]byte) bool

	id     int
	simple simpleKeys
	parent *Spec
}

// ID is the dense index of s in its table, for counters.
func (s *Spec) ID() int { return s.id }

// Everywhere reports whether the command line argv runs in a transaction over
// every shard.
func (s *Spec) Everywhere(argv [][]byte) bool { return s.Global || s.Wide != nil && s.Wide(argv) }

// Parent is the container of a subcommand, nil for a command.
func (s *Spec) Parent() *Spec { return s.parent }

// Is reports whether s has all of f.
func (s *Spec) Is(f Flag) bool { return s.Flags&f == f }

// Any reports whether s has one of f.
func (s *Spec) Any(f Flag) bool { return s.Flags&f != 0 }

// ArityOK reports whether a command line of n words, name included, is
// possible.
func (s *Spec) ArityOK(n int) bool {
	if s.Arity >= 0 {
		return n == s.Arity
	}
	return n >= -s.Arity
}

// DisplayName is the name as errors print it: "config|get".
func (s *Spec) DisplayName() string { return s.Name }

// SubName is the last word of s's name.
func (s *Spec) SubName() string {
	if i := strings.IndexByte(s.Name, '|'); i >= 0 {
		return s.Name[i+1:]
	}
	return s.Name
}
