package access

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// A service's key says yes for people and erases them: every rule that needs two
// operators would end where one of them makes it alone.
func TestAServicesKeyThatOneOperatorMadeOpensNothingUntilASecondReleasesIt(t *testing.T) {
	ctx := t.Context()
	clock := &ticking{now}
	keys, err := Open(ctx, Options{Store: &shelf{rows: map[string][]byte{}}, Sealer: xorSealer{}, Clock: clock, Entropy: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	made := func(n New) string {
		t.Helper()
		clock.now = clock.now.Add(time.Minute)
		if _, err := keys.Make(ctx, n); err != nil {
			t.Fatal(err)
		}
		return find(keys, n.Name).ID
	}
	operator := func(name string, by Maker) Maker {
		return Maker{name, made(New{Name: name + " key " + by.Name, Scopes: Admin, Operator: name, Maker: by})}
	}
	root := operator("Root R.", Maker{})
	ada, bob, alone := operator("Ada A.", root), operator("Bob B.", root), operator("Ole O.", Maker{})
	second := operator("ADA  a.", Maker{})
	byAda := operator("Zed Z.", ada)
	clock.now = clock.now.Add(time.Minute)
	secret, err := keys.Make(ctx, New{Name: "ghost", Scopes: Rights, Maker: ada})
	if err != nil {
		t.Fatal(err)
	}
	sameSecond := Maker{"Yan Y.", ""}
	if _, err := keys.Make(ctx, New{Name: "yan", Scopes: Admin, Operator: "Yan Y.", Maker: root}); err != nil {
		t.Fatal(err)
	}
	sameSecond.Key = find(keys, "yan").ID
	if _, err := keys.Check(ctx, secret); !errors.Is(err, ErrWaits) {
		t.Fatalf("it opens before: %v", err)
	}
	for name, by := range map[string]Maker{
		"its maker": ada, "its maker under the same name written otherwise": second, "a key that its maker made": byAda,
		"who made its maker's key": root, "a younger key of who made its maker's": sameSecond, "nobody with a key": {"", ada.Key}, "an unknown key": {"Eve E.", "no such key"},
	} {
		if err := keys.Release(ctx, "ghost", by); tactful.KindOf(err) != tactful.Refused || !find(keys, "ghost").Waits {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := keys.Release(ctx, "nothing", bob); tactful.KindOf(err) != tactful.NotFound {
		t.Error(err)
	}
	if err := keys.Release(ctx, "ghost", bob); err != nil { // older, of the same maker
		t.Fatal(err)
	}
	if _, err := keys.Check(ctx, secret); err != nil || find(keys, "ghost").Agreed != bob {
		t.Errorf("released: %v %+v", err, find(keys, "ghost"))
	}
	if err := keys.Release(ctx, "ghost", alone); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("released twice: %v", err)
	}
	for _, tt := range []struct {
		name  string
		n     New
		waits bool
	}{
		{"a service's key of the machine", New{Scopes: Rights}, false},
		{"a key to decide with", New{Scopes: Decide, Maker: ada}, true},
		{"a page's key", New{Scopes: Browser, Origins: []string{"https://shop.example"}, Maker: ada}, false},
		{"an operator's key", New{Scopes: Rights, Operator: "Cy C.", Maker: ada}, false},
	} {
		tt.n.Name = tt.name
		if made(tt.n); find(keys, tt.name).Waits != tt.waits {
			t.Errorf("%s: waits %v", tt.name, !tt.waits)
		}
	}
	if err := keys.Release(ctx, "a key to decide with", alone); err != nil {
		t.Error(err)
	}
}

type ticking struct{ now time.Time }

func (c *ticking) Now() time.Time { return c.now }

// find is the key with this name.
func find(keys *Keys, name string) Key {
	key, _ := keys.Find(name)
	return key
}
