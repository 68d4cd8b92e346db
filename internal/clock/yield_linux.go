package clock

import "syscall"

// Yield lets other threads of the machine run that wait for this core. A worker
// that has all the time in the world calls it after every few microseconds of
// work: else, on a machine with few cores, the scheduler would let it run for
// milliseconds while an event loop has clients waiting.
func Yield() { _, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) }
