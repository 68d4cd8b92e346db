package exec

import (
	"errors"

	"sigrun/internal/command"
	"sigrun/internal/config"
)

// gate is one reason why a command may be refused. It returns nil to let it pass.
type gate func(w *Worker, s *Session, spec *command.Spec) error

// gates are asked in this order, which clients can see.
var gates = []gate{
	stopGate,
	protectedGate,
	multiGate,
	memoryGate,
	diskGate,
	loadingGate,
	pauseGate,
}

// errHeld tells that the command is to be executed later.
var errHeld = errors.New("held until a pause ends")

// admit asks all gates. An error in the command line itself comes before them,
// but is nothing for those who have not authenticated.
func (w *Worker) admit(s *Session, spec *command.Spec, err error) error {
	if err == errCrossProtocol {
		return err
	}
	if !s.Admitted() && (spec == nil || !spec.Is(command.NoAuth)) {
		return command.ErrNoAuth
	}
	for i := 0; err == nil && i < len(gates); i++ {
		err = gates[i](w, s, spec)
	}
	return err
}

// stopGate lets nothing run any more while the server stops, for what ran now
// would not be saved.
func stopGate(w *Worker, _ *Session, spec *command.Spec) error {
	if w.engine.state.Load()&Stopping == 0 || spec.Name == "shutdown" {
		return nil
	}
	return errHeld
}

// protectedGate guards commands that can do anything, by enable-debug-command
// and the like.
func protectedGate(w *Worker, s *Session, spec *command.Spec) error {
	if !spec.Is(command.Protected) {
		return nil
	}
	id, what := config.EnableDebugCommand, "DEBUG"
	if p := spec.Parent(); p != nil && p.Name == "module" || spec.Name == "module" {
		id, what = config.EnableModuleCommand, "MODULE"
	}
	switch w.engine.Config.Int(id) {
	case config.AllowAll:
		return nil
	case config.AllowLocal:
		if s.Local() {
			return nil
		}
	}
	return command.ReplyError("ERR " + what + " command not allowed. If the enable-" + lowerWord(what) +
		"-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
}

func lowerWord(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}

func multiGate(_ *Worker, s *Session, spec *command.Spec) error {
	if s.multi != nil && spec.Is(command.NoMulti) {
		return command.ReplyError("ERR Command '" + spec.Name + "' not allowed inside a transaction")
	}
	return nil
}

// memoryGate makes room; a command that needs memory is refused if there is none.
func memoryGate(w *Worker, s *Session, spec *command.Spec) error {
	if w.engine.state.Load()&MemoryLimit == 0 || w.engine.Evict == nil {
		return nil
	}
	if w.engine.Evict(w) {
		return nil
	}
	needs := spec.Is(command.DenyOOM)
	if s.multi != nil && spec.Name == "exec" {
		needs = s.multi.denyOOM
	}
	if needs {
		return command.ErrOOM
	}
	return nil
}

// diskGate refuses writes that could not be made durable.
func diskGate(w *Worker, s *Session, spec *command.Spec) error {
	if w.engine.state.Load()&DiskError == 0 || w.engine.DiskError == nil {
		return nil
	}
	if spec.Is(command.Write) || spec.Name == "ping" || s.multi != nil && spec.Name == "exec" && s.multi.writes {
		return w.engine.DiskError()
	}
	return nil
}

func loadingGate(w *Worker, _ *Session, spec *command.Spec) error {
	if w.engine.state.Load()&Loading != 0 && !spec.Is(command.Loading) {
		return command.ErrLoading
	}
	return nil
}

// pauseGate holds commands back while clients are paused.
func pauseGate(w *Worker, s *Session, spec *command.Spec) error {
	if w.engine.state.Load()&Paused == 0 || !w.engine.pause.holds(s, spec, w.now) {
		return nil
	}
	return errHeld
}
