package access

import (
	"testing"

	"github.com/tactful/tactful"
)

// A key that opens people's data under no human's name lets somebody look whom
// nobody can ask.
func TestNoKeyOpensPeoplesDataUnderNoName(t *testing.T) {
	keys := openKeys(t, &shelf{rows: map[string][]byte{}})
	for name, n := range map[string]New{
		"no name": {Name: "plainadmin", Scopes: Admin}, "a blank one": {Name: "plainadmin", Scopes: Admin, Operator: "  "}, "beside other scopes": {Name: "plainadmin", Scopes: Admin | Rights},
	} {
		if _, err := keys.Make(t.Context(), n); tactful.KindOf(err) != tactful.Invalid || len(keys.List()) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := Key{ID: "k1", Name: "plainadmin", Kind: tactful.ActorOperator, Scopes: Admin}
	if a := old.Actor(); a.Name != "" || a.Kind != tactful.ActorOperator {
		t.Errorf("a key of before acts as %+v", a)
	}
	if a := (Grant{KeyID: "k1", Name: "plainadmin", Scopes: Admin}).Actor(); a.Name != "" || a.Kind != tactful.ActorOperator {
		t.Errorf("its grant acts as %+v", a)
	}
	if _, err := keys.Make(t.Context(), New{Name: "ada", Scopes: Admin, Operator: "Ada B."}); err != nil || find(keys, "ada").Actor().Name != "Ada B." {
		t.Errorf("with a name: %v", err)
	}
}
