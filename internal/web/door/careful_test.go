package door

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tactful/tactful"
)

// TestOneAnswersHeadersAreNobodyElses has a route change the headers that all
// answers share, and looks at the next answer.
func TestOneAnswersHeadersAreNobodyElses(t *testing.T) {
	spoil := true
	frame := NewFrame(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if spoil {
			for _, one := range careful {
				w.Header().Add(one.name, "added")
				w.Header().Set(one.name, "set")
			}
		}
	}), FrameOptions{Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{}})
	for range 2 {
		w := httptest.NewRecorder()
		frame.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		for _, one := range careful {
			if one.name != http.CanonicalHeaderKey(one.name) {
				t.Errorf("%s would not be found", one.name)
			}
			got := w.Header().Values(one.name)
			if spoil && (len(got) != 1 || got[0] != "set") || !spoil && (len(got) != 1 || got[0] == "set" || got[0] != one.value[0]) {
				t.Errorf("%s: %q", one.name, got)
			}
		}
		spoil = false
	}
}
