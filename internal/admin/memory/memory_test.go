package memory_test

import (
	"testing"

	"sigrun/internal/testkit"
)

// TestScripts plays conversations whose replies a real server gave.
func TestScripts(t *testing.T) { testkit.Scripts(t, "testdata") }
