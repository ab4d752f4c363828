package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving runs a server over the shell's stores until the test ends.
func (s *shell) serving(t *testing.T) (url string) {
	t.Helper()
	addr, admin := free(t), free(t)
	file := s.write("serving.yaml", fmt.Sprintf("server: {addr: %s, admin_addr: %s}\nbackup: {dir: %q, key_dir: %q}\n", addr, admin, filepath.Join(s.dir, "copies"), filepath.Join(s.dir, "key-copies")))
	ctx, stop := context.WithCancel(context.Background())
	var errOut lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--config", file}, s.stores()...), io.Discard, &errOut)
	}()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-ended:
			if code != 0 {
				t.Errorf("serve: exit %d %s", code, errOut.String())
			}
		case <-time.After(30 * time.Second):
			t.Error("the server does not stop")
		}
	})
	get(t, "http://"+addr+"/readyz")
	return "http://" + addr
}

// status asks the server with a key.
func status(t *testing.T, method, url, key string) int {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestTheReadmesOrderWorksWithARunningServer(t *testing.T) {
	s := newShell(t)
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "operator", "--scope", "admin", "--operator", "Ada B."))
	second := strings.TrimSpace(s.on("keys", "create", "--name", "second", "--scope", "admin", "--operator", "Ben C."))
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\nA2,Second\n"))
	s.agree("anna", "ben")
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", "userId,action,item,time\nanna,purchased,A1,2026-10-01\nanna,purchased,A2,2026-10-01\nben,purchased,A1,2026-10-01\nben,purchased,A2,2026-10-01\n"))
	url := s.serving(t)
	t.Setenv("TACTFUL_KEY", admin)
	ask := func(args ...string) string {
		t.Helper()
		out, errOut, code := s.run(append(args, "--url", url)...)
		if code != 0 {
			t.Fatalf("tactful %s: exit %d %s%s", strings.Join(args, " "), code, out, errOut)
		}
		return out
	}
	shop := strings.TrimSpace(ask("keys", "create", "--name", "shop", "--scope", "write", "--scope", "decide"))
	if got := status(t, "GET", url+"/v1/items", shop); got != 403 {
		t.Errorf("the key that one operator just made: %d", got)
	}
	t.Setenv("TACTFUL_KEY", second)
	ask("keys", "release", "shop")
	t.Setenv("TACTFUL_KEY", admin)
	if got := status(t, "GET", url+"/v1/items", shop); got != 200 {
		t.Errorf("the key just released: %d", got)
	}
	ask("keys", "create", "--name", "page", "--scope", "browser", "--origin", "https://shop.example")
	keys := parse[[]struct {
		Name    string
		Origins []string
	}](t, ask("keys", "list", "--json"))
	if len(keys) != 4 {
		t.Errorf("%+v", keys)
	}
	trained := parse[struct {
		People int
		Model  string
	}](t, ask("train", "--json"))
	if trained.People != 2 || len(trained.Model) != 64 {
		t.Errorf("%+v", trained)
	}
	if out := ask("model"); !strings.Contains(out, trained.Model) || !strings.Contains(out, "2 people") {
		t.Errorf("the card says %s", out)
	}
	if d := parse[struct{ Subjects, Accepted int }](t, ask("doctor", "--json")); d.Subjects != 2 || d.Accepted != 4 {
		t.Errorf("%+v", d)
	}
	ask("keys", "revoke", "shop")
	if got := status(t, "GET", url+"/v1/items", shop); got != 401 {
		t.Errorf("the key just revoked: %d", got)
	}
	for _, tt := range []struct {
		name, says string
		args       []string
	}{
		{"the stores are held by the server", "use --url", append([]string{"keys", "revoke", "page"}, s.stores()...)},
		{"a key does not revoke itself", "may not revoke itself", []string{"keys", "revoke", "operator", "--url", url}},
		{"nobody's key is not found", "no key in force", []string{"keys", "revoke", "no/body", "--url", url}},
		{"a revoked key asks in vain", "unknown or was revoked", []string{"keys", "list", "--url", url, "--key", shop}},
		{"no key is no entry", "--key", []string{"doctor", "--url", url, "--key", ""}},
		{"an address is needed", "--url", []string{"doctor", "--url", "localhost:8080"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, errOut, code := s.run(tt.args...); code != 1 || !strings.Contains(errOut, tt.says) {
				t.Errorf("exit %d: %s", code, errOut)
			}
		})
	}
}

func TestAKeyIsNotCarriedElsewhereByARedirect(t *testing.T) {
	var asked int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer server.Close()
	s := newShell(t)
	_, errOut, code := s.run("train", "--url", server.URL, "--key", "tk_a_x")
	if code != 1 || asked != 0 || !strings.Contains(errOut, "302") {
		t.Errorf("exit %d, asked %d times: %s", code, asked, errOut)
	}
}
