// Package faults breaks a server while clients work with it, starts it again,
// and compares what is left with what the clients were told.
//
// Every writer uses keys of its own, numbered, each once: after the restart the
// history of each connection and the data say together
//
//	lost   a write that was acknowledged and is not there
//	seen   a value that a client has read and that is not there
//	ghost  a write that was refused and is there, or a value that nobody wrote
//	hole   a write that is there although an earlier one of its connection is not
//	torn   a transaction of which only a part is there
//
// and all five have to be 0. A write without an answer may be either.
//
//	P1  the process is killed, appendfsync always
//	P2  the process is killed, appendfsync everysec
//	P3  the power is cut, appendfsync always
//	P4  the power is cut, appendfsync everysec, or snapshots alone: what is lost
//	    is an end of what was written, with everysec at most two seconds, and of
//	    snapshots the last one that was reported is there, whole
//	P5  the disk is full, everysec: writes are refused and reads served, snapshot,
//	    rewrite and CONFIG REWRITE fail without a trace, and all goes on by itself
//	    once there is room; always: the server ends, and has acknowledged nothing
//	    that it could not write
//	P6  each call to the file system in the source fails once, found by their types
//	    and by the ways that led to them
//	P7  a sync fails once: what it may have lost is never said to be durable
//	P8  the disk stands still: all clients go on as soon as it works again; syncs
//	    are slow: they delay nobody
//	P9  the log is cut off anywhere: it is loaded up to there, or refused
//	P10 bits of the log and of its manifest are flipped: damage to its form is refused
//	P12 the process is killed in CONFIG REWRITE: the file is the old or the new one
//
// P3 to P5 and P8 use an ext4 file system of their own, on a loop device: that takes
// Linux and the rights to mount. Where they are missing the test is skipped, and
// its name and the reason are told with -v; with SIGRUN_FAULTS_REQUIRED=1 it fails.
//
// P6 and P7 and the slow syncs use a build whose file system fails by the place that
// a call comes from (testdata/inject.go).
//
// A rig that never saw a fault proves nothing, so each comes with a control: a
// build from which the defence was removed (control*_test.go) and which must fail.
//
// Flags: -kills is the number of kills for each mode, -seed repeats a run.
// SIGRUN_FAULTS=all runs all there is, instead of a sample.
package faults
