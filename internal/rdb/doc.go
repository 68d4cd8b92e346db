// Package rdb reads and writes RDB: the format of dump files, of full
// synchronisation, of the base of append-only files and of DUMP payloads.
//
// A file is a row of records behind a header of nine bytes:
//
//	"VALKEY080" or "REDIS0011"
//	AUX name value …                     version, creation time, replication position
//	SELECTDB db, RESIZEDB keys expires
//	[EXPIREMS t] [IDLE s | FREQ n] type key value
//	…
//	EOF, CRC-64 of everything before it  zero: not computed
//
// Numbers in front of things (lengths, counts, databases) have a short form of
// their own, see AppendLen. Strings are a length and bytes, or one of four
// special forms: an integer of 1, 2 or 4 bytes, or LZF. Everything else is
// little endian.
//
// The parts, each usable alone:
//
//   - Append… functions write one thing each to a caller's slice. A snapshot's
//     walkers build chunks of whole records with them, each chunk beginning
//     with its own SELECTDB, so that chunks of many goroutines may follow each
//     other in any order.
//   - Writer frames chunks into a file: header, running checksum, footer.
//   - Reader takes the same things apart. It counts offsets, sums the checksum,
//     and believes no length: memory is only taken for bytes that are there.
//   - Load walks over a whole file and hands records to a Sink. It knows the
//     opcodes and no value; the Sink decodes those by type byte.
//   - AppendDump and ParseDump frame one value for DUMP and RESTORE.
//
// Types and opcodes 22 to 243 mean different things in files of Redis 7.4 and
// later and in those of Valkey: magic and version tell which. The foreign ones have
// numbers of their own here, see foreign.go. Hashes and streams are known; arrays
// and rate limiters are refused by name, as are path hashes of Valkey 9.2.
package rdb
