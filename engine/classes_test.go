package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/label"
)

// pharmacy makes the shop's Garden items ones of pregnancy, and people may be
// asked for them. Whoever buys in the shop buys in all categories.
func pharmacy(t *testing.T, adjust func(*Config)) *world {
	w := newWorld(t, func(c *Config) {
		c.Labels.Ask = []string{"pregnancy"}
		if adjust != nil {
			adjust(c)
		}
	})
	w.stock(60)
	var items []tactful.Item
	for i := 1; i < 60; i += 3 {
		item, err := w.Item(fmt.Sprintf("item-%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		item.Labels = []string{"pregnancy"}
		items = append(items, item)
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	w.crowd(120, 60)
	w.train()
	w.agree("me", tactful.Personal)
	w.mustSend("me", "purchased", 1, 2, 3, 5)
	return w
}

func (w *world) answerTo(id string, purpose tactful.Purpose, answer tactful.Answer) {
	w.t.Helper()
	for _, n := range w.Notices("en") {
		if n.Purpose == purpose {
			change := ConsentChange{Answers: []tactful.Consent{{Purpose: purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"}}}
			if _, err := w.SetConsents(context.Background(), user(id), change); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatalf("nobody is asked for %s", purpose)
}

func TestASensitiveClassIsShownToWhoAskedAndOnlyWhereNobodyElseSees(t *testing.T) {
	w := pharmacy(t, nil)
	count := func(change func(*tactful.Request)) int {
		t.Helper()
		r := forMe(20)
		if change != nil {
			change(&r)
		}
		d := w.decide(r)
		if len(d.Suggestions) < 20 {
			t.Errorf("the list got short: %d", len(d.Suggestions))
		}
		return inCategory(d, "Garden")
	}
	if n := count(nil); n != 0 {
		t.Errorf("%d of a class that nobody asked for", n)
	}
	w.answerTo("me", label.PurposeOf("pregnancy"), tactful.Granted)
	if n := count(nil); n == 0 {
		t.Error("none of what they asked for")
	}
	for _, surface := range []tactful.Surface{tactful.SurfaceLetter, tactful.SurfacePush, tactful.SurfaceSMS, tactful.SurfaceEmailSubject, tactful.SurfaceHousehold} {
		if n := count(func(r *tactful.Request) { r.Surface = surface }); n != 0 {
			t.Errorf("%s: %d are shown where others see them", surface, n)
		}
	}
	for name, change := range map[string]func(*tactful.Request){
		"level generic":   func(r *tactful.Request) { r.Level = tactful.Generic },
		"level context":   func(r *tactful.Request) { r.Level = tactful.Context },
		"the signal":      func(r *tactful.Request) { r.GPC = true },
		"somebody else":   func(r *tactful.Request) { r.Subject = user("other") },
		"what is popular": func(r *tactful.Request) { r.Placement = tactful.Popular },
	} {
		if n := count(change); n != 0 {
			t.Errorf("%s: %d are shown", name, n)
		}
	}
	discreet, open := true, false
	w.wish("me", tactful.PreferencesPatch{Discreet: &discreet})
	if n := count(nil); n != 0 {
		t.Errorf("%d are shown on a screen that others see", n)
	}
	w.wish("me", tactful.PreferencesPatch{Discreet: &open})
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"label:pregnancy": tactful.WishMuted}})
	if n := count(nil); n != 0 {
		t.Errorf("%d of a muted class are shown", n)
	}
	w.wish("me", tactful.PreferencesPatch{Topics: topics{"label:pregnancy": tactful.WishNone}})
	if n := count(nil); n == 0 {
		t.Error("the mute cannot be taken back")
	}
	w.answerTo("me", label.PurposeOf("pregnancy"), tactful.Withdrawn)
	if n := count(nil); n != 0 {
		t.Errorf("%d are shown after the yes was taken back", n)
	}
}

// The attack: a page of something else sends along what was looked at before.
func TestOnlyThePagesOwnItemAsksForItsClass(t *testing.T) {
	w := pharmacy(t, nil)
	for _, level := range []tactful.Level{tactful.Generic, tactful.Context, tactful.Personal} {
		similar := func(items ...string) int {
			return inCategory(w.decide(tactful.Request{Subject: user("me"), Placement: tactful.Similar, Items: items, Count: 20, Level: level}), "Garden")
		}
		if n := similar("item-1", "item-2"); n != 0 {
			t.Errorf("%s: %d of a class that an earlier page was about", level, n)
		}
		if n := similar("gone", "item-2"); n != 0 {
			t.Errorf("%s: %d beside an item that nobody knows", level, n)
		}
		if n := similar("item-2", "item-1"); n == 0 { // the control
			t.Errorf("%s: none of the class that the page itself is about", level)
		}
	}
}

// A person's own word about their screen protects them like the shop's about a
// household's.
func TestAScreenThatItsOwnerSaysOthersSeeIsAHouseholds(t *testing.T) {
	w := pharmacy(t, nil)
	w.answerTo("me", label.PurposeOf("pregnancy"), tactful.Granted)
	asks := []tactful.Request{
		{Placement: tactful.ForYou}, {Placement: tactful.Similar, Items: []string{"item-2"}}, {Placement: tactful.Search, Query: "thing"}, {Placement: tactful.Search, Query: "pregnancy test thing"},
	}
	lists := func(surface tactful.Surface, level tactful.Level) (all []string) {
		for _, r := range asks {
			r.Subject, r.Count, r.Surface, r.Level = user("me"), 20, surface, level
			d := w.decide(r)
			ids := fmt.Sprint(r.Placement, " ", r.Query, ": ", inCategory(d, "Garden"), " of the class;")
			for _, s := range d.Suggestions {
				ids += " " + s.Item.ID
			}
			all = append(all, ids)
		}
		return all
	}
	discreet, open := true, false
	for _, level := range []tactful.Level{tactful.Context, tactful.Personal} {
		household, page := lists(tactful.SurfaceHousehold, level), lists(tactful.SurfacePage, level)
		w.wish("me", tactful.PreferencesPatch{Discreet: &discreet})
		said := lists(tactful.SurfacePage, level)
		w.wish("me", tactful.PreferencesPatch{Discreet: &open})
		if !slices.Equal(said, household) {
			t.Errorf("%s: what the person said does less than what the shop says:\n%s\n\n%s", level, strings.Join(said, "\n"), strings.Join(household, "\n"))
		}
		if slices.Equal(page, household) || !strings.Contains(strings.Join(household, "\n"), ": 0 of the class;") {
			t.Errorf("%s: nothing is hidden, so this proves nothing", level)
		}
	}
}

// The attack: two people differ in what they did in a class alone.
func TestTheRestOfAListDoesNotTellWhatSomebodyDidInAClass(t *testing.T) {
	w := pharmacy(t, nil)
	w.agree("her", tactful.Personal)
	w.agree("twin", tactful.Personal)
	w.mustSend("her", "purchased", 1, 3, 2, 5, 8)
	w.mustSend("twin", "purchased", 1, 3)
	list := func(id string, placement tactful.Placement) string {
		var ids []string
		for _, s := range w.decide(tactful.Request{Subject: user(id), Placement: placement, Count: 20, Query: "thing"}).Suggestions {
			ids = append(ids, fmt.Sprint(s.Item.ID, " ", s.Score, " ", s.Reason.Sentence))
		}
		return strings.Join(ids, "\n")
	}
	if her, twin := list("her", tactful.ForYou), list("twin", tactful.ForYou); her != twin {
		t.Errorf("the lists differ:\n%s\n\n%s", her, twin)
	}
	// The control: what is of no class does make a difference.
	w.mustSend("twin", "purchased", 4)
	if her, twin := list("her", tactful.ForYou), list("twin", tactful.ForYou); her == twin {
		t.Error("the lists are the same whatever somebody did: the attack shows nothing")
	}
}

func TestAReceiptDoesNotTellWhatWouldHaveBeenShown(t *testing.T) {
	w := pharmacy(t, nil)
	if d := w.decide(forMe(20)); withheldBy(d, "sensitive") != 0 {
		t.Errorf("%d are counted: that is a guess about the person", withheldBy(d, "sensitive"))
	}
}

func TestWhoDeclaredANeedIsServedWhatServesIt(t *testing.T) {
	w := pharmacy(t, func(c *Config) {
		c.Preferences.Needs = []Need{{Name: "grip", Attribute: "grip", Values: map[string][]string{"easy": {"easy"}}, Class: "pregnancy"}}
	})
	item, err := w.Item("item-8")
	if err != nil {
		t.Fatal(err)
	}
	item.Attributes = map[string]string{"grip": "easy"}
	if err := w.PutItems(context.Background(), []tactful.Item{item}); err != nil {
		t.Fatal(err)
	}
	shown := func() (ids []string) {
		for _, s := range w.decide(forMe(60)).Suggestions {
			if slices.Contains(s.Item.Categories, "Garden") {
				ids = append(ids, s.Item.ID)
			}
		}
		return ids
	}
	if got := shown(); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	w.wish("me", tactful.PreferencesPatch{Needs: map[string]string{"grip": "easy"}})
	if got := shown(); !slices.Equal(got, []string{"item-8"}) {
		t.Errorf("after: %v", got)
	}
}

func TestLabelsFollowTheCatalogue(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(9)
	of := func(no tactful.ItemNo) decision.Classes { return w.ground.Load().labels.At(no) }
	if of(1) != 0 {
		t.Fatalf("a thing has classes: %b", of(1))
	}
	before := w.ground.Load().labels
	item, err := w.Item("item-1")
	if err != nil {
		t.Fatal(err)
	}
	item.Title = "Pregnancy test"
	if err := w.PutItems(context.Background(), []tactful.Item{item}); err != nil {
		t.Fatal(err)
	}
	pregnancy := w.classNamed("pregnancy")
	if of(1) != pregnancy || of(2) != 0 || before.At(1) != 0 {
		t.Errorf("item-1 %b, item-2 %b, under the old ground %b", of(1), of(2), before.At(1))
	}
	if err := w.DeleteItem(context.Background(), "item-2"); err != nil {
		t.Fatal(err)
	}
	if of(2) != ^decision.Classes(0) || of(1) != pregnancy {
		t.Errorf("deleted %b, beside it %b", of(2), of(1))
	}
	w.shut()
	w.open()
	if of(1) != pregnancy || of(2) != ^decision.Classes(0) || of(3) != 0 {
		t.Errorf("after a restart: %b %b %b", of(1), of(2), of(3))
	}
}

func TestVariantsShareTheClassesOfTheirGroup(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(60)
	w.crowd(120, 60)
	w.train()
	w.agree("me", tactful.Personal)
	w.agree("twin", tactful.Personal)
	pregnancy := w.classNamed("pregnancy")
	of := func(no tactful.ItemNo) decision.Classes { return w.ground.Load().labels.At(no) }
	put := func(id string, change func(*tactful.Item)) {
		t.Helper()
		item, err := w.Item(id)
		if err != nil {
			t.Fatal(err)
		}
		change(&item)
		if err := w.PutItems(context.Background(), []tactful.Item{item}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(id string) []string {
		var ids []string
		for _, s := range w.decide(tactful.Request{Subject: user(id), Placement: tactful.ForYou, Count: 60}).Suggestions {
			ids = append(ids, s.Item.ID)
		}
		return ids
	}
	popular := func() bool {
		return slices.ContainsFunc(w.decide(tactful.Request{Placement: tactful.Popular, Count: 60}).Suggestions, func(s tactful.Suggestion) bool { return s.Item.ID == "item-2" })
	}
	w.mustSend("twin", "purchased", 3)
	w.mustSend("me", "purchased", 3)
	w.mustSend("me", "viewed", 2)
	if !popular() || slices.Equal(list("me"), list("twin")) {
		t.Fatal("item-2 says nothing and is nowhere: this would prove nothing")
	}
	for _, id := range []string{"item-1", "item-2"} {
		put(id, func(item *tactful.Item) { item.Group = "g" })
	}
	put("item-5", func(item *tactful.Item) { item.Group = "other" })
	if of(1) != 0 || of(2) != 0 {
		t.Fatalf("a group alone is no class: %b %b", of(1), of(2))
	}
	put("item-1", func(item *tactful.Item) { item.Title = "Pregnancy test" })
	if of(1) != pregnancy || of(2) != pregnancy || of(3) != 0 || of(5) != 0 {
		t.Fatalf("item-1 %b, its variant %b, others %b %b", of(1), of(2), of(3), of(5))
	}
	if popular() {
		t.Error("as a candidate: the variant is shown to everybody")
	}
	if me, twin := list("me"), list("twin"); !slices.Equal(me, twin) {
		t.Errorf("as evidence: a look at the variant still tells:\n%v\n%v", me, twin)
	}
	w.shut()
	w.open()
	if of(2) != pregnancy {
		t.Errorf("after a restart: %b", of(2))
	}
	for _, who := range []string{"ada", "ben"} { // the variant itself is looked at
		w.label(reviewer(who, "key of "+who), "item-2", "pregnancy", label.IsNot)
	}
	if of(1) != pregnancy || of(2) != 0 {
		t.Errorf("taken from the variant alone: item-1 %b, item-2 %b", of(1), of(2))
	}
	put("item-2", func(item *tactful.Item) { item.Title = "Double pack" })
	if of(2) != pregnancy {
		t.Errorf("it is another thing now: %b", of(2))
	}
	put("item-1", func(item *tactful.Item) { item.Title = "Mug" })
	if of(1) != 0 || of(2) != 0 {
		t.Errorf("what none of them is stays on them: %b %b", of(1), of(2))
	}
}

func TestWrongClassesInTheConfigurationAreNamed(t *testing.T) {
	for field, change := range map[string]func(*Config){
		"engine.guards.harm.health":         func(c *Config) { c.Guards.Harm = map[string]guard.HarmPolicy{"health": "note"} },
		"engine.guards.harm.hate":           func(c *Config) { c.Guards.Harm = map[string]guard.HarmPolicy{"hate": "perhaps"} },
		"engine.preferences.needs[0].class": func(c *Config) { c.Preferences.Needs = []Need{{Name: "n", Attribute: "a", Class: "hate"}} },
		"engine.labels.ask[0]":              func(c *Config) { c.Labels.Ask = []string{"nothing"} },
	} {
		var c Config
		change(&c)
		c.Defaults()
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
}
