package clients

import (
	"crypto/sha256"
	"crypto/subtle"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/num"
	"sigrun/internal/version"
)

const (
	errWrongPass  = command.ReplyError("WRONGPASS invalid username-password pair or user is disabled.")
	errNoPassword = command.ReplyError("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	errNotVersion = command.ReplyError("ERR Protocol version is not an integer or out of range")
	errNoProto    = command.ReplyError("NOPROTO unsupported protocol version")
	errHelloFirst = command.ReplyError("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
)

// defaultUser is the only user.
const defaultUser = "default"

// AUTH [username] password

func auth(c *command.Ctx) error {
	if len(c.Argv) > 3 {
		return command.ErrSyntax
	}
	s := exec.Of(c)
	for i := range c.Argv[1:] {
		s.Hide(i + 1)
	}
	user, password := []byte(defaultUser), c.Argv[len(c.Argv)-1]
	if len(c.Argv) == 3 {
		user = c.Argv[1]
	} else if s.Engine().Config.String(config.RequirePass) == "" {
		return errNoPassword
	}
	if err := login(s, user, password); err != nil {
		return err
	}
	c.W.OK()
	return nil
}

// login authenticates s, or counts the failure and leaves s as it was.
func login(s *exec.Session, user, password []byte) error {
	want := s.Engine().Config.String(config.RequirePass)
	if string(user) != defaultUser || want != "" && !samePassword(want, password) {
		s.Engine().Counts.AuthFail.Add(1)
		return errWrongPass
	}
	s.SetUser(defaultUser)
	return nil
}

// samePassword compares in a time that tells nothing about want, not even how
// long it is.
func samePassword(want string, got []byte) bool {
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256(got)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// HELLO [protover [AUTH username password] [SETNAME clientname]]

// helloArgs is HELLO parsed. Its slices are views into the command line.
type helloArgs struct {
	proto          int // 0 to leave it
	user, password []byte
	name           []byte
	auth, setName  bool
}

func parseHello(c *command.Ctx) (h helloArgs, err error) {
	if len(c.Argv) == 1 {
		return h, nil
	}
	proto, ok := num.ParseInt(c.Argv[1])
	switch {
	case !ok:
		return h, errNotVersion
	case proto != 2 && proto != 3:
		return h, errNoProto
	}
	h.proto = int(proto)
	for i := 2; i < len(c.Argv); {
		switch left := len(c.Argv) - i; {
		case left > 2 && command.Is(c.Argv[i], "auth"):
			h.auth, h.user, h.password = true, c.Argv[i+1], c.Argv[i+2]
			exec.Of(c).Hide(i + 1)
			exec.Of(c).Hide(i + 2)
			i += 3
		case left > 1 && command.Is(c.Argv[i], "setname"):
			h.setName, h.name = true, c.Argv[i+1]
			if !printable(h.name) {
				return h, errBadName
			}
			i += 2
		default:
			return h, command.ReplyError("ERR Syntax error in HELLO option '" + string(c.Argv[i]) + "'")
		}
	}
	return h, nil
}

// hello answers with what the server is, in the protocol that was asked for.
func hello(c *command.Ctx) error {
	h, err := parseHello(c)
	if err != nil {
		return err
	}
	s := exec.Of(c)
	if h.auth {
		if err := login(s, h.user, h.password); err != nil {
			return err
		}
	}
	if !s.Admitted() {
		return errHelloFirst
	}
	if h.setName {
		s.Name = string(h.name)
	}
	if h.proto != 0 {
		s.SetProto(h.proto)
	}
	writeHello(c, s)
	return nil
}

func writeHello(c *command.Ctx, s *exec.Session) {
	w := c.W
	zone := s.Engine().Config.String(config.AvailabilityZone)
	pairs := 7
	if zone != "" {
		pairs++
	}
	w.Map(pairs)
	w.BulkString("server")
	w.BulkString(version.Server)
	w.BulkString("version")
	w.BulkString(version.Valkey)
	w.BulkString("proto")
	w.Int(int64(s.Proto()))
	w.BulkString("id")
	w.Int(int64(s.ID))
	w.BulkString("mode")
	w.BulkString("standalone")
	w.BulkString("role")
	w.BulkString("master")
	w.BulkString("modules")
	w.Array(0)
	if zone != "" {
		w.BulkString("availability_zone")
		w.BulkString(zone)
	}
}
