package exec

import "slices"

// secret is the set of arguments of the running command that belong into no log:
// bit i stands for argument i, the last bit for all from there on.
type secret uint64

const lastSecret = 63

// Hide keeps argument i of the running command, 0 being its name, out of all logs.
func (s *Session) Hide(i int) { s.worker.secret |= 1 << min(i, lastSecret) }

var covered = []byte("(redacted)")

// cover is argv with the secret arguments covered.
func (x secret) cover(argv [][]byte) [][]byte {
	if x == 0 {
		return argv
	}
	argv = slices.Clone(argv)
	for i := range argv {
		if x>>min(i, lastSecret)&1 != 0 {
			argv[i] = covered
		}
	}
	return argv
}
