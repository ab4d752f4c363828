package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
)

// themself is the person, setting something on their own page.
func themself() context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
}

type topics = map[string]tactful.TopicWish

func (w *world) wish(id string, patch tactful.PreferencesPatch) PreferencesChange {
	w.t.Helper()
	change, err := w.PatchPreferences(themself(), user(id), patch)
	if err != nil {
		w.t.Fatal(err)
	}
	return change
}

func declarable(c *Config) {
	c.Preferences = Declarable{
		Needs: []Need{
			{Name: "diet", Attribute: "diet", Values: map[string][]string{"vegan": {"vegan"}, "vegetarian": {"vegan", "vegetarian"}}, Categories: []string{"Kitchen"}},
			{Name: "size.shoes", Attribute: "size"},
		},
		Occasions: []Occasion{{Name: "mothers_day", Topics: []string{"Garden"}}},
	}
}

// settled makes a shop in which one person has bought in all three categories.
func settled(t *testing.T, adjust func(*Config)) *world {
	w := newWorld(t, adjust)
	w.stock(60)
	w.crowd(120, 60)
	w.train()
	w.agree("me", tactful.Personal)
	w.mustSend("me", "purchased", 1, 2, 3, 5)
	return w
}

func forMe(count int) tactful.Request {
	return tactful.Request{Subject: user("me"), Placement: tactful.ForYou, Count: count}
}

func inCategory(d *tactful.Decision, category string) (n int) {
	for i := range d.Suggestions {
		if slices.Contains(d.Suggestions[i].Item.Categories, category) {
			n++
		}
	}
	return n
}

func withheldBy(d *tactful.Decision, guard string) int {
	for _, w := range d.Withheld {
		if w.Guard == guard {
			return w.Count
		}
	}
	return 0
}

func TestAMutedTopicIsGoneFromTheNextListAndTheReceiptSaysSo(t *testing.T) {
	w := settled(t, nil)
	for _, r := range []tactful.Request{
		{Placement: tactful.ForYou}, {Placement: tactful.Similar, Items: []string{"item-7"}}, {Placement: tactful.Basket, Items: []string{"item-7"}},
		{Placement: tactful.Search, Query: "thing"},
	} {
		t.Run(r.Placement.String(), func(t *testing.T) {
			r.Subject, r.Count = user("me"), 20
			if n := inCategory(w.decide(r), "Toys"); n == 0 {
				t.Fatal("there are no toys to mute")
			}
			change := w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}})
			d := w.decide(r)
			receipt, err := w.Receipt(context.Background(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			if n := inCategory(d, "Toys"); n != 0 || withheldBy(d, "declared") == 0 || len(d.Suggestions) == 0 {
				t.Errorf("%d toys in a list of %d; withheld %+v", n, len(d.Suggestions), d.Withheld)
			}
			if diff := cmp.Diff(d.Withheld, receipt.Withheld); diff != "" {
				t.Error(diff)
			}
			w.wish("me", change.Undo)
			if n := inCategory(w.decide(r), "Toys"); n == 0 {
				t.Error("the undo brings nothing back")
			}
		})
	}
}

func TestNeedsAndOccasionsFilterWhereTheShopSaysTheyMatter(t *testing.T) {
	w := settled(t, declarable)
	items := make([]tactful.Item, 0, 60)
	for i := range 60 {
		item := *w.ground.Load().items.ByID(fmt.Sprintf("item-%d", i+1))
		if diet := []string{"vegan", "vegetarian", "meat", ""}[i%4]; diet != "" {
			item.Attributes = map[string]string{"diet": diet}
		}
		items = append(items, item)
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		patch    tactful.PreferencesPatch
		category string
		fits     func(*tactful.Item) bool // of that category
	}{
		{"vegan", tactful.PreferencesPatch{Needs: map[string]string{"diet": "vegan"}}, "Kitchen", func(i *tactful.Item) bool { return i.Attributes["diet"] == "vegan" }},
		{"vegetarian", tactful.PreferencesPatch{Needs: map[string]string{"diet": "vegetarian"}}, "Kitchen", func(i *tactful.Item) bool { return strings.HasPrefix(i.Attributes["diet"], "veg") }},
		{"no mother's day", tactful.PreferencesPatch{Occasions: map[string]*tactful.Days{"mothers_day": {}}}, "Garden", func(*tactful.Item) bool { return false }},
		{"no mother's day until yesterday", tactful.PreferencesPatch{Occasions: map[string]*tactful.Days{"mothers_day": {Until: noon.Truncate(24*time.Hour).AddDate(0, 0, -1)}}}, "Garden", func(*tactful.Item) bool { return true }},
	} {
		t.Run(test.name, func(t *testing.T) {
			change := w.wish("me", test.patch)
			d := w.decide(forMe(30))
			for i := range d.Suggestions {
				item := &d.Suggestions[i].Item
				if slices.Contains(item.Categories, test.category) && !test.fits(item) {
					t.Errorf("%s does not fit", item.ID)
				}
			}
			others := 0
			for _, category := range []string{"Kitchen", "Garden", "Toys"} {
				if category != test.category {
					others += inCategory(d, category)
				}
			}
			if others == 0 {
				t.Error("what the need is not about is gone too")
			}
			w.wish("me", change.Undo)
		})
	}
}

