package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful/internal/web/page"
)

//go:embed templates static
var files embed.FS

// Path is where the page is; its style stands below.
const (
	Path      = "/docs"
	stylePath = Path + "/style.css"
)

// Paths returns where the pages stand, as door.Split takes it.
func Paths() []string { return []string{Path, Path + "/"} }

// New makes the page from an OpenAPI document.
func New(document []byte) (http.Handler, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("load the API document: %w", err)
	}
	t, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse the page of the API document: %w", err)
	}
	var made bytes.Buffer
	if err := t.ExecuteTemplate(&made, "reference.html", read(doc)); err != nil {
		return nil, fmt.Errorf("render the page of the API document: %w", err)
	}
	style, err := files.ReadFile("static/reference.css")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, still(made.Bytes(), "text/html; charset=utf-8"))
	mux.Handle("GET "+stylePath, still(style, "text/css; charset=utf-8"))
	mux.Handle("GET "+Path+"/{$}", http.RedirectHandler(Path, http.StatusSeeOther))
	return page.Shut(mux, http.NotFoundHandler()), nil
}

func still(content []byte, kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content) // the reader has gone; there is nobody to tell
	})
}
