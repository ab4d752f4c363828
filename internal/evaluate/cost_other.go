//go:build !unix

package evaluate

import "time"

// used returns the processor time of this process so far and its largest
// resident size in bytes, 0 where the system does not say.
func used() (cpu time.Duration, peak int64) { return 0, 0 }
