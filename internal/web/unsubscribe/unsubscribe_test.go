package unsubscribe

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// house knows one token, and counts how often it was used.
type house struct{ taken int }

func (h *house) MayUnsubscribe(token string) bool { return token == "good" }

func (h *house) Unsubscribe(_ context.Context, token string) error {
	if token != "good" {
		return tactful.Errorf(tactful.NotFound, "this link does not work any more")
	}
	h.taken++
	return nil
}

func TestOnlyPostTakesTheWayOut(t *testing.T) {
	h := &house{}
	handler, err := New(Options{Engine: h, Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, path, body, want string
		code, taken                    int
	}{
		{"a scanner of links looks", "GET", "/u/good", "", `<form method="post">`, 200, 0},
		{"and looks at the head", "HEAD", "/u/good", "", "", 200, 0},
		{"a mail program posts (RFC 8058)", "POST", "/u/good", "List-Unsubscribe=One-Click", "We send you no more", 200, 1},
		{"a person presses the button", "POST", "/u/good", "", "We send you no more", 200, 2},
		{"a forged link", "GET", "/u/evil", "", "does not work", 404, 2},
		{"a forged post", "POST", "/u/evil", "List-Unsubscribe=One-Click", "does not work", 404, 2},
		{"a body that is too large", "POST", "/u/good", strings.Repeat("x", maxBody+1), "", 413, 2},
		{"no token", "POST", "/u/", "", "", 404, 2},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
		if test.method == "POST" {
			r.Header.Set("Origin", "https://mail.example") // a mail program in a browser
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		handler.ServeHTTP(w, r)
		if w.Code != test.code || h.taken != test.taken || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d, taken %d: %s", test.name, w.Code, h.taken, w.Body)
		}
		if test.code == 200 && (w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" || strings.Contains(w.Body.String(), "<script")) {
			t.Errorf("%s: headers %v", test.name, w.Header())
		}
	}
}

func TestThePageSpeaksEveryLanguage(t *testing.T) {
	handler, err := New(Options{Engine: &house{}, Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"en", "de", "fr", "es", "ar"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/u/good", nil)
		r.Header.Set("Accept-Language", tag)
		handler.ServeHTTP(w, r)
		dir := "ltr"
		if tag == "ar" {
			dir = "rtl"
		}
		if !strings.Contains(w.Body.String(), `<html lang="`+tag+`" dir="`+dir+`">`) {
			t.Errorf("%s: %s", tag, w.Body)
		}
	}
}
