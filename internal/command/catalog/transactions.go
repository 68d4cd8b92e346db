package catalog

// transactionRows are the rows of the group transactions.
var transactionRows = rows{
	{
		Name: "discard", Arity: 1, Since: "2.0.0",
		Flags: noScript | loading | stale | fast | allowBusy, Categories: catTransaction,
		Summary:    "Gives up the transaction and forgets its queued commands.",
		Complexity: "O(N), N the queued commands",
	},
	{
		Name: "exec", Arity: 1, Since: "1.2.0",
		Flags: noScript | loading | stale | skipCommandLog, Categories: catTransaction,
		Summary:    "Runs all commands of the transaction as one.",
		Complexity: "As the queued commands",
	},
	{
		Name: "multi", Arity: 1, Since: "1.2.0",
		Flags: noScript | loading | stale | fast | noMulti | allowBusy, Categories: catTransaction,
		Summary:    "Opens a transaction: what follows is queued.",
		Complexity: "O(1)",
	},
	{
		Name: "unwatch", Arity: 1, Since: "2.2.0",
		Flags: noScript | loading | stale | fast | allowBusy, Categories: catTransaction,
		Summary:    "Forgets all watched keys of this connection.",
		Complexity: "O(1)",
	},
	{
		Name: "watch", Arity: -2, Since: "2.2.0",
		Flags: noScript | loading | stale | fast | noMulti | allowBusy, Categories: catTransaction,
		Keys:       keys(span(1, -1, ro)),
		Summary:    "Lets the next EXEC fail if one of the keys changes until then.",
		Complexity: "O(N), N the keys",
		Args:       args(key("key").many()),
	},
}
