package api

import (
	"context"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
)

// overheard remembers who the engine was told acts.
type overheard struct {
	*fakeEngine
	actor tactful.Actor
}

func (o *overheard) History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error) {
	o.actor = tactful.ActorOf(ctx)
	return o.fakeEngine.History(ctx, a, limit)
}

func TestWhoActsAndWhyReachesTheEngine(t *testing.T) {
	ring := fakeKeys{
		"ada":  {KeyID: "k-ada", Name: "desk", Kind: tactful.ActorOperator, Person: "Ada B.", Scopes: access.Rights},
		"root": {KeyID: "k-root", Name: "root", Kind: tactful.ActorOperator, Scopes: access.Admin},
		"shop": {KeyID: "k-shop", Name: "shop", Kind: tactful.ActorService, Scopes: access.Rights},
	}
	const why = "she asked by phone what we know"
	for _, c := range []struct {
		name, key string
		headers   []string
		status    int
		want      tactful.Actor
	}{
		{"an operator with a reason acts under their name", "ada", []string{tactful.ReasonHeader, why}, 200, tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k-ada", Reason: why}},
		{"a reason may be percent-encoded", "ada", []string{tactful.ReasonHeader, "UTF-8''sie%20fragte%20f%C3%BCr%20sich"}, 200, tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k-ada", Reason: "sie fragte für sich"}},
		{"an admin key of before keys had names has none: the engine shows it nobody", "root", []string{tactful.ReasonHeader, why}, 200, tactful.Actor{Kind: tactful.ActorOperator, Key: "k-root", Reason: why}},
		{"a service has no reason", "shop", nil, 200, tactful.Actor{Kind: tactful.ActorService, Name: "shop", Key: "k-shop"}},
		{"a human with a service's key is refused", "shop", []string{tactful.ReasonHeader, why}, 403, tactful.Actor{}},
		{"an operator without a reason is refused", "ada", nil, 400, tactful.Actor{}},
		{"an admin key without a reason is refused", "root", nil, 400, tactful.Actor{}},
		{"an empty reason is none", "ada", []string{tactful.ReasonHeader, "          "}, 400, tactful.Actor{}},
		{"a short reason is refused", "ada", []string{tactful.ReasonHeader, "because"}, 400, tactful.Actor{}},
		{"a reason of 301 characters is refused", "ada", []string{tactful.ReasonHeader, strings.Repeat("x", 301)}, 400, tactful.Actor{}},
		{"two reasons are refused", "ada", []string{tactful.ReasonHeader, why, tactful.ReasonHeader, why}, 400, tactful.Actor{}},
		{"a reason that is no line of text is refused", "ada", []string{tactful.ReasonHeader, "UTF-8''she%20asked%0Aby%20phone"}, 400, tactful.Actor{}},
		{"a broken encoding is refused", "ada", []string{tactful.ReasonHeader, "UTF-8''she%2 asked by phone"}, 400, tactful.Actor{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := &overheard{fakeEngine: &fakeEngine{}}
			d := newDesk(t, func(o *Options) { o.Engine, o.Keys = heard, ring })
			w := d.call("GET", "/v1/subjects/u1/history", c.key, "", c.headers...)
			if w.Code != c.status || heard.actor != c.want {
				t.Fatalf("%d %+v: %s", w.Code, heard.actor, w.Body)
			}
			if c.status != 200 {
				if p := problem(t, w); p.Field != tactful.ReasonHeader || p.Remedy == "" {
					t.Errorf("the refusal does not name the header and the remedy: %+v", p)
				}
				if strings.Contains(w.Body.String(), "LANTERN") {
					t.Error("the refusal holds data")
				}
			}
			if strings.Contains(d.log.String(), "phone") || strings.Contains(d.log.String(), "u1") {
				t.Errorf("the log holds a reason or an id: %s", d.log)
			}
		})
	}
}

// TestEveryRouteAboutOnePersonSaysThatItTakesAReason reads the document.
func TestEveryRouteAboutOnePersonSaysThatItTakesAReason(t *testing.T) {
	doc, found := load(t), 0
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			about, takes := o.Extensions["x-opens"] == "person", false
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
				about = about || p.Value.In == openapi3.ParameterInPath && p.Value.Name == "subjectId"
				takes = takes || p.Value.In == openapi3.ParameterInHeader && p.Value.Name == tactful.ReasonHeader
			}
			if about {
				found++
			}
			if about && !takes {
				t.Errorf(`%s %s is about one person: list "#/components/parameters/LookReason" among its parameters`, method, path)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d routes found: the test looks at the wrong place", found)
	}
}
