package compat

import "strings"

// hyperLogLogGroup is the group "hyperloglog".
var hyperLogLogGroup = group{
	name:    "hyperloglog",
	clients: 1,
	commands: parseCommands(`
		PFADD key [value...]
		PFADD key value value value value
		PFCOUNT key...
		PFCOUNT key
		PFDEBUG (GETREG|DECODE|ENCODING|TODENSE|NOPE) key
		PFMERGE key [key...]
		PFMERGE key key key
	`),
	beside: parseCommands(`
		DEL key
		SET key hll
		SET key value
		GET key
		STRLEN key
		OBJECT ENCODING key
		PEXPIRE key ttl-ms
	`),
}

// Values of HyperLogLogs: sparse ones end in the number of bytes that it says;
// those of 2998 and more grow too long with the next element or so.
var (
	hllSparseHead = "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
	hllDenseHead  = "HYLL\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00"
	hllEmpty      = hllSparseHead + "\x7f\xff"
	hllAlternate  = hllSparseHead + strings.Repeat("\x80\x04", 1491) + "\x5d\x0d"
	hllValues     = hllSparseHead + strings.Repeat("\x8b\x87\x87\x83", 512) + "\x5f\xff"
	hllDense      = hllDenseHead + strings.Repeat("\x41\x10\x04\x82\x20\x08", 2048)
	hllCached     = hllSparseHead[:15] + "\x00" + hllValues[16:]

	hlls = []string{hllEmpty, hllAlternate, hllValues, hllDense, hllCached}
	// What is cut off in the middle of a run is not here: a real server reads on
	// beyond the end. Nor is what covers more than one register but not all: there a
	// real server keeps what came before the element that fails, and tells nobody.
	notHLLs = []string{
		"", "HYLL", hllEmpty[:15], hllEmpty[:16], hllSparseHead + "\x7f\xfe", hllEmpty + "\x00", hllEmpty + hllEmpty[16:],
		hllDense[:len(hllDense)-1], hllDense + "\x00", "HYLX" + hllEmpty[4:], "HYLL\x02" + hllEmpty[5:], hllEmpty + "\x80",
		hllSparseHead + "\x00", hllSparseHead + "\x80", hllSparseHead + "\xff\x7f\xfb", hllSparseHead + strings.Repeat("\x7f\xff", 50),
	}
)
