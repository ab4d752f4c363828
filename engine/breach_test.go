package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/records"
)

// acting makes a key and a context in which it acts.
func (w *world) acting(n access.New, reason string) (access.Key, context.Context) {
	w.t.Helper()
	if _, err := w.access.Make(context.Background(), n); err != nil {
		w.t.Fatal(err)
	}
	key, err := w.access.Find(n.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	a := key.Actor()
	a.Reason = reason
	return key, tactful.WithActor(context.Background(), a)
}

// breached runs a breach and returns it with everybody that it listed.
func (w *world) breached(key string, since time.Time) (Breach, map[string]Affected) {
	w.t.Helper()
	all := map[string]Affected{}
	b, err := w.Breach(context.Background(), key, since, func(a Affected) error {
		if _, twice := all[a.Reference]; twice || a.Reference == "" {
			w.t.Errorf("%q is listed twice or has no reference", a.Reference)
		}
		all[a.Reference] = a
		return nil
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return b, all
}

func TestABreachListsWhoseDataAKeyCouldHaveReadAndWhoseItDid(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(8)
	for i := range 6 {
		w.agree(fmt.Sprintf("person-%d", i), tactful.Personal)
	}
	for i := range 3 {
		w.mustSend(fmt.Sprintf("person-%d", i), "purchased", 1, 2)
	}
	w.decide(tactful.Request{Subject: user("person-0"), Placement: tactful.ForYou})
	desk, byDesk := w.acting(access.New{Name: "desk", Scopes: access.Rights, Operator: "Ada B."}, because)
	shop, byShop := w.acting(access.New{Name: "shop", Scopes: access.Decide}, "")
	w.acting(access.New{Name: "till", Scopes: access.Write}, "")
	w.acting(access.New{Name: "page", Scopes: access.Browser, Origins: []string{"https://shop.example"}}, "")
	if _, err := w.History(byDesk, user("person-0"), 5); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(72 * time.Hour)
	leaked := w.clock.Now()
	for _, open := range []func() error{
		func() error { _, err := w.History(byDesk, user("person-1"), 5); return err },
		func() error { _, err := w.Receipts(byDesk, user("person-1"), 5); return err },
		func() error { _, err := w.History(byShop, user("person-2"), 5); return err },
	} {
		if err := open(); err != nil {
			t.Fatal(err)
		}
	}
	b, listed := w.breached("desk", leaked)
	if b.Key.ID != desk.ID || b.Key.Hash != "" || b.People != 6 || b.Could.People != 6 || b.Did.People != 1 || len(listed) != 6 {
		t.Errorf("%+v, %d listed", b, len(listed))
	}
	want := map[string]int{"consents": 6, "history": 3, "suggestions": 3, "receipts": 1, "looks": 3}
	for word, n := range want {
		if b.Could.Kinds[word] != n {
			t.Errorf("%d people with %s, want %d: %v", b.Could.Kinds[word], word, n, b.Could.Kinds)
		}
	}
	if len(b.Could.Kinds) != len(want) || b.Did.Kinds["history"] != 1 || b.Did.Kinds["receipts"] != 1 || b.Looks != 2 {
		t.Errorf("%+v", b)
	}
	if b, _ := w.breached(desk.ID, noon); b.Did.People != 2 || b.Looks != 3 {
		t.Errorf("since it was made: %+v", b)
	}
	if b, _ := w.breached("desk", noon.AddDate(-5, 0, 0)); !b.Since.Equal(desk.Created) {
		t.Errorf("since before it was made: %v", b.Since)
	}
	b, listed = w.breached("shop", leaked)
	if b.Could.People != 3 || b.Could.Kinds["suggestions"] != 3 || b.Could.Kinds["history"] != 0 || b.Did.People != 1 || b.Reads != 1 || len(listed) != 3 {
		t.Errorf("a key that asks for lists: %+v, %d listed", b, len(listed))
	}
	if b, listed := w.breached("page", leaked); b.Could.People != 0 || b.Did.People != 0 || len(listed) != 0 || b.People != 6 {
		t.Errorf("a key in a page opens nothing: %+v", b)
	}
	if b, _ := w.breached("till", leaked); b.Could.People != 6 || b.Could.Kinds["consents"] != 6 || len(b.Could.Kinds) != 1 || b.Did.People != 0 {
		t.Errorf("refusals of events tell how people stand, and no more: %+v", b)
	}
	if err := w.access.Revoke(context.Background(), "shop"); err != nil {
		t.Fatal(err)
	}
	revoked := w.clock.Now()
	w.clock.pass(time.Hour)
	if b, _ := w.breached(shop.ID, leaked); !b.Until.Equal(revoked) {
		t.Errorf("until %v", b.Until)
	}
	for name, ask := range map[string]func() error{
		"a key that is not there": func() error { _, err := w.BreachPart(context.Background(), "nobody", leaked, 0, nil); return err },
		"the future": func() error {
			_, err := w.BreachPart(context.Background(), "desk", w.clock.Now().Add(time.Hour), 0, nil)
			return err
		},
		"a part beyond the last": func() error { _, err := w.BreachPart(context.Background(), "desk", leaked, 256, nil); return err },
	} {
		if err := ask(); err == nil {
			t.Errorf("%s was answered", name)
		}
	}
}

func TestAnIdOfTheBusinessFindsItsReference(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(8)
	for _, id := range []string{"anna", "ben"} {
		w.agree(id, tactful.Personal)
		w.mustSend(id, "purchased", 1)
	}
	_, byDesk := w.acting(access.New{Name: "desk", Scopes: access.Rights, Operator: "Ada B."}, because)
	_, officer := w.acting(access.New{Name: "officer", Scopes: access.Admin, Operator: "Dora D."}, "a key was found in a public repository")
	if _, err := w.History(byDesk, user("anna"), 5); err != nil {
		t.Fatal(err)
	}
	_, listed := w.breached("desk", noon)
	found, err := w.CheckBreach(officer, "desk", noon, []tactful.Alias{user("anna"), user("nobody"), user("ben"), user("anna")})
	if err != nil || len(found) != 4 {
		t.Fatalf("%+v %v", found, err)
	}
	if found[1] != (Affected{}) || found[0].Reference == found[2].Reference || found[0] != found[3] {
		t.Errorf("%+v", found)
	}
	for _, i := range []int{0, 2} {
		if a, ok := listed[found[i].Reference]; !ok || a.Did != found[i].Did || found[i].Could&^tactful.OpenedLooks != a.Could&^tactful.OpenedLooks {
			t.Errorf("%+v is not in the list as %+v", found[i], a)
		}
	}
	if found[0].Did != tactful.OpenedHistory || found[2].Did != 0 {
		t.Errorf("%+v", found)
	}
	for _, id := range []string{"anna", "ben"} {
		looks := w.looked(id)
		if !slices.ContainsFunc(looks, func(l tactful.Look) bool { return l.Name == "Dora D." && l.Opened == tactful.OpenedExposure }) {
			t.Errorf("%s does not see that she was looked up: %+v", id, looks)
		}
	}
	for name, ctx := range map[string]context.Context{"a service": theShop(), "no reason": ada(""), "the person": herself()} {
		if found, err := w.CheckBreach(ctx, "desk", noon, []tactful.Alias{user("anna")}); err == nil || found != nil {
			t.Errorf("%s was answered", name)
		}
	}
	if _, err := w.Erase(herself(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if b, listed := w.breached("desk", noon); b.People != 1 || b.Did.People != 0 || len(listed) != 1 || b.Looks != 1 {
		t.Errorf("after the erasure: %+v", b)
	}
	if found, err := w.CheckBreach(officer, "desk", noon, []tactful.Alias{user("anna")}); err != nil || found[0] != (Affected{}) {
		t.Errorf("after the erasure: %+v %v", found, err)
	}
}

// BenchmarkBreach lists everybody of a store of TACTFUL_BREACH_PEOPLE people
// (100,000), each with ten events, a receipt and a look of the key.
//
//	go test ./engine -run '^$' -bench Breach -benchtime 1x
func BenchmarkBreach(b *testing.B) {
	people := 100_000
	if text := os.Getenv("TACTFUL_BREACH_PEOPLE"); text != "" {
		var err error
		if people, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	w := newWorld(b, nil)
	desk, _ := w.acting(access.New{Name: "desk", Scopes: access.Rights, Operator: "Ada B."}, because)
	w.populate(people, desk.ID)
	for b.Loop() {
		listed := 0
		found, err := w.Breach(context.Background(), "desk", noon.Add(-time.Hour), func(Affected) error { listed++; return nil }, nil)
		if err != nil || found.People != people || found.Did.People != people || listed != people || found.Could.Kinds["receipts"] != people {
			b.Fatalf("%+v %v", found, err)
		}
	}
	took := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(took, "s")
	b.ReportMetric(took*1e6/float64(people), "s/1M-people")
}

// populate fills a store without asking the engine about each.
func (w *world) populate(people int, key string) {
	w.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	const chunk = 1000
	for from := 0; from < people; from += chunk {
		aliases := make([]tactful.Alias, min(chunk, people-from))
		for i := range aliases {
			aliases[i] = user("person-" + strconv.Itoa(from+i))
		}
		refs, err := w.records.CreateAll(ctx, aliases, noon)
		must(err)
		entries := make([]records.SubjectEvents, len(refs))
		for i, ref := range refs {
			entries[i].Ref, entries[i].Judged = ref, records.Unjudged
			for n := range 10 {
				entries[i].Events = append(entries[i].Events, tactful.Event{MessageID: strconv.Itoa(n), Action: tactful.Viewed, Item: "item-" + strconv.Itoa(n), Source: "web",
					Provenance: tactful.Observed, Time: noon.Add(-time.Duration(n) * time.Hour)})
			}
		}
		_, err = w.records.AppendEvents(ctx, entries, func(*tactful.Event) time.Time { return time.Time{} }, noon)
		must(err)
		_, err = w.records.AppendLooks(ctx, refs, records.StoredLook{Key: key, Look: tactful.Look{Time: noon, Kind: tactful.ActorOperator, Name: "Ada B.", Reason: because, Opened: tactful.OpenedHistory}}, noon.AddDate(1, 0, 0))
		must(err)
		together(len(refs), func(i int) {
			must(w.records.AppendReceipt(ctx, refs[i], &tactful.Receipt{Time: noon, Placement: tactful.ForYou, Level: tactful.Personal}, noon.AddDate(1, 0, 0)))
		})
	}
}

func TestTheListOfABreachNamesNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna@example.org", tactful.Personal)
	w.acting(access.New{Name: "desk", Scopes: access.Rights, Operator: "Ada B."}, because)
	b, listed := w.breached("desk", noon)
	text, err := json.Marshal([]any{b, listed})
	if err != nil {
		t.Fatal(err)
	}
	ref := w.ref("anna@example.org")
	for _, secret := range []string{"anna", string(ref[:]), fmt.Sprintf("%x", ref[:])} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the list holds %q", secret)
		}
	}
	if len(listed) != 1 {
		t.Errorf("%d listed", len(listed))
	}
}
