package door

import (
	"net/http"
	"sort"
	"strings"
)

// Split sends each request to the door of its path: an entry that ends in a
// slash takes everything below it, another exactly itself; the longest wins,
// and otherwise takes the rest. It stands in for a http.ServeMux between
// doors, because that answers unclean paths with a redirect, which clients of
// the event doors take for success: their events would be gone.
func Split(doors map[string]http.Handler, otherwise http.Handler) http.Handler {
	s := split{exact: map[string]http.Handler{}, otherwise: otherwise}
	for path, h := range doors {
		if strings.HasSuffix(path, "/") {
			s.below = append(s.below, branch{path, h})
		} else {
			s.exact[path] = h
		}
	}
	sort.Slice(s.below, func(i, j int) bool { return len(s.below[i].prefix) > len(s.below[j].prefix) })
	return s
}

type branch struct {
	prefix string
	door   http.Handler
}

type split struct {
	exact     map[string]http.Handler
	below     []branch
	otherwise http.Handler
}

func (s split) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if h, ok := s.exact[path]; ok {
		h.ServeHTTP(w, r)
		return
	}
	for _, b := range s.below {
		if strings.HasPrefix(path, b.prefix) {
			b.door.ServeHTTP(w, r)
			return
		}
	}
	s.otherwise.ServeHTTP(w, r)
}
