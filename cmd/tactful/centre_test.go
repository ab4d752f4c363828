package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestALinkOfTheCommandOpensTheCentreThatServeServes goes the whole way: the
// business makes a link, scanners look at it, the person presses its button.
func TestALinkOfTheCommandOpensTheCentreThatServeServes(t *testing.T) {
	s := newShell(t)
	key := strings.TrimSpace(s.on("keys", "create", "--name", "website", "--scope", "rights"))
	s.on("import", "items", s.write("items.csv", "id,title,categories\nA1,First thing,Mugs\nA2,Second thing,Mugs\n"))
	s.agree("anna")
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", "userId,action,item,time\nanna,purchased,A1,2026-10-01\n"))
	at := s.serving(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(answer *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	if status, page := read(browser.Get(at + "/privacy")); status != http.StatusOK || !strings.Contains(page, "Open this page by your own link") {
		t.Fatalf("without a link: %d %.300s", status, page)
	}
	t.Setenv("TACTFUL_KEY", key)
	out, errOut, code := s.run("link", "--subject", "anna", "--base", at, "--url", at)
	if code != 0 {
		t.Fatalf("tactful link: %d %s", code, errOut)
	}
	link := strings.TrimSpace(out)
	for range 2 {
		if status, page := read(browser.Get(link)); status != http.StatusOK || !strings.Contains(page, "Open it now") {
			t.Fatalf("the link's page: %d %.300s", status, page)
		}
	}
	token := link[strings.LastIndex(link, "/")+1:]
	if status, page := read(browser.PostForm(at+"/privacy/link", url.Values{"token": {token}})); status != http.StatusOK || !strings.Contains(page, "How personal may it be?") {
		t.Fatalf("after the button: %d %.300s", status, page)
	}
	if status, page := read(browser.Get(at + "/privacy/history")); status != http.StatusOK || !strings.Contains(page, "First thing") {
		t.Errorf("the history: %d", status)
	}
	if status, _ := read(http.PostForm(at+"/privacy/link", url.Values{"token": {token}})); status != http.StatusNotFound {
		t.Errorf("the link opened for a second time: %d", status)
	}

	// What she takes along, a stranger to the shop brings by hand.
	_, file := read(browser.Get(at + "/privacy/data/copy/my-data-to-take-along.json"))
	if _, _, code := s.run("link", "--subject", "beate", "--base", at, "--url", at); code == 0 {
		t.Error("a link for somebody of whom nobody said that they are new")
	}
	out, errOut, code = s.run("link", "--subject", "beate", "--newcomer", "--base", at, "--url", at)
	if code != 0 {
		t.Fatalf("tactful link --newcomer: %d %s", code, errOut)
	}
	if browser.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	link = strings.TrimSpace(out)
	read(browser.PostForm(at+"/privacy/link", url.Values{"token": {link[strings.LastIndex(link, "/")+1:]}}))
	bring := func() string {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "my-data.json")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, file) // to memory: cannot fail
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		status, page := read(browser.Post(at+"/privacy/data/bring", form.FormDataContentType(), &body))
		if status != http.StatusOK {
			t.Errorf("bringing it: %d %.300s", status, page)
		}
		return page
	}
	if page := bring(); !strings.Contains(page, "First say yes") || !strings.Contains(page, "In your file you said yes to this") {
		t.Errorf("nobody was asked here: %s", page)
	}
	_, uses := read(browser.Get(at + "/privacy/uses"))
	asked := regexp.MustCompile(`name="purpose" value="(recommendations|improvement)">\s*<input type="hidden" name="hash" value="([0-9a-f]{64})"`).FindAllStringSubmatch(uses, -1)
	for _, q := range asked {
		if status, _ := read(browser.PostForm(at+"/privacy/ask", url.Values{"purpose": {q[1]}, "hash": {q[2]}, "level": {"personal"}, "answer": {"yes"}})); status != http.StatusOK {
			t.Errorf("saying yes to %s: %d", q[1], status)
		}
	}
	if page := bring(); len(asked) == 0 || !strings.Contains(page, "We took over what was in your file") {
		t.Errorf("after %d yeses: %s", len(asked), page)
	}
	events := func(file string) string {
		_, after, _ := strings.Cut(file, `"event":`)
		return after
	}
	if _, again := read(browser.Get(at + "/privacy/data/copy/my-data-to-take-along.json")); events(again) != events(file) || !strings.Contains(events(file), "A1") {
		t.Errorf("it changed on the way:\n%s\n%s", file, again)
	}
}

func TestTheCentresOwnHostLeadsToTheCentre(t *testing.T) {
	rest := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, c := range []struct {
		name, address, host, path string
		status                    int
	}{
		{"its own host", "https://privacy.shop.example", "privacy.shop.example", "/", http.StatusFound},
		{"a path of its own host", "https://privacy.shop.example", "privacy.shop.example", "/v1/items", http.StatusTeapot},
		{"another host", "https://privacy.shop.example", "api.shop.example", "/", http.StatusTeapot},
		{"no host of its own", "", "api.shop.example", "/", http.StatusTeapot},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			atHome(c.address, rest).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://"+c.host+c.path, nil))
			if w.Code != c.status || w.Code == http.StatusFound && w.Header().Get("Location") != "/privacy" {
				t.Errorf("%d %v", w.Code, w.Header())
			}
		})
	}
}
