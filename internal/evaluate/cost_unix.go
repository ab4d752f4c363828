//go:build unix

package evaluate

import (
	"runtime"
	"syscall"
	"time"
)

// used returns the processor time of this process so far and its largest
// resident size in bytes, 0 where the system does not say.
func used() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	unit := int64(1024)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Maxrss) * unit
}
