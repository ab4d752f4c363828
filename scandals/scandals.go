// Package scandals holds one readable case per scandal: a small world, a
// request, and what must come of it. `go test ./internal/replay` and `tactful
// replay` play them on the real engine. The words are explained in README.md
// beside the cases.
package scandals

import (
	"embed"
	"io/fs"
)

//go:embed *.txt
var files embed.FS

// Files returns the cases, one .txt file each.
func Files() fs.FS { return files }
