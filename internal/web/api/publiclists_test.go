package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPublicListsNeedNoKeyAndMayBeKeptByCaches(t *testing.T) {
	d := newDesk(t)
	get := func(path, known string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if known != "" {
			r.Header.Set("If-None-Match", known)
		}
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		return w
	}
	w := get("/v1/lists/a%2Fb", "")
	tag := w.Header().Get("ETag")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"items":[{"id":"c","title":"C"}]`) || len(tag) != 26 || w.Header().Get("Cache-Control") != "public, max-age=3600" {
		t.Fatalf("%d %s %v", w.Code, w.Body, w.Header())
	}
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if w := get("/v1/lists/a%2Fb", known); w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
			t.Errorf("%s: %d %s", known, w.Code, w.Body)
		}
	}
	if w := get("/v1/lists/a%2Fb", `"another"`); w.Code != http.StatusOK {
		t.Errorf("another tag: %d", w.Code)
	}
	if w := get("/v1/lists/other", ""); w.Code != http.StatusNotFound || strings.Contains(w.Header().Get("Cache-Control"), "public") {
		t.Errorf("no list: %d %v", w.Code, w.Header())
	}
	w = get("/v1/lists", "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"least":100`) || !strings.Contains(w.Body.String(), `"rho":70.8`) {
		t.Errorf("edition: %d %s", w.Code, w.Body)
	}
	if r := d.call("POST", "/v1/lists", "admin", ""); r.Code != http.StatusOK {
		t.Errorf("publish: %d %s", r.Code, r.Body)
	}
	if r := d.call("POST", "/v1/lists", "decide", ""); r.Code != http.StatusForbidden {
		t.Errorf("publish with a key that may not: %d", r.Code)
	}
}
