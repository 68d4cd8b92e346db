package catalog

// hyperLogLogRows are the rows of the group hyperloglog.
var hyperLogLogRows = rows{
	{
		Name: "pfadd", Arity: -2, Since: "2.8.9",
		Flags: write | denyOOM | fast, Categories: catHyperLogLog,
		Keys:       keys(at(1, rw|insert)),
		Summary:    "Lets a HyperLogLog count some elements.",
		Complexity: "O(1) an element",
		Args:       args(key("key"), text("element").opt().many()),
	},
	{
		Name: "pfcount", Arity: -2, Since: "2.8.9",
		Flags: readOnly | mayReplicate, Categories: catHyperLogLog,
		Keys: keys(
			noted(span(1, -1, rw|access), "RW because it may change the internal representation of the key, and propagate to replicas"),
		),
		Summary:    "Estimates how many different elements one or several HyperLogLogs have seen.",
		Complexity: "O(1) for one key, O(N) for N keys",
		Args:       args(key("key").many()),
	},
	{
		Name: "pfdebug", Arity: 3, Since: "2.8.9",
		Flags: write | denyOOM | admin, Categories: catHyperLogLog,
		Keys:       keys(at(2, rw|access)),
		DocFlags:   []string{"syscmd"},
		Summary:    "Looks inside a HyperLogLog; for those who test the server.",
		Complexity: "As the subcommand",
		Args:       args(text("subcommand"), key("key")),
	},
	{
		Name: "pfmerge", Arity: -2, Since: "2.8.9",
		Flags: write | denyOOM, Categories: catHyperLogLog,
		Keys:       keys(at(1, rw|access|insert), span(2, -1, ro|access)),
		Summary:    "Joins HyperLogLogs into one.",
		Complexity: "O(N), N the keys",
		Args:       args(key("destkey"), key("sourcekey").spec(1).opt().many()),
	},
	{
		Name: "pfselftest", Arity: 1, Since: "2.8.9",
		Flags: admin, Categories: catHyperLogLog,
		DocFlags:   []string{"syscmd"},
		Summary:    "Runs the HyperLogLog's own checks; for those who test the server.",
		Complexity: "Constant, but some seconds",
	},
}
