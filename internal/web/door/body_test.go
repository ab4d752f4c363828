package door

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestReadBodyIsBoundedBeforeAndAfterUnzipping(t *testing.T) {
	small, bomb := zipped(t, "hello"), zipped(t, strings.Repeat("0", 1<<20))
	if len(bomb) > 2000 {
		t.Fatalf("the bomb has %d bytes: the test cannot see", len(bomb))
	}
	for _, c := range []struct {
		name, encoding, body, want string
		status                     int
		length                     int64
	}{
		{"plain text is read", "", "hello", "hello", 0, 5},
		{"a body at the limit is read", "identity", strings.Repeat("x", 2000), strings.Repeat("x", 2000), 0, 2000},
		{"a body over the limit is refused by its length", "", strings.Repeat("x", 2001), "", 413, 2001},
		{"a body over the limit that hides its length is refused", "", strings.Repeat("x", 2001), "", 413, -1},
		{"gzip is unfolded", "gzip", small, "hello", 0, -1},
		{"gzip by its old name is unfolded", "X-GZIP", small, "hello", 0, -1},
		{"a small body that unfolds to a large one is refused", "gzip", bomb, "", 413, -1},
		{"what only claims to be gzip is refused", "gzip", "hello", "", 400, 5},
		{"gzip that ends too early is refused", "gzip", small[:len(small)-4], "", 400, -1},
		{"gzip that was changed is refused", "gzip", small[:len(small)-5] + "x" + small[len(small)-4:], "", 400, -1},
		{"another encoding is refused", "br", "hello", "", 415, 5},
		{"two encodings are refused", "gzip, gzip", small, "", 415, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			r.ContentLength = c.length
			r.Header.Set("Content-Encoding", c.encoding)
			got, err := ReadBody(httptest.NewRecorder(), r, 2000)
			status := 0
			if err != nil {
				status = problemOf(err).Status
			}
			if status != c.status || string(got) != c.want {
				t.Fatalf("%d, %d bytes, %v", status, len(got), err)
			}
		})
	}
}

func TestEachKindHasItsStatus(t *testing.T) {
	for kind, want := range map[tactful.Kind]int{
		tactful.Internal: 500, tactful.Invalid: 400, tactful.Refused: 403, tactful.NotFound: 404, tactful.Conflict: 409, tactful.Unavailable: 503, tactful.Kind(99): 500,
	} {
		if got := StatusOf(kind); got != want {
			t.Errorf("%s: %d", kind, got)
		}
	}
}

func TestProblemsOfPlainErrorsTellNothing(t *testing.T) {
	p := problemOf(errors.New("table users: row 17"))
	if p.Status != 500 || strings.Contains(p.Detail+p.Remedy+p.Field, "users") {
		t.Fatalf("%+v", p)
	}
	if p := problemOf(&tactful.Error{Kind: tactful.Internal, Field: "row", Detail: "table users"}); strings.Contains(p.Detail+p.Field, "users") || p.Field != "" {
		t.Fatalf("%+v", p)
	}
	if p := problemOf(context.DeadlineExceeded); p.Status != 503 || p.Kind != "unavailable" {
		t.Fatalf("%+v", p)
	}
	if p := problemOf(tactful.InvalidField("items", strings.Repeat("ü", 1000), "")); len(p.Detail) > 1024 || p.Detail[len(p.Detail)-2:] != "ü" {
		t.Fatalf("%d bytes, cut inside a character", len(p.Detail))
	}
}

type grants map[string]access.Grant

func (g grants) Check(_ context.Context, key string) (access.Grant, error) { return g[key], nil }
func (g grants) KnowsOrigin(string) bool                                   { return false }

func TestTheZeroGrantEntersNowhere(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	for _, need := range []Need{{}, {Scopes: access.Write}, {Scopes: access.Admin, Browsers: BrowsersWelcome}} {
		if _, err := Enter(r, grants{}, need); err == nil {
			t.Errorf("entered with nothing: %+v", need)
		}
	}
}

func TestPresentedReadsTheThreeWaysAndNoOther(t *testing.T) {
	basic := func(user, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, c := range []struct{ name, authorization, header, want string }{
		{"bearer", "Bearer tk_w_x", "", "tk_w_x"}, {"basic", basic("tk_w_x", ""), "", "tk_w_x"}, {"header", "", "tk_w_x", "tk_w_x"},
		{"another scheme is no key, and hides none", "Digest tk_w_x", "tk_w_y", ""}, {"basic that is no base64", "Basic ***", "", ""}, {"nothing", "", "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		for name, value := range map[string]string{"Authorization": c.authorization, "X-API-Key": c.header} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := Presented(r); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestTheServerHasEveryLimit(t *testing.T) {
	s := Limits{}.Server(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Fatalf("a limit is missing: %+v", Limits{}.Defaults())
	}
	if l := (Limits{AtOnce: 3}).Defaults(); l.AtOnce != 3 || l.Body == 0 {
		t.Fatalf("%+v", l)
	}
}
