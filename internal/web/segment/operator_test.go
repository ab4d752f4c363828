package segment

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
)

// An operator's key neither writes a history through Segment's calls nor joins a
// browser of their own to somebody.
func TestNoOperatorSpeaksForSomebodyThroughSegmentsCalls(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var cfg engine.Config
	cfg.Learn.Check = time.Hour
	cfg.Defaults()
	dir := t.TempDir()
	e, err := engine.Open(ctx, cfg, engine.Options{Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: tactful.FixedClock(now), Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	anna := tactful.Alias{Kind: tactful.UserID, ID: "anna"}
	change := engine.ConsentChange{Level: tactful.Full}
	for _, n := range e.Notices("en") {
		change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Method: "form"})
	}
	if _, err := e.SetConsents(ctx, anna, change); err != nil {
		t.Fatal(err)
	}
	track := `{"type":"track","messageId":"m1","userId":"anna","event":"Order Completed","timestamp":"2026-11-22T11:00:00Z","properties":{"order_id":"1","products":[{"product_id":"I1"}]}}`
	identify := `{"type":"identify","messageId":"m2","userId":"anna","anonymousId":"browser","traits":{}}`
	deliver := func(who string) (codes []int) {
		door, _ := newDoor(t, access.Grant{KeyID: "k1", Name: "till", Kind: tactful.ActorOperator, Person: who, Scopes: access.Write}, func(o *Options) { o.Engine = e })
		if who == "" {
			door, _ = newDoor(t, access.Grant{KeyID: "k2", Name: "server", Kind: tactful.ActorService, Scopes: access.Write}, func(o *Options) { o.Engine = e })
		}
		for path, body := range map[string]string{"/v1/track": track, "/v1/identify": identify, "/v1/batch": `{"batch":[` + track + `,` + identify + `]}`} {
			r := httptest.NewRequest("POST", path, strings.NewReader(body))
			r.SetBasicAuth("wk_test", "")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			codes = append(codes, w.Code)
		}
		return codes
	}
	shown := func(a tactful.Alias) int {
		t.Helper()
		list, err := e.History(ctx, a, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for _, code := range deliver("Bob C.") {
		if code != 403 {
			t.Errorf("an operator's key: %d", code)
		}
	}
	browser := tactful.Alias{Kind: tactful.Anonymous, ID: "browser"}
	if shown(anna) != 0 || shown(browser) != 0 {
		t.Error("an operator wrote a history")
	}
	deliver("")
	if shown(anna) != 1 || shown(browser) != 1 {
		t.Errorf("of the server: %d and %d things; the test proves nothing", shown(anna), shown(browser))
	}
}
