//go:build !portable

package testkit

const portableEnabled = false
