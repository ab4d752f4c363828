package shop

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
	"github.com/tactful/tactful/internal/web/shop/picture"
)

// file serves one of the files that are built in.
func file(name, kind string) http.HandlerFunc { return page.File(static, "static/"+name, kind) }

// image draws the picture of an item.
func (s *shop) image(w http.ResponseWriter, r *http.Request) {
	code, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	it, err := s.engine.Item(code)
	if !ok || err != nil {
		v := s.recognise(r)
		s.fail(w, r, &v, fmt.Errorf("draw a picture: %w", tactful.Errorf(tactful.NotFound, "there is no such picture")))
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(picture.SVG(&it)) // the visitor has gone; there is nobody to tell
}
