package config

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"sigrun/internal/vfs"
)

const (
	errLimitWords    = reason("Wrong number of arguments in buffer limit configuration.")
	errLimitClass    = reason("Invalid client class specified in buffer limit configuration.")
	errLimitValue    = reason("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
	errEventClass    = reason("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
	errEmptyDir      = reason("dir can't be empty")
	errPrimaryPort   = reason("Invalid primary port")
	errSaveAndNoSave = reason("shutdown options SAVE and NOSAVE can't be used simultaneously")
)

// ClientClass tells clients apart by how much output may wait for them.
type ClientClass uint8

// The classes of clients.
const (
	NormalClient ClientClass = iota
	ReplicaClient
	PubSubClient

	numClientClasses = iota
)

// OutputLimit is how much output may wait for a client before it is closed: at
// once beyond Hard bytes, after SoftSeconds in a row beyond Soft bytes. 0 means
// no limit.
type OutputLimit struct {
	Hard, Soft  uint64
	SoftSeconds int64
}

// OutputLimits has the limit of each class.
type OutputLimits [numClientClasses]OutputLimit

// clientClasses are the names of the classes in files; CONFIG GET says the
// older "slave" for the second.
var clientClasses = [numClientClasses]string{"normal", "replica", "pubsub"}

// outputLimitsKind is OutputLimits. What is not mentioned keeps its limits.
type outputLimitsKind struct{}

func (outputLimitsKind) parse(in input) (value, error) {
	if len(in.words)%4 != 0 {
		return value{}, errLimitWords
	}
	limits, _ := in.old.list.(OutputLimits)
	for w := in.words; len(w) > 0; w = w[4:] {
		class := classOf(w[0])
		if class < 0 {
			return value{}, errLimitClass
		}
		hard, ok1 := ParseSize(w[1])
		soft, ok2 := ParseSize(w[2])
		seconds, ok3 := readLong(w[3])
		tooLong := seconds == math.MaxInt64 // what does not fit, too
		if !ok1 || !ok2 || !ok3 || seconds < 0 || tooLong {
			return value{}, errLimitValue
		}
		limits[class] = OutputLimit{hard, soft, seconds}
	}
	return value{str: limits.text(), list: limits}, nil
}

// classOf is the class that name in any case means, or -1.
func classOf(name string) int {
	if strings.EqualFold(name, "slave") {
		return int(ReplicaClient)
	}
	for i, class := range clientClasses {
		if strings.EqualFold(name, class) {
			return i
		}
	}
	return -1
}

func (l OutputLimits) text() string {
	var b []byte
	for i, limit := range l {
		name := clientClasses[i]
		if ClientClass(i) == ReplicaClient {
			name = "slave"
		}
		b = appendWord(b, name)
		b = appendWord(b, strconv.FormatUint(limit.Hard, 10))
		b = appendWord(b, strconv.FormatUint(limit.Soft, 10))
		b = appendWord(b, strconv.FormatInt(limit.SoftSeconds, 10))
	}
	return string(b)
}

func (outputLimitsKind) text(v value) string { return v.str }

func (outputLimitsKind) lines(v, def value) []fileLine {
	limits, defaults := v.list.(OutputLimits), def.list.(OutputLimits)
	lines := make([]fileLine, 0, numClientClasses)
	for i, l := range limits {
		words := clientClasses[i] + " " + sizeText(l.Hard) + " " + sizeText(l.Soft) + " " +
			strconv.FormatInt(l.SoftSeconds, 10)
		lines = append(lines, fileLine{words, l != defaults[i]})
	}
	return lines
}

// The bits of NotifyKeyspaceEvents.
const (
	NotifyKeyspace int64 = 1 << iota // K: publish to __keyspace@<db>__:<key>
	NotifyKeyevent                   // E: publish to __keyevent@<db>__:<event>
	NotifyGeneric                    // g
	NotifyString                     // $
	NotifyList                       // l
	NotifySet                        // s
	NotifyHash                       // h
	NotifyZSet                       // z
	NotifyExpired                    // x
	NotifyEvicted                    // e
	NotifyStream                     // t
	NotifyKeyMiss                    // m, not among A
	_                                // loaded keys, which modules alone can see
	NotifyModule                     // d
	NotifyNew                        // n, not among A

	NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash | NotifyZSet |
		NotifyExpired | NotifyEvicted | NotifyStream | NotifyModule // A
)

// eventLetters are the event classes in the order in which they are shown.
var eventLetters = []struct {
	letter byte
	bit    int64
	inAll  bool // not shown beside A
}{
	{'A', NotifyAll, false},
	{'g', NotifyGeneric, true}, {'$', NotifyString, true}, {'l', NotifyList, true}, {'s', NotifySet, true},
	{'h', NotifyHash, true}, {'z', NotifyZSet, true}, {'x', NotifyExpired, true}, {'e', NotifyEvicted, true},
	{'t', NotifyStream, true}, {'d', NotifyModule, true}, {'n', NotifyNew, true},
	{'K', NotifyKeyspace, false}, {'E', NotifyKeyevent, false}, {'m', NotifyKeyMiss, false},
}

// notifyKind is a set of event classes, each a letter.
type notifyKind struct{}

func (notifyKind) parse(in input) (value, error) {
	var bits int64
next:
	for i := 0; i < len(in.words[0]); i++ {
		for _, e := range eventLetters {
			if e.letter == in.words[0][i] {
				bits |= e.bit
				continue next
			}
		}
		return value{}, errEventClass
	}
	return value{num: bits}, nil
}

// text leaves out n beside A: the servers whose clients read this do so too.
func (notifyKind) text(v value) string {
	var b []byte
	all := v.num&NotifyAll == NotifyAll
	for _, e := range eventLetters {
		if v.num&e.bit == e.bit && !(all && e.inAll) {
			b = append(b, e.letter)
		}
	}
	return string(b)
}

func (k notifyKind) lines(v, def value) []fileLine {
	return []fileLine{{quote(k.text(v)), v.num != def.num}}
}

// dirKind is the directory that relative file names start from, as an absolute
// path.
type dirKind struct{}

func (dirKind) parse(in input) (value, error) {
	dir := in.words[0]
	if dir == "" {
		return value{}, errEmptyDir
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(in.curDir, dir)
	}
	if in.fs == nil {
		return value{str: filepath.Clean(dir)}, nil
	}
	dir, err := in.fs.ResolveDir(dir)
	if err != nil {
		return value{}, reason(vfs.Reason(err))
	}
	return value{str: dir}, nil
}

func (dirKind) text(v value) string { return v.str }

func (dirKind) lines(v, _ value) []fileLine { return []fileLine{{quote(v.str), true}} }

// Primary is where a replica replicates from. The zero Primary is none.
type Primary struct {
	Host string
	Port int
}

// replicaOfKind is a Primary, or "no one".
type replicaOfKind struct{}

func (replicaOfKind) parse(in input) (value, error) {
	if len(in.words) != 2 {
		return value{}, errWordCount
	}
	if strings.EqualFold(in.words[0], "no") && strings.EqualFold(in.words[1], "one") {
		return value{list: Primary{}}, nil
	}
	port, ok := readLong(in.words[1])
	if !ok || port < 0 || port > math.MaxUint16 {
		return value{}, errPrimaryPort
	}
	p := Primary{in.words[0], int(port)}
	return value{str: p.Host + " " + strconv.Itoa(p.Port), list: p}, nil
}

func (replicaOfKind) text(v value) string { return v.str }

func (replicaOfKind) lines(v, _ value) []fileLine {
	if v.str == "" {
		return nil
	}
	return []fileLine{{v.str, true}}
}
