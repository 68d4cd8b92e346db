package server

import (
	"sigrun/internal/command"
	"sigrun/internal/vfs"
)

const errMisconfRDB = command.ReplyError("MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
	"Commands that may modify the data set are disabled, because this instance is configured to report errors during writes " +
	"if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Valkey logs for details about the RDB error.")

func misconfAOF(err error) error {
	return command.ReplyError("MISCONF Errors writing to the AOF file: " + vfs.Reason(err))
}
