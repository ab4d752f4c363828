package disk

import "github.com/cockroachdb/pebble/v2/vfs"

// failStop is the file system under Pebble.
type failStop struct {
	vfs.FS
	fail    func(error)
	stopped func() bool
}
