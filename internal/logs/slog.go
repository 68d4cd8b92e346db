package logs

import (
	"context"
	"log/slog"
	"strings"
)

// Handler lets a slog.Logger write to a Logger: attributes stand behind the
// message as "name=value".
type Handler struct {
	log   *Logger
	group string // with a dot behind it
	attrs string // of With, ready to be appended
}

var _ slog.Handler = Handler{}

// NewHandler returns a handler that writes to l.
func NewHandler(l *Logger) Handler { return Handler{log: l} }

// levelOf is the level of a line for slog's.
func levelOf(l slog.Level) Level {
	switch {
	case l < slog.LevelDebug:
		return Debug
	case l < slog.LevelInfo:
		return Verbose
	case l < slog.LevelWarn:
		return Notice
	}
	return Warning
}

// Enabled implements slog.Handler.
func (h Handler) Enabled(_ context.Context, l slog.Level) bool { return h.log.Enabled(levelOf(l)) }

// Handle implements slog.Handler.
func (h Handler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	b.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		writeAttr(&b, h.group, a)
		return true
	})
	h.log.Logf(levelOf(r.Level), "%s", b.String())
	return nil
}

// WithAttrs implements slog.Handler.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.attrs)
	for _, a := range attrs {
		writeAttr(&b, h.group, a)
	}
	h.attrs = b.String()
	return h
}

// WithGroup implements slog.Handler.
func (h Handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.group += name + "."
	}
	return h
}

func writeAttr(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, sub := range v.Group() {
			writeAttr(b, group, sub)
		}
		return
	}
	if !a.Equal(slog.Attr{}) {
		b.WriteString(" " + group + a.Key + "=" + v.String())
	}
}
