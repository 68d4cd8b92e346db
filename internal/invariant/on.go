//go:build invariants

package invariant

// Enabled tells that this build asserts invariants at their full cost.
const Enabled = true
