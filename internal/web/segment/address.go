package segment

import (
	"net/http"
	"strings"
)

// address says how the browser reaches us: as configured, or as it just did.
func (d *segmentDoor) address(r *http.Request) (protocol, host string) {
	if protocol, host, ok := strings.Cut(d.opt.Public, "://"); ok {
		return protocol, strings.TrimRight(host, "/")
	}
	if r.TLS != nil {
		return "https", r.Host
	}
	return "http", r.Host
}
