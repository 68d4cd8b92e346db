package command

import "errors"

// ReplyError is an error that goes to the client as it stands, code first and
// without the leading minus.
type ReplyError string

// Error implements error.
func (e ReplyError) Error() string { return string(e) }

// The errors that more than one command answers with.
const (
	ErrSyntax        = ReplyError("ERR syntax error")
	ErrNotInteger    = ReplyError("ERR value is not an integer or out of range")
	ErrNotFloat      = ReplyError("ERR value is not a valid float")
	ErrWrongType     = ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value")
	ErrNoKey         = ReplyError("ERR no such key")
	ErrOutOfRange    = ReplyError("ERR index out of range")
	ErrSameObject    = ReplyError("ERR source and destination objects are the same")
	ErrDBIndex       = ReplyError("ERR DB index is out of range")
	ErrInvalidDB     = ReplyError("ERR invalid DB index")
	ErrOverflow      = ReplyError("ERR increment or decrement would overflow")
	ErrDecrOverflow  = ReplyError("ERR decrement would overflow")
	ErrNaN           = ReplyError("ERR increment would produce NaN or Infinity")
	ErrStringTooLong = ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
	ErrOffsetRange   = ReplyError("ERR offset is out of range")
	ErrOOM           = ReplyError("OOM command not allowed when used memory > 'maxmemory'.")
	ErrNoAuth        = ReplyError("NOAUTH Authentication required.")
	ErrExecAbort     = ReplyError("EXECABORT Transaction discarded because of previous errors.")
	ErrLoading       = ReplyError("LOADING Valkey is loading the dataset in memory")
	ErrBusyKey       = ReplyError("BUSYKEY Target key name already exists.")
	ErrBadCursor     = ReplyError("ERR invalid cursor")
	ErrNotPositive   = ReplyError("ERR value is out of range, must be positive")
)

// ErrNoReply tells that the handler has written (or will write) everything
// itself and that the command counts as failed. The reply stays as it is.
var ErrNoReply = errors.New("reply already written")

// ErrBadExpire is the answer to an expiry that name can't take.
func ErrBadExpire(name string) error {
	return ReplyError("ERR invalid expire time in '" + name + "' command")
}
