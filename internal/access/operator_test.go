package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func TestAKeyActsAsWhatItIsAlsoAfterReopening(t *testing.T) {
	ctx, s := context.Background(), &shelf{rows: map[string][]byte{}}
	k := openKeys(t, s)
	for _, c := range []struct {
		name string
		make New
		want tactful.Actor
	}{
		{"a shop's server is a service", New{Name: "shop", Scopes: Rights | Decide}, tactful.Actor{Kind: tactful.ActorService, Name: "shop"}},
		{"a page is a service", New{Name: "page", Scopes: Browser, Origins: []string{"https://shop.example"}}, tactful.Actor{Kind: tactful.ActorService, Name: "page"}},
		{"a person is an operator under their own name", New{Name: "desk", Scopes: Rights, Operator: " Ada B. "}, tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B."}},
		{"an admin key is an operator's, under the person's name", New{Name: "root", Scopes: Admin, Operator: "Root R."}, tactful.Actor{Kind: tactful.ActorOperator, Name: "Root R."}},
	} {
		plain, err := k.Make(ctx, c.make)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, keys := range []*Keys{k, openKeys(t, s)} {
			g, err := keys.Check(ctx, plain)
			got := g.Actor()
			if got.Key == "" || got.Key != g.KeyID {
				t.Errorf("%s: key %q", c.name, got.Key)
			}
			if got.Key = ""; err != nil || got != c.want {
				t.Errorf("%s: %+v %v", c.name, got, err)
			}
			if key, err := keys.Find(c.make.Name); err != nil || key.ID != g.KeyID || key.Actor().Kind != c.want.Kind {
				t.Errorf("%s: found %+v %v", c.name, key, err)
			}
		}
	}
}

func TestKeysOfBeforeThereWereKindsAreReadByTheirScopes(t *testing.T) {
	for scopes, want := range map[string]tactful.ActorKind{`"admin"`: tactful.ActorOperator, `"admin","rights"`: tactful.ActorOperator, `"rights"`: tactful.ActorService, `"write"`: tactful.ActorService} {
		key, err := decodeKey([]byte(`{"id":"a","name":"n","scopes":[` + scopes + `],"created":1,"hash":"` + strings.Repeat("0", 64) + `"}`))
		if err != nil || key.Kind != want {
			t.Errorf("%s: %s %v", scopes, key.Kind, err)
		}
	}
	if got := (Grant{Scopes: Admin}).Actor().Kind; got != tactful.ActorOperator {
		t.Errorf("a grant without a kind acts as %s", got)
	}
	for name, kind := range map[string]string{"an admin key that is no operator's": `"service"`, "an unknown kind": `"robot"`} {
		if _, err := decodeKey([]byte(`{"id":"a","kind":` + kind + `,"scopes":["admin"],"hash":"` + strings.Repeat("0", 64) + `"}`)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestNamesThatCannotBeShownAreRefused(t *testing.T) {
	for name, n := range map[string]New{
		"spaces":                        {Name: "a", Scopes: Rights, Operator: "  "},
		"a line break":                  {Name: "a", Scopes: Rights, Operator: "Ada\nB."},
		"a mark that turns the text":    {Name: "a", Scopes: Rights, Operator: "Ada \u202e.B"},
		"no UTF-8":                      {Name: "a", Scopes: Rights, Operator: "Ada\xff"},
		"too long":                      {Name: "a", Scopes: Rights, Operator: strings.Repeat("x", 65)},
		"a person's name on a page key": {Name: "a", Scopes: Browser, Origins: []string{"https://shop.example"}, Operator: "Ada B."},
	} {
		s := &shelf{rows: map[string][]byte{}}
		_, err := openKeys(t, s).Make(context.Background(), n)
		var known *tactful.Error
		if !errors.As(err, &known) || known.Field != "operator" || known.Remedy == "" || len(s.rows) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := &shelf{rows: map[string][]byte{}}
	if _, err := openKeys(t, s).Make(context.Background(), New{Name: "a", Scopes: Rights, Operator: "عائشة ب."}); err != nil || len(s.rows) != 1 {
		t.Errorf("a name in another script: %v", err)
	}
	if _, err := openKeys(t, s).Find("nobody"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("found nobody: %v", err)
	}
}

var _ store.Store = (*shelf)(nil)
