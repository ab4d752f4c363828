package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// Apache Unomi's /cxs/client/myprofile.json gives the whole profile to whoever
// sends the profile id as a cookie, and leaves the rest to a proxy that each
// operator must build. Here an id is a name and no proof: no route about a
// person answers to a cookie, to no key, or to a key that anybody can read in a
// page; the person themself comes by a signed link.
func TestOthersUnomiAnIdInACookieIsNoProof(t *testing.T) {
	h := newOpenHouse(t)
	page, err := h.engine.Access().Make(context.Background(), access.New{Name: "page", Scopes: access.Browser, Origins: []string{"https://shop.example"}})
	if err != nil {
		t.Fatal(err)
	}
	cookie := []string{"Cookie", "context-profile-id=anna; profileId=anna; shop_who=c.anna; userId=anna", "Origin", "https://shop.example"}
	for _, address := range h.addresses(t) {
		for name, key := range map[string]string{"a cookie alone": "", "a cookie and the key of the page": page, "a cookie and the id as a key": "anna"} {
			w := h.call("GET", address, key, "", cookie...)
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden || personal(w.Body.String()) {
				t.Errorf("%s with %s: %d %s", address, name, w.Code, w.Body)
			}
		}
	}
	// A list made with the key of the page is the same for anna and for nobody.
	ask := func(who string) string {
		w := h.call("POST", "/v1/decisions/recommendations", page, `{"placement":"for_you","count":2`+who+`}`, cookie...)
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		_, list, _ := strings.Cut(w.Body.String(), `"placement"`) // after id and time
		return list
	}
	if hers, nobodys := ask(`,"userId":"anna"`), ask(""); hers != nobodys {
		t.Errorf("told apart:\n%s\n%s", hers, nobodys)
	}
	if looks := h.looks(t); len(looks) != 0 {
		t.Errorf("somebody was let in: %+v", looks)
	}
	if w := h.call("GET", "/v1/subjects/anna/history", h.key, "", tactful.ReasonHeader, "the positive control"); w.Code != 200 || !personal(w.Body.String()) {
		t.Errorf("the positive control: %d %s", w.Code, w.Body)
	}
}
