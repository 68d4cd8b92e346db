package server

import (
	"sigrun/internal/config"
	"sigrun/internal/logs"
)

// hookSettings makes what the server itself does follow its settings.
func (s *Server) hookSettings() {
	s.Config.OnApply(func() error {
		s.evictor.configure()
		return nil
	}, config.MaxMemory, config.MaxMemoryPolicy, config.MaxMemorySamples, config.LFULogFactor, config.LFUDecayTime)
	s.Config.OnApply(func() error {
		s.engine.SettleLimits()
		return nil
	}, config.HashMaxListpackEntries, config.HashMaxListpackValue, config.HLLSparseMaxBytes, config.ListCompressDepth,
		config.ListMaxListpackSize, config.SetMaxIntsetEntries, config.SetMaxListpackEntries, config.SetMaxListpackValue,
		config.StreamNodeMaxBytes, config.StreamNodeMaxEntries, config.ZSetMaxListpackEntries, config.ZSetMaxListpackValue)
	s.Config.OnApply(func() error {
		s.engine.SettleTracking()
		return nil
	}, config.LatencyTracking)
	s.Config.OnApply(s.raiseFiles, config.MaxClients)
	s.followImportMode()
	s.Config.OnApply(func() error {
		s.followImportMode()
		return nil
	}, config.ImportMode)
	s.Config.OnApply(func() error {
		s.configureLog()
		return nil
	}, config.LogLevel, config.LogFormat, config.LogTimestampFormat)
	s.Config.OnApply(s.relisten(errPort), config.Port)
	s.Config.OnApply(s.relisten(errBind), config.Bind)
	s.Config.OnApply(s.showTitle, config.ProcTitleTemplate, config.Port, config.Bind)
}

func (s *Server) followImportMode() { s.engine.SetImporting(s.Config.Bool(config.ImportMode)) }

// configureLog makes the log follow its settings.
func (s *Server) configureLog() {
	if s.Logger == nil {
		return
	}
	s.Logger.SetLevel(int(s.Config.Int(config.LogLevel)))
	s.Logger.SetForm(logs.Form(s.Config.Int(config.LogFormat)), logs.Stamp(s.Config.Int(config.LogTimestampFormat)))
}
