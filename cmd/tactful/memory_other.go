//go:build !linux

package main

import "runtime"

// peakMemory is what the Go runtime has taken from the system, in bytes.
func peakMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}
