// Package stream is a log of entries by ID with the groups of consumers that
// read it, in blocks outside the Go heap.
//
//	root ─┬─ nodes      tree: ID of a block's first entry → block
//	      │               block: the listpack of an RDB file, see below
//	      └─ groups     list of blocks, by name
//	           group ─┬─ pending     tree: ID → consumer, delivery time and count
//	                  └─ consumers   list of blocks, by name
//	                       consumer ── pending   tree: ID
//
// A block of entries is a listpack. Its head describes the first entry, the
// master, whose ID is the key in the tree; other entries store what differs:
//
//	entries deleted n field₁ … fieldₙ 0
//	flags ms seq value₁ … valueₙ elements            if the fields are the master's
//	flags ms seq n field₁ value₁ … valueₙ elements   if not
//
// ms and seq are distances from the master's ID, modulo 2^64; elements is the
// number of elements before it, for reading backwards. flags has bit 1 of an
// entry that was deleted and is left where it is, and bit 2 of one with the
// master's fields. A block whose last entry is deleted one by one goes with it.
//
// The trees are B+trees of blocks of up to 2 KiB, see tree. Appending costs
// O(1): the root knows the last block, and trees split at their right edge so
// that what grows at its end is full. An ID is found in O(log n) and a walk
// through one block; groups and consumers in O(log n) comparisons of names, and
// are added and removed in O(n) moves of 8 bytes.
//
// A stream can be saved as it was at one moment while it goes on changing: see
// Frozen.
//
// Invariants: (1) IDs increase strictly, within a block and from block to block,
// and none is above the last ID; (2) the length is the sum of the entries of all
// blocks; (3) the pending entries of a group are, each exactly once, those of
// its consumers; (4) bytes is the sum of the sizes of all blocks, the root's
// included, unless the stream is frozen.
//
// A Stream, Group, Consumer or Nack is a view: it dies when what it shows is
// removed, and a Nack and what an Iter shows with any change of the stream.
// Nothing here is safe for concurrent use.
package stream
