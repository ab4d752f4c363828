package door

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSplitSendsEachPathToItsDoorAndRedirectsNothing(t *testing.T) {
	to := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	}
	h := Split(map[string]http.Handler{"/v1/": to("api"), "/v1/batch": to("segment"), "/v1/projects/": to("settings"), "/openapi.yaml": to("document")}, to("shop"))
	for path, want := range map[string]string{
		"/v1/batch": "segment", "/v1/batch/": "api", "/v1/batches": "api", "/v1/projects/k/settings": "settings", "/v1/subjects/a%2Fb": "api",
		"/openapi.yaml": "document", "/": "shop", "/v1": "shop", "/v1//batch": "api", "/v1/../batch": "api",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
