// Package num reads and prints integers and floating-point numbers exactly as Valkey does: what a client may
// send as a number, and the bytes in which a number is answered and stored, are part of the protocol.
//
// Everything appends to the caller's slice and keeps nothing.
package num
