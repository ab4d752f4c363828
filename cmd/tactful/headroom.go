package main

import (
	"os"
	"runtime/debug"
)

// headroomBytes is counted as in use but never touched, so the system gives no
// memory for it. Garbage is collected when what was made since the last time is
// headroomShare percent of what is in use: at the earliest after 190 MB, so that a
// small store does not collect several times a second, at a tenth of its time; and
// in a large one garbage takes half of what is in use, and not as much again.
const (
	headroomBytes = 384 << 20
	headroomShare = 50
)

// headroom returns that memory; whoever serves keeps it. Where the operator has
// set Go's own knobs there is none.
func headroom() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	debug.SetGCPercent(headroomShare)
	return make([]byte, headroomBytes)
}