func TestMoreAndLessAreExplainedAndBoundedAndAddUp(t *testing.T) {
	w := settled(t, nil)
	before := map[string]float64{}
	for _, s := range w.decide(forMe(60)).Suggestions {
		before[s.Item.ID] = s.Score
	}
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore, "Garden": tactful.WishLess}})
	more, less := 0, 0
	d := w.decide(forMe(60))
	for _, s := range d.Suggestions {
		factor, sentence := 1.0, ""
		switch s.Item.Categories[0] {
		case "Toys":
			factor, sentence = 2, "You asked for more of Toys."
		case "Garden":
			factor, sentence = 0.5, "You asked for less of Garden."
		}
		if sentence == "" && strings.Contains(s.Reason.Sentence, "You asked for") || !strings.HasSuffix(s.Reason.Sentence, sentence) {
			t.Errorf("%s in %s: %q", s.Item.ID, s.Item.Categories[0], s.Reason.Sentence)
		}
		if s.Origin != tactful.Ranked {
			continue
		}
		if s.Score != before[s.Item.ID]*factor {
			t.Errorf("%s scores %v, before %v", s.Item.ID, s.Score, before[s.Item.ID])
		}
		switch factor {
		case 2:
			more++
		case 0.5:
			less++
		}
	}
	if more < 3 || less < 3 {
		t.Errorf("%d of more and %d of less prove nothing", more, less)
	}
	if d.Suggestions[0].Item.Categories[0] != "Toys" {
		t.Errorf("the first is of %s", d.Suggestions[0].Item.Categories[0])
	}
}

func TestSomebodyNewWhoAsksForMoreGetsMore(t *testing.T) {
	w := settled(t, nil)
	w.agree("new", tactful.Personal)
	ask := tactful.Request{Subject: user("new"), Placement: tactful.ForYou, Count: 9}
	before := inCategory(w.decide(ask), "Toys")
	w.wish("new", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore}})
	d := w.decide(ask)
	if after := inCategory(d, "Toys"); after <= before {
		t.Errorf("%d toys, before %d", after, before)
	}
	receipt, err := w.Receipt(context.Background(), d.ID)
	if err != nil || receipt.Integrity.InformationType != "what the customer told this shop" || receipt.Integrity.Subject != "the customer" {
		t.Errorf("the receipt says %+v, %v", receipt.Integrity, err)
	}
}

