package main

import "syscall"

// peakMemory is the largest resident size of this process so far, in bytes.
func peakMemory() uint64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return uint64(usage.Maxrss) * 1024
}
