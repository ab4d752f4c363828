package door

import "net/http"

// GPCPath is where a site says that it honours Global Privacy Control (W3C GPC).
const GPCPath = "/.well-known/gpc.json"

// gpcSince is the day on which what we do with the signal last changed.
const gpcSince = "2026-11-26"

// GPCSupport answers GPCPath. The resource is about the site, so it is the same
// for everybody and may be cached.
func GPCSupport() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			Refuse(w, r, nil, WrongMethod("GET, HEAD"))
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "public, max-age=86400")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"gpc":true,"lastUpdate":"` + gpcSince + `"}` + "\n"))
		}
	})
}