func TestPreferencesDoNothingWhereListsAreTheSameForEverybody(t *testing.T) {
	w := settled(t, declarable)
	for _, level := range []tactful.Level{tactful.Generic} {
		for _, r := range []tactful.Request{
			{Placement: tactful.ForYou}, {Placement: tactful.Popular}, {Placement: tactful.Similar, Items: []string{"item-7"}}, {Placement: tactful.Search, Query: "thing"},
		} {
			r.Subject, r.Level, r.Count = user("me"), level, 10
			answer := func() string {
				d := w.decide(r)
				d.ID = ""
				text, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			before := answer()
			change := w.wish("me", tactful.PreferencesPatch{
				Topics: topics{"Toys": tactful.WishMuted, "Garden": tactful.WishMore}, Needs: map[string]string{"diet": "vegan"},
				Languages: &[]string{"de"}, Discreet: yes(), KeepOnDevice: yes(),
			})
			if after := answer(); after != before {
				t.Errorf("level %s, %s:\n%s\n%s", level, r.Placement, before, after)
			}
			w.wish("me", change.Undo)
		}
	}
}

func yes() *bool {
	yes := true
	return &yes
}

func TestADiscreetScreenNamesNothing(t *testing.T) {
	w := settled(t, nil)
	w.wish("me", tactful.PreferencesPatch{Discreet: yes(), Topics: topics{"Toys": tactful.WishMore}})
	d := w.decide(forMe(20))
	for _, s := range d.Suggestions {
		if len(s.Reason.Items) > 0 || strings.Contains(s.Reason.Sentence, "Thing number") || strings.Contains(s.Reason.Sentence, "Toys") {
			t.Errorf("%q names %v", s.Reason.Sentence, s.Reason.Items)
		}
	}
	if len(d.Suggestions) == 0 || d.Suggestions[0].Reason.Key != "neutral.history" {
		t.Errorf("no personal list: %+v", d.Suggestions)
	}
}

func TestWhoKeepsItOnTheDeviceGetsAListForThePageOnly(t *testing.T) {
	w := settled(t, nil)
	w.wish("me", tactful.PreferencesPatch{KeepOnDevice: yes()})
	d := w.decide(forMe(10))
	for _, s := range d.Suggestions {
		if s.Origin != tactful.Filler {
			t.Errorf("%s is %s", s.Item.ID, s.Origin)
		}
	}
	if d.Level != tactful.Context || !strings.Contains(d.Note, "your own device") {
		t.Errorf("level %s, %q", d.Level, d.Note)
	}
	receipt, err := w.Receipt(context.Background(), d.ID)
	if err != nil || len(receipt.Evidence) != 0 || receipt.ConsentID != "" || receipt.Level != tactful.Context {
		t.Errorf("the receipt says %+v, %v", receipt, err)
	}
}

func TestTheFirstLanguageThatThereIsCountsUnlessThePageAsksForOne(t *testing.T) {
	w := settled(t, nil)
	w.wish("me", tactful.PreferencesPatch{Languages: &[]string{"tlh", "de", "ar"}})
	if got := w.decide(forMe(1)).Suggestions[0].Reason.Language; got != "de" {
		t.Errorf("got %s", got)
	}
	r := forMe(1)
	r.Language = "ar"
	if got := w.decide(r).Suggestions[0].Reason.Language; got != "ar" {
		t.Errorf("got %s", got)
	}
}

func TestOnlyThePersonOrAServiceForThemSetsPreferences(t *testing.T) {
	w := settled(t, nil)
	patch := tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}}
	for kind, may := range map[tactful.ActorKind]bool{
		tactful.ActorUnknown: false, tactful.ActorPerson: true, tactful.ActorService: true, tactful.ActorOperator: false, tactful.ActorEngine: false, 9: false,
	} {
		ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: kind, Name: "somebody", Reason: "sales"})
		_, patched := w.PatchPreferences(ctx, user("me"), patch)
		_, set := w.SetPreferences(ctx, user("me"), tactful.Preferences{})
		for _, err := range []error{patched, set} {
			if may && err != nil || !may && tactful.KindOf(err) != tactful.Refused {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
}

// TestNoEventCanDeclareAnything sends what looks like preferences through every
// form of delivery.
func TestNoEventCanDeclareAnything(t *testing.T) {
	w := settled(t, declarable)
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}})
	before, err := w.Preferences(context.Background(), user("me"))
	if err != nil {
		t.Fatal(err)
	}
	declared := `{"topics":{"Toys":"more"},"needs":{"diet":"vegan"},"diet":"vegan","languages":["de"],"discreet":true,"preferences":{"topics":{"Kitchen":"muted"}}}`
	when := w.clock.Now().Format(time.RFC3339)
	sent := 0
	for form, body := range map[Form]string{
		Native:          `{"events":[{"messageId":"x1","userId":"me","action":"viewed","item":"item-9","source":"web","time":"` + when + `","properties":` + declared + `}]}`,
		SegmentIdentify: `{"type":"identify","messageId":"x2","userId":"me","timestamp":"` + when + `","traits":` + declared + `,"context":{"traits":` + declared + `}}`,
		SegmentTrack:    `{"type":"track","event":"Product Viewed","messageId":"x3","userId":"me","timestamp":"` + when + `","properties":{"product_id":"item-9","preferences":` + declared + `}}`,
		SegmentGroup:    `{"type":"group","groupId":"g","messageId":"x4","userId":"me","timestamp":"` + when + `","traits":` + declared + `}`,
	} {
		if outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: form, Body: []byte(body)}); err == nil {
			sent += len(outcomes)
		}
	}
	after, err := w.Preferences(context.Background(), user("me"))
	if err != nil || sent < 4 {
		t.Fatalf("%d events were read, %v", sent, err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

// TestPreferencesAreWrittenWhereThePersonSaysThem keeps it so that nothing else
// declares in a person's name: PatchPreferences asks who acts, and a person who
// moves here brings along what they declared elsewhere.
func TestPreferencesAreWrittenWhereThePersonSaysThem(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || !strings.Contains(string(text), "WritePreferences(") {
			continue
		}
		found++
		if file != "preferences.go" && file != "portability.go" {
			t.Errorf("%s writes preferences: let Engine.PatchPreferences do it, which asks who acts", file)
		}
	}
	if found == 0 {
		t.Error("the test looks at the wrong place")
	}
}

func TestPreferencesOfPeopleNobodyKnows(t *testing.T) {
	w := newWorld(t, declarable)
	if p, err := w.Preferences(context.Background(), user("stranger")); err != nil || !p.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := w.PatchPreferences(themself(), user("stranger"), tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishNone}}); err != nil {
		t.Error(err)
	}
	if ref, err := w.resolve(context.Background(), user("stranger"), w.clock.Now()); err != nil || !ref.IsZero() {
		t.Errorf("somebody was made of nothing: %v", err)
	}
	for name, patch := range map[string]tactful.PreferencesPatch{
		"a need nobody declared":      {Needs: map[string]string{"blood": "a"}},
		"a value nobody declared":     {Needs: map[string]string{"diet": "keto"}},
		"an occasion nobody declared": {Occasions: map[string]*tactful.Days{"payday": {}}},
		"a wish nobody knows":         {Topics: topics{"Toys": 7}},
	} {
		var fault *tactful.Error
		if _, err := w.PatchPreferences(themself(), user("stranger"), patch); !errors.As(err, &fault) || fault.Kind != tactful.Invalid || fault.Field == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.wish("stranger", tactful.PreferencesPatch{Needs: map[string]string{"diet": "vegan", "size.shoes": "42"}})
	change, err := w.SetPreferences(themself(), user("stranger"), tactful.Preferences{Discreet: true})
	if err != nil || change.Before.Needs["diet"] != "vegan" || !change.Before.Changed.Equal(noon) || !change.After.Discreet {
		t.Errorf("%+v, %v", change, err)
	}
	if p, err := w.Preferences(context.Background(), user("stranger")); err != nil || p.Needs != nil || !p.Discreet {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWhatSomebodyDeclaredIsNeverHiddenFromThem(t *testing.T) {
	w := settled(t, nil)
	want := w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}}).After
	for name, change := range map[string]func() error{
		"at level generic": func() error {
			_, err := w.SetConsents(themself(), user("me"), ConsentChange{Level: tactful.Generic})
			return err
		},
		"during a pause":                   func() error { return w.Pause(themself(), user("me"), noon.Add(48*time.Hour)) },
		"while processing is restricted":   func() error { return w.Restrict(themself(), user("me")) },
		"after the next start":             func() error { w.shut(); w.open(); return nil },
		"after they objected to marketing": func() error { return w.Object(themself(), user("me")) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		got, err := w.Preferences(themself(), user("me"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTwoChangesAtOnceBothHold(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("me", tactful.Personal)
	const n = 12
	together(n, func(i int) {
		if _, err := w.PatchPreferences(themself(), user("me"), tactful.PreferencesPatch{Topics: topics{fmt.Sprintf("topic %d", i): tactful.WishMuted}}); err != nil {
			t.Error(err)
		}
	})
	if p, err := w.Preferences(context.Background(), user("me")); err != nil || len(p.Topics) != n {
		t.Errorf("%d of %d are kept, %v", len(p.Topics), n, err)
	}
}

func TestErasureTakesPreferencesAlong(t *testing.T) {
	w := settled(t, nil)
	w.wish("me", tactful.PreferencesPatch{Discreet: yes()})
	if _, err := w.Erase(context.Background(), user("me")); err != nil {
		t.Fatal(err)
	}
	if p, err := w.Preferences(context.Background(), user("me")); err != nil || !p.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestPreferencesCostNoReadOfTheirOwn(t *testing.T) {
	w := settled(t, nil)
	seen := w.observe()
	reads := func() int {
		w.decide(forMe(5))
		queries, _ := seen.forget()
		return len(queries)
	}
	before := reads()
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMuted}})
	seen.forget()
	if after := reads(); after != before {
		t.Errorf("%d queries, before %d", after, before)
	}
}

func TestADeclarationNamesEveryFault(t *testing.T) {
	d := Declarable{
		Needs:     []Need{{Name: "Diet"}, {Name: "size", Attribute: "s", Values: map[string][]string{"": {"x"}, "y": nil}, Categories: []string{""}}, {Name: "size", Attribute: "s"}},
		Occasions: []Occasion{{Name: "easter"}, {Name: "x", Topics: []string{"\n"}}},
	}
	text := errors.Join(d.Validate()...).Error()
	for _, field := range []string{"needs[0].name", "needs[0].attribute", `needs[1].values[""]`, `needs[1].values["y"]`, "needs[1].categories", "needs[2].name", "occasions[0].topics", "occasions[1].topics"} {
		if !strings.Contains(text, "engine.preferences."+field) {
			t.Errorf("%s is not named in: %s", field, text)
		}
	}
	var fine Config
	declarable(&fine)
	if faults := fine.Preferences.Validate(); len(faults) > 0 {
		t.Error(faults)
	}
}
