//go:build race && linux && !portable

package netio

const raceDetector = true
