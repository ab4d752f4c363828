package page

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestWritingFromAnotherSiteIsRefused(t *testing.T) {
	ran := false
	h := Shut(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }),
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	for _, c := range []struct {
		name, method string
		header       [2]string
		runs         bool
	}{
		{"a form of our own", "POST", [2]string{"Sec-Fetch-Site", "same-origin"}, true},
		{"a form of another site", "POST", [2]string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a form of a neighbouring site", "POST", [2]string{"Sec-Fetch-Site", "same-site"}, false},
		{"an old browser at our own page", "POST", [2]string{"Origin", "http://shop.example"}, true},
		{"an old browser at another page", "POST", [2]string{"Origin", "http://evil.example"}, false},
		{"a link from another site", "GET", [2]string{"Sec-Fetch-Site", "cross-site"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ran = false
			r := httptest.NewRequest(c.method, "http://shop.example/basket", nil)
			r.Header.Set(c.header[0], c.header[1])
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if ran != c.runs {
				t.Errorf("ran: %v", ran)
			}
			if w.Header().Get("Content-Security-Policy") != Policy {
				t.Error("the policy is missing")
			}
		})
	}
}

func TestBackStaysHere(t *testing.T) {
	for given, want := range map[string]string{
		"/item/85123A": "/item/85123A", "/search?q=red+mug": "/search?q=red+mug", "/category/Kitchen%20&%20dining": "/category/Kitchen%20&%20dining",
		"": "/", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example/": "/", "javascript:alert(1)": "/", "/../x": "/", "/a\r\nSet-Cookie: x": "/",
	} {
		if got := Back(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func FuzzBack(f *testing.F) {
	for _, seed := range []string{"/", "//evil.example", "/search?q=a&q=b", "/%2F/x", "/\\x", "/item/a%00b"} {
		f.Add(seed)
	}
	here, err := url.Parse("https://shop.example/basket")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got := Back(given)
		to, err := here.Parse(got)
		if err != nil || to.Host != "shop.example" || to.Scheme != "https" || strings.HasPrefix(got, "//") || strings.Contains(got, "\\") {
			t.Errorf("%q leads to %q", given, got)
		}
	})
}
