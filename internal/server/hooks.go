package server

import "sigrun/internal/config"

// hookConfig makes parts of the server hear of changed settings.
func (s *Server) hookConfig() error {
	s.Config.OnApply(s.persist.Configure,
		config.AppendOnly, config.AppendFsync, config.AOFTimestampEnabled, config.AOFChecksum, config.NoAppendFsyncOnRewrite,
		config.AOFDisableAutoGC, config.AOFRewriteIncrementalFsync)
	s.hookSettings()
	return nil
}
