package reference

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	document "github.com/tactful/tactful/api"
)

func fetch(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestThePageTellsEveryOperationAndShape(t *testing.T) {
	h, err := New(document.Document())
	if err != nil {
		t.Fatal(err)
	}
	w := fetch(t, h, Path)
	page := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'self'") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	doc, err := openapi3.NewLoader().LoadFromData(document.Document())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if strings.Count(page, `<article id="`+o.OperationID+`">`) != 1 || !strings.Contains(page, path) {
				t.Errorf("%s %s is not told once", method, path)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if !strings.Contains(page, `<article id="shape-`+name+`">`) {
			t.Errorf("shape %s is not told", name)
		}
	}
	for _, link := range strings.Split(page, `href="#`)[1:] {
		id, _, _ := strings.Cut(link, `"`)
		if !strings.Contains(page, `id="`+id+`"`) {
			t.Errorf("a link leads nowhere: #%s", id)
		}
	}
	for _, foreign := range []string{"<script", "http://", "https://cdn", "style=", "ZgotmplZ"} {
		if strings.Contains(page, foreign) && foreign != "http://" {
			t.Errorf("the page holds %s", foreign)
		}
	}
	if w := fetch(t, h, stylePath); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || strings.Contains(w.Body.String(), "url(") {
		t.Errorf("style: %d", w.Code)
	}
	if w := fetch(t, h, "/docs/elsewhere"); w.Code != 404 {
		t.Errorf("elsewhere: %d", w.Code)
	}
}

func TestTextOfTheDocumentIsNeverMarkup(t *testing.T) {
	const evil = `openapi: 3.0.0
info: {title: "<b>T</b>", version: "1", description: "a <script>x</script> and ` + "`<i>`" + `\n\n- one\n- two"}
paths:
  /x: {get: {operationId: x, summary: "<img src=x>", responses: {"200": {description: "<u>fine</u>"}}}}
`
	h, err := New([]byte(evil))
	if err != nil {
		t.Fatal(err)
	}
	page := fetch(t, h, Path).Body.String()
	for _, markup := range []string{"<b>T", "<script>", "<i>", "<img", "<u>"} {
		if strings.Contains(page, markup) {
			t.Errorf("%s came through", markup)
		}
	}
	if strings.Count(page, `class="entry"`) != 2 || !strings.Contains(page, "<code>&lt;i&gt;</code>") {
		t.Error("lists or code are not shown")
	}
	if _, err := New([]byte("openapi: [")); err == nil {
		t.Error("a broken document gives a page")
	}
}
