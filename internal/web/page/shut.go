package page

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Policy is the content security policy of every page: everything from here,
// nothing inline, framed by nobody.
const Policy = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'"

// Shut wraps a handler of pages: it sets the headers that keep a page shut and
// refuses writing requests that come from another site. The browser says where
// a request comes from (Sec-Fetch-Site, else Origin); no token is needed.
func Shut(next http.Handler, refused http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(refused)
	checked := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=(), browsing-topics=()")
		h.Set("Cache-Control", "no-store")
		checked.ServeHTTP(w, r)
	})
}

// Back returns a path of our own to return to after a form, "/" if the given
// one is anything else. What follows it in a browser must stay on this site.
func Back(given string) string {
	if len(given) > 512 || !strings.HasPrefix(given, "/") || strings.ContainsAny(given, "\\\r\n\t\x00") {
		return "/"
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	if path.Clean(u.Path) != u.Path {
		return "/"
	}
	back := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.Query().Encode()}
	return back.String()
}
