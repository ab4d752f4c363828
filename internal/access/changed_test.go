package access

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/tactful/tactful"
)

// A change is told when it is in force, however the caller has left meanwhile; one
// that is refused is none.
func TestEachChangeOfAKeyIsToldOnce(t *testing.T) {
	told, fault := 0, error(nil)
	k, err := Open(t.Context(), Options{Store: &shelf{rows: map[string][]byte{}}, Sealer: xorSealer{}, Clock: tactful.FixedClock(now), Entropy: rand.Reader,
		Changed: func(ctx context.Context) error { told++; return errors.Join(fault, ctx.Err()) }})
	if err != nil || told != 0 {
		t.Fatalf("%v, told %d", err, told)
	}
	expect := func(step string, err error, want int) {
		t.Helper()
		if err != nil || told != want {
			t.Errorf("%s: %v, told %d", step, err, told)
		}
	}
	_, err = k.Make(t.Context(), New{Name: "till", Scopes: Write, Maker: Maker{Name: "Ada B.", Key: "k1"}})
	expect("made", err, 1)
	expect("let loose", k.Release(t.Context(), "till", Maker{}), 2)
	gone, leave := context.WithCancel(t.Context())
	leave()
	expect("revoked", k.Revoke(gone, "till"), 3)
	if err := k.Revoke(t.Context(), "till"); tactful.KindOf(err) != tactful.NotFound || told != 3 {
		t.Errorf("revoked twice: %v, told %d", err, told)
	}
	create(t, k, "other", Write)
	fault = errors.New("away")
	if err := k.Revoke(t.Context(), "other"); !errors.Is(err, fault) || len(k.List()) != 2 || find(k, "other").Revoked.IsZero() {
		t.Errorf("not told: %v", err)
	}
}
