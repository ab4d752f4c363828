package page

import (
	"io/fs"
	"net/http"
)

// File serves one of the files that are built in.
func File(files fs.FS, path, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := fs.ReadFile(files, path)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(content) // the visitor has gone; there is nobody to tell
	}
}
