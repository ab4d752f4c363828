package api

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// plain is a sealer for a test whose keys guard nothing.
type plain struct{}

func (plain) Seal(dst []byte, _ store.Partition, _ store.Family, _, text []byte) []byte {
	return append(dst, text...)
}

func (plain) Open(dst []byte, _ store.Partition, _ store.Family, _, sealed []byte) ([]byte, error) {
	return append(dst, sealed...), nil
}

// realKeys opens a table of keys as the engine does, with one admin key.
func realKeys(t *testing.T) (*access.Keys, string) {
	t.Helper()
	data, err := disk.Open(t.TempDir(), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := data.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := access.Open(t.Context(), access.Options{Store: data, Sealer: plain{}, Clock: tactful.FixedClock(noon), Entropy: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := keys.Make(t.Context(), access.New{Name: "operator", Scopes: access.Admin, Operator: "Ada B."})
	if err != nil {
		t.Fatal(err)
	}
	return keys, admin
}

func TestAKeyIsMadeUsedAndRevokedThroughTheAPIAndEachHoldsAtOnce(t *testing.T) {
	keys, admin := realKeys(t)
	d := newDesk(t, func(o *Options) { o.Keys, o.KeyTable = keys, keys })
	made := d.call("POST", "/v1/keys", admin, `{"name":"shop","scopes":["write","decide"]}`)
	var shop struct {
		Name, Key string
		Scopes    []string
	}
	if err := json.Unmarshal(made.Body.Bytes(), &shop); err != nil || made.Code != http.StatusCreated || shop.Name != "shop" || strings.Join(shop.Scopes, " ") != "decide write" {
		t.Fatalf("%d %s %v", made.Code, made.Body, err)
	}
	if w := d.call("GET", "/v1/items", shop.Key, ""); w.Code != 403 || !strings.Contains(problem(t, w).Remedy, "keys release") {
		t.Errorf("the new key opens before a second operator released it: %d %s", w.Code, w.Body)
	}
	if err := keys.Release(t.Context(), "shop", access.Maker{}); err != nil { // at the machine
		t.Fatal(err)
	}
	if w := d.call("GET", "/v1/items", shop.Key, ""); w.Code != 200 {
		t.Errorf("the new key: %d %s", w.Code, w.Body)
	}
	if w := d.call("GET", "/v1/keys", shop.Key, ""); w.Code != 403 {
		t.Errorf("a key without admin lists keys: %d", w.Code)
	}
	list := d.call("GET", "/v1/keys", admin, "")
	var known struct {
		Keys []struct{ ID, Name, Revoked, Maker, MakerKey string }
	}
	if err := json.Unmarshal(list.Body.Bytes(), &known); err != nil || len(known.Keys) != 2 {
		t.Fatalf("%s %v", list.Body, err)
	}
	for _, key := range known.Keys {
		if made := key.Maker != "" && key.MakerKey != ""; made != (key.Name == "shop") {
			t.Errorf("the list says that %s was made by %q with %q", key.Name, key.Maker, key.MakerKey)
		}
	}
	if text := list.Body.String(); strings.Contains(text, shop.Key) || strings.Contains(text, "hash") {
		t.Errorf("the list tells too much: %s", text)
	}
	own := ""
	for _, key := range known.Keys {
		if key.Name == "operator" {
			own = key.ID
		}
	}
	for _, name := range []string{"operator", own} {
		if w := d.call("DELETE", "/v1/keys/"+name, admin, ""); w.Code != 403 || problem(t, w).Remedy == "" {
			t.Errorf("a key revokes itself: %d", w.Code)
		}
	}
	for _, want := range []int{204, 404} {
		if w := d.call("DELETE", "/v1/keys/shop", admin, ""); w.Code != want {
			t.Errorf("revoked: %d, want %d", w.Code, want)
		}
	}
	if w := d.call("GET", "/v1/items", shop.Key, ""); w.Code != 401 {
		t.Errorf("the revoked key: %d", w.Code)
	}
	if w := d.call("GET", "/v1/keys", admin, ""); !strings.Contains(w.Body.String(), `"revoked":"2026-11-22T12:00:00Z"`) {
		t.Errorf("the list does not say that it was revoked: %s", w.Body)
	}
	for _, body := range []string{
		`{"name":"operator","scopes":["write"]}`, `{"name":"nobody's","scopes":["admin"]}`, `{"name":"nobody's","scopes":["rights","admin"],"operator":" "}`, `{"name":"x","scopes":[]}`, `{"name":"x","scopes":["browser","admin"],"origins":["https://a.example"]}`,
		`{"name":"x","scopes":["browser"]}`, `{"name":"x","scopes":["write"],"origins":["https://a.example"]}`, `{"name":"","scopes":["write"]}`,
	} {
		if w := d.call("POST", "/v1/keys", admin, body); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if strings.Contains(d.log.String(), shop.Key) {
		t.Error("the log holds a key")
	}
}
