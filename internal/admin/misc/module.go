package misc

import "sigrun/internal/command"

// Modules in C can't be loaded: what the usual ones do is to be built in. So the
// list is empty, and loading fails as it does for a file that is no module.

// MODULE LIST

func moduleList(c *command.Ctx) error {
	c.W.Array(0)
	return nil
}

// MODULE LOAD path [argument ...] | MODULE LOADEX path [CONFIG name value ...] [ARGS argument ...]

func moduleLoad(*command.Ctx) error {
	return command.ReplyError("ERR Error loading the extension. Please check the server logs.")
}

// MODULE UNLOAD name

func moduleUnload(*command.Ctx) error {
	return command.ReplyError("ERR Error unloading module: no such module with that name")
}

func moduleHelp(c *command.Ctx) error {
	c.Help(
		"LIST",
		"    Show the loaded modules, of which there are none.",
		"LOAD <path> [<argument> ...]",
		"LOADEX <path> [CONFIG <name> <value> ...] [ARGS <argument> ...]",
		"    Fail: this server can't load modules.",
		"UNLOAD <name>",
		"    Unload a module.",
	)
	return nil
}
