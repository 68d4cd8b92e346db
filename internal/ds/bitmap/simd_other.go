//go:build !amd64

package bitmap

func countBlocks(b []byte) (n int, rest []byte) { return 0, b }

func andBlocks(_, _, _ []byte) int { return 0 }

func orBlocks(_, _, _ []byte) int { return 0 }

func notBlocks(_, _ []byte) int { return 0 }
