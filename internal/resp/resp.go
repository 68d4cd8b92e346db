// Package resp is the wire protocol, versions 2 and 3, as pure functions over byte slices: requests are parsed
// into views of the caller's buffer, replies are appended to the caller's slice. It does no I/O, keeps no
// buffers and knows no command.
//
//   - [Parser] and [Limits]: the server's side of a request, resumable at any byte.
//   - [Writer]: the server's side of a reply.
//   - [Reply], [ReadReply] and [AppendCommand]: the client's side, for tests and tools.
package resp

// ProtocolError is a request that cannot be parsed. Its text is the error reply to send, without the leading
// minus sign; the connection must then be closed, for what follows has no known meaning.
type ProtocolError string

// Error implements error.
func (e ProtocolError) Error() string { return string(e) }

// What Parser.Next can find wrong with a request. One more has a varying text: see unexpectedByte.
var (
	ErrInlineTooBig    error = ProtocolError("ERR Protocol error: too big inline request")
	ErrQuotes          error = ProtocolError("ERR Protocol error: unbalanced quotes in request")
	ErrCountTooBig     error = ProtocolError("ERR Protocol error: too big mbulk count string")
	ErrCount           error = ProtocolError("ERR Protocol error: invalid multibulk length")
	ErrCountUnauth     error = ProtocolError("ERR Protocol error: unauthenticated multibulk length")
	ErrBulkTooBig      error = ProtocolError("ERR Protocol error: too big bulk count string")
	ErrBulkLength      error = ProtocolError("ERR Protocol error: invalid bulk length")
	ErrBulkUnauth      error = ProtocolError("ERR Protocol error: unauthenticated bulk length")
	ErrLineTermination error = ProtocolError("ERR Protocol error: invalid CRLF in request")
)

// unexpectedByte is the error for an argument that does not start with a dollar sign. A line end in it is
// replaced when the error is written.
func unexpectedByte(c byte) error {
	return ProtocolError("ERR Protocol error: expected '$', got '" + string([]byte{c}) + "'")
}
