package main

import "os"

// headroomBytes is counted as in use but never touched, so the system gives no
// memory for it: garbage is collected when what was made since the last time is
// as much as what is in use, and so at the earliest after this much. A small
// store would else collect several times a second, at a tenth of its time.
const headroomBytes = 192 << 20

// headroom returns that memory; whoever serves keeps it. Where the operator has
// set Go's own knobs there is none.
func headroom() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return make([]byte, headroomBytes)
}
