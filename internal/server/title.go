package server

import (
	"strconv"
	"strings"

	"sigrun/internal/aof"
	"sigrun/internal/config"
)

// showTitle shows the title of the process, as the settings want it, where its
// command line was. That it can't is no reason to fail.
func (s *Server) showTitle() error {
	if s.Title == "" || !s.Config.Bool(config.SetProcTitle) {
		return nil
	}
	if err := setTitle(s.titleText()); err != nil {
		s.Logf(aof.Debug, "The title of the process can't be set: %v", err)
	}
	return nil
}

// titleText is the setting proc-title-template with its variables filled in.
func (s *Server) titleText() string {
	cfg := s.Config
	port := strconv.FormatInt(cfg.Int(config.Port), 10)
	address := cfg.String(config.UnixSocket)
	if cfg.Int(config.Port) != 0 {
		address = "*"
		if list := cfg.Addresses(config.Bind); len(list) > 0 {
			address = list[0]
		}
		address += ":" + port
	}
	mode := ""
	switch {
	case cfg.Bool(config.ClusterEnabled):
		mode = "[cluster]"
	case cfg.Sentinel():
		mode = "[sentinel]"
	}
	text := strings.NewReplacer(
		"{title}", s.Title,
		"{listen-addr}", address,
		"{server-mode}", mode,
		"{port}", port,
		"{tls-port}", strconv.FormatInt(cfg.Int(config.TLSPort), 10),
		"{unixsocket}", cfg.String(config.UnixSocket),
		"{config-file}", cfg.File(),
	).Replace(cfg.String(config.ProcTitleTemplate))
	return strings.TrimRight(text, " ")
}
