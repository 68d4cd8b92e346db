package value

// Limits are the settings about when values change from a small form to a large
// one, and how large the parts of the large one get. Entries count elements,
// sizes are in bytes.
type Limits struct {
	ListSize     int // list-max-listpack-size: entries, or if negative a class of sizes
	ListCompress int // list-compress-depth
	HashEntries  int // hash-max-listpack-entries
	HashValue    int // hash-max-listpack-value
	SetInts      int // set-max-intset-entries
	SetEntries   int // set-max-listpack-entries
	SetValue     int // set-max-listpack-value
	ZSetEntries  int // zset-max-listpack-entries
	ZSetValue    int // zset-max-listpack-value
	StreamBytes  int // stream-node-max-bytes
	StreamNodes  int // stream-node-max-entries
	HLLSparse    int // hll-sparse-max-bytes
}
