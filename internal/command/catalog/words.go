package catalog

import (
	"strings"

	"sigrun/internal/command"
)

// This file is the vocabulary in which rows are written.

// Short names, so that a row's facts fit on its lines.
const (
	write                = command.Write
	readOnly             = command.ReadOnly
	denyOOM              = command.DenyOOM
	admin                = command.Admin
	pubSub               = command.PubSub
	noScript             = command.NoScript
	blocking             = command.Blocking
	loading              = command.Loading
	stale                = command.Stale
	skipMonitor          = command.SkipMonitor
	skipCommandLog       = command.SkipCommandLog
	asking               = command.Asking
	fast                 = command.Fast
	noAuth               = command.NoAuth
	mayReplicate         = command.MayReplicate
	sentinel             = command.Sentinel
	onlySentinel         = command.OnlySentinel
	noMandatoryKeys      = command.NoMandatoryKeys
	protected            = command.Protected
	noAsyncLoading       = command.NoAsyncLoading
	noMulti              = command.NoMulti
	allowBusy            = command.AllowBusy
	touchesArbitraryKeys = command.TouchesArbitraryKeys
	allDBs               = command.AllDBs
	movableKeys          = command.MovableKeys

	catKeyspace    = command.CatKeyspace
	catRead        = command.CatRead
	catSet         = command.CatSet
	catSortedSet   = command.CatSortedSet
	catList        = command.CatList
	catHash        = command.CatHash
	catString      = command.CatString
	catBitmap      = command.CatBitmap
	catHyperLogLog = command.CatHyperLogLog
	catGeo         = command.CatGeo
	catStream      = command.CatStream
	catPubSub      = command.CatPubSub
	catAdmin       = command.CatAdmin
	catDangerous   = command.CatDangerous
	catConnection  = command.CatConnection
	catTransaction = command.CatTransaction
	catScripting   = command.CatScripting

	ro         = command.KeyRO
	rw         = command.KeyRW
	ow         = command.KeyOW
	rm         = command.KeyRM
	access     = command.KeyAccess
	update     = command.KeyUpdate
	insert     = command.KeyInsert
	remove     = command.KeyDelete
	notKey     = command.KeyNotKey
	incomplete = command.KeyIncomplete
	variable   = command.KeyVariable
)

// history lists what changed after a command's first version: version, change.
type history = [][2]string

// tips are hints to clients and proxies.
func tips(words ...string) []string { return words }

// keys are a row's key specs. An argument refers to one by its place here.
func keys(specs ...command.KeySpec) []command.KeySpec { return specs }

// at is the single key at argument pos.
func at(pos int, f command.KeyFlag) command.KeySpec { return span(pos, 0, f) }

// span are the keys from argument pos to last: 0 is pos itself, negative
// counts from the end of the line.
func span(pos, last int, f command.KeyFlag) command.KeySpec {
	return spanEvery(pos, last, 1, f)
}

// spanEvery is a span in which a key stands every step arguments.
func spanEvery(pos, last, step int, f command.KeyFlag) command.KeySpec {
	return command.KeySpec{
		Flags: f, Search: command.SearchIndex, Pos: pos,
		Find: command.FindRange, Last: last, Step: step,
	}
}

// counted are the keys behind argument pos, which holds their number.
func counted(pos int, f command.KeyFlag) command.KeySpec { return countedEvery(pos, 1, f) }

// countedEvery is counted with a key every step arguments.
func countedEvery(pos, step int, f command.KeyFlag) command.KeySpec {
	return command.KeySpec{
		Flags: f, Search: command.SearchIndex, Pos: pos,
		Find: command.FindKeyNum, FirstKey: 1, Step: step,
	}
}

// behind are the keys that follow keyword, which is searched from argument
// from on, up to last as in span.
func behind(keyword string, from, last int, f command.KeyFlag) command.KeySpec {
	return command.KeySpec{
		Flags: f, Search: command.SearchKeyword, Keyword: keyword, From: from,
		Find: command.FindRange, Last: last, Step: 1,
	}
}

// halfBehind is behind up to the middle of what follows: the other half
// belongs to the keys one by one.
func halfBehind(keyword string, from int, f command.KeyFlag) command.KeySpec {
	k := behind(keyword, from, -1, f)
	k.Limit = 2
	return k
}

// hidden stands for keys that no rule finds.
func hidden(f command.KeyFlag) command.KeySpec { return command.KeySpec{Flags: f} }

// noted is k with a note that COMMAND INFO prints.
func noted(k command.KeySpec, note string) command.KeySpec {
	k.Notes = note
	return k
}

// arg is an argument under construction.
type arg command.Arg

func args(list ...arg) []command.Arg {
	out := make([]command.Arg, len(list))
	for i, a := range list {
		out[i] = command.Arg(a)
	}
	return out
}

func text(name string) arg     { return arg{Name: name, Type: command.ArgString} }
func integer(name string) arg  { return arg{Name: name, Type: command.ArgInteger} }
func double(name string) arg   { return arg{Name: name, Type: command.ArgDouble} }
func pattern(name string) arg  { return arg{Name: name, Type: command.ArgPattern} }
func unixTime(name string) arg { return arg{Name: name, Type: command.ArgUnixTime} }

// key is a key of the row's first key spec; see spec for the others.
func key(name string) arg { return arg{Name: name, Type: command.ArgKey, KeySpec: 1} }

// token is a word that stands for itself.
func token(tok string) arg { return word(strings.ToLower(tok), tok) }

// word is a token whose name in the documentation isn't the token itself.
func word(name, tok string) arg { return arg{Name: name, Type: command.ArgPureToken, Token: tok} }

// bare is a token whose word COMMAND DOCS doesn't tell.
func bare(name string) arg { return word(name, "") }

// oneOf is exactly one of its alternatives.
func oneOf(name string, list ...arg) arg {
	return arg{Name: name, Type: command.ArgOneOf, Sub: args(list...)}
}

// block is all of its parts in a row.
func block(name string, list ...arg) arg {
	return arg{Name: name, Type: command.ArgBlock, Sub: args(list...)}
}

// after is a behind the word tok.
func (a arg) after(tok string) arg { a.Token = tok; return a }

// shownAs is a with another text in a synopsis than its name.
func (a arg) shownAs(text string) arg { a.Display = text; return a }

// spec is a as key of the row's key spec i, counted from zero.
func (a arg) spec(i int) arg { a.KeySpec = i + 1; return a }

// summary is a with a sentence about it.
func (a arg) summary(s string) arg { a.Summary = s; return a }

// since is a that came with a later version than its command.
func (a arg) since(version string) arg { a.Since = version; return a }

// deprecated is a that version advised against.
func (a arg) deprecated(version string) arg { a.Deprecated = version; return a }

// opt is a that may be left out.
func (a arg) opt() arg { a.Flags |= command.Optional; return a }

// many is a that may be repeated.
func (a arg) many() arg { a.Flags |= command.Multiple; return a }

// eachToken is a whose word is repeated with it.
func (a arg) eachToken() arg { a.Flags |= command.MultipleToken; return a }
