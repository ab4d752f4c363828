package config

import (
	"path/filepath"
	"strings"
)

// within reports whether inner is outer or lies inside it, whatever way the two
// are written and whatever links lead there. A part of a path that does not
// exist yet is taken as written.
func within(outer, inner string) bool {
	relative, err := filepath.Rel(place(outer), place(inner))
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

// place is where a directory is or will be.
func place(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for at := whole; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(at)
		if up == at {
			return whole
		}
		rest = filepath.Join(filepath.Base(at), rest)
		at = up
	}
}
