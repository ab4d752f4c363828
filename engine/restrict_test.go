package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

// beyondStanding counts the reads that reach more of a person than how they stand.
func beyondStanding(queries []store.Query) (n int, first string) {
	for i := range queries {
		q := &queries[i]
		if q.Family == store.Log && len(q.From) > 0 && q.From[0] == 'l' {
			continue // whether the reader is on record already, under "who looked"
		}
		if what := classify(q); q.Partition.Section == store.Subjects && what != "consent" {
			if n++; first == "" {
				first = what
			}
		}
	}
	return n, first
}

func TestNothingOfARestrictedPersonIsReadButHowTheyStand(t *testing.T) {
	ctx := herself()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(30, 24)
	w.live("anna", 1, 5, 9)
	seen := w.observe()

	use := func(t *testing.T) (level tactful.Level, history int) {
		t.Helper()
		d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
		entries, err := w.History(ctx, user("anna"), 100)
		if err != nil {
			t.Fatal(err)
		}
		events, err := w.Events(ctx, user("anna"), 100)
		if err != nil || len(events) == 0 != (len(entries) == 0) {
			t.Fatal(len(events), err)
		}
		w.send("anna", "viewed", 7)
		return d.Level, len(entries)
	}
	t.Run("before, the look sees that more is read", func(t *testing.T) {
		level, history := use(t)
		queries, _ := seen.forget()
		if n, _ := beyondStanding(queries); n == 0 || level < tactful.Personal || history == 0 {
			t.Fatalf("%d reads at level %s, %d in the history: the look is blind", n, level, history)
		}
	})
	ref := w.ref("anna")
	seen.forget()
	if err := w.Restrict(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.train() // the model forgets them: what they added is read once more, to be taken out
	queries, _ := seen.forget()
	for i := range queries {
		if q := &queries[i]; q.Partition == (store.Partition{Section: store.Subjects, ID: ref}) && q.Family == store.Log {
			t.Errorf("the fit read %x to %x", q.From, q.To)
		}
	}
	seen.forget()
	for range 3 {
		if level, history := use(t); level != tactful.Generic || history != 0 {
			t.Errorf("level %s, %d in the history", level, history)
		}
	}
	queries, scans := seen.forget()
	n, first := beyondStanding(queries)
	if n != 0 || scans != 0 || len(queries) == 0 {
		t.Errorf("%d reads, the first of %s; %d scans", n, first, scans)
	}
	t.Logf("%d reads of a restricted person, none of them beyond their standing", len(queries))
	for _, o := range w.send("anna", "viewed", 8) {
		if o.Reason != decision.BecauseFrozen.String() {
			t.Errorf("an event was %s for %s", o.Status, o.Reason)
		}
	}
	if err := w.Unrestrict(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level < tactful.Personal {
		t.Errorf("level %s after the restriction was lifted", d.Level)
	}
}

func TestARestrictionThatErasureMadeIsNotLifted(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	ref := w.ref("anna")
	if _, err := w.beginErasures(ctx, []tactful.Ref{ref}, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.Restrict(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if err := w.Unrestrict(ctx, user("anna")); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("%v", err)
	}
	if c, err := w.Control(ctx, user("anna")); err != nil || !c.Restricted {
		t.Errorf("%+v %v", c, err)
	}
}

// yesTo records a yes to a purpose as said at a moment, by an import.
func (w *world) yesTo(id string, purpose tactful.Purpose, at time.Time) {
	w.t.Helper()
	for _, n := range w.Notices("en") {
		if n.Purpose != purpose {
			continue
		}
		_, err := w.SetConsents(context.Background(), user(id), ConsentChange{Answers: []tactful.Consent{{
			Purpose: n.Purpose, Answer: tactful.Granted, NoticeHash: n.Hash, Language: "en", Method: "import", Time: at}}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) may(id string, purpose tactful.Purpose) decision.Permit {
	w.t.Helper()
	standings, err := w.records.ReadStanding(context.Background(), []tactful.Ref{w.ref(id)}, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return w.policy.Permit(w.standing(standings[0], w.clock.Now()), consent.Ask{Purpose: purpose}, w.clock.Now())
}

func TestAnObjectionStopsMarketingUntilTheyThemselvesSayOtherwise(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Full)
	marketing := w.policy.MarketingPurposes()
	if len(marketing) != 5 {
		t.Fatalf("%v", marketing)
	}
	for _, purpose := range marketing {
		w.yesTo("anna", purpose, w.clock.Now())
		if p := w.may("anna", purpose); !p.Allowed {
			t.Fatalf("%s is not permitted before: %s", purpose, p.Because)
		}
	}
	w.clock.pass(time.Hour)
	if err := w.Object(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	stopped := func(when string) {
		t.Helper()
		for _, purpose := range marketing {
			if p := w.may("anna", purpose); p.Allowed {
				t.Errorf("%s: %s is permitted", when, purpose)
			}
		}
	}
	stopped("at once")
	for day := range 30 { // an import repeats an old yes, each time a little newer
		w.clock.pass(24 * time.Hour)
		for _, purpose := range marketing {
			w.yesTo("anna", purpose, noon.Add(time.Duration(day)*time.Minute))
			w.yesTo("anna", purpose, noon.Add(time.Hour)) // the very moment
		}
	}
	stopped("after thirty imports")
	if p := w.may("anna", tactful.Recommendations); !p.Allowed {
		t.Errorf("what is no marketing stopped too: %s", p.Because)
	}
	t.Run("the flag alone stops it, whatever the records say", func(t *testing.T) {
		s := consent.Standing{Known: true, Objected: noon, Consents: tactful.Consents{Level: tactful.Full, Purposes: map[tactful.Purpose]tactful.Consent{}}}
		for _, n := range w.Notices("en") {
			s.Consents.Purposes[n.Purpose] = tactful.Consent{ID: "x", Purpose: n.Purpose, Answer: tactful.Granted, NoticeHash: n.Hash, Time: noon}
		}
		for _, purpose := range marketing {
			if p := w.policy.Permit(s, consent.Ask{Purpose: purpose}, noon.Add(time.Hour)); p.Allowed || p.Because != decision.BecauseObjected {
				t.Errorf("%s: %s", purpose, p.Because)
			}
			if w.policy.Collect(s, noon.Add(time.Hour)).Covers(purpose) {
				t.Errorf("%s: events are stored for it", purpose)
			}
			s.Objected = time.Time{}
			if p := w.policy.Permit(s, consent.Ask{Purpose: purpose}, noon.Add(time.Hour)); !p.Allowed {
				t.Errorf("%s without the flag: %s: the look is blind", purpose, p.Because)
			}
			s.Objected = noon
		}
	})
	t.Run("a later yes of their own lifts it, for that purpose only", func(t *testing.T) {
		w.yesTo("anna", tactful.MessagesEmail, w.clock.Now())
		if p := w.may("anna", tactful.MessagesEmail); !p.Allowed {
			t.Errorf("not permitted: %s", p.Because)
		}
		if p := w.may("anna", tactful.Offers); p.Allowed {
			t.Error("offers came back with it")
		}
	})
	t.Run("taking the objection back permits nothing by itself", func(t *testing.T) {
		if err := w.Unobject(ctx, user("anna")); err != nil {
			t.Fatal(err)
		}
		if p := w.may("anna", tactful.Offers); p.Allowed {
			t.Error("offers came back")
		}
	})
}

func TestAPauseEndsByItself(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(30, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 5)
	w.train()
	level := func() tactful.Level {
		return w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}).Level
	}
	before := level()
	for _, bad := range []time.Time{w.clock.Now(), w.clock.Now().Add(-time.Hour), w.clock.Now().Add(2 * MaxPause)} {
		if err := w.Pause(ctx, user("anna"), bad); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("until %s: %v", bad, err)
		}
	}
	if err := w.Pause(ctx, user("anna"), w.clock.Now().Add(30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if during := level(); before < tactful.Personal || during != tactful.Generic {
		t.Errorf("%s before, %s during", before, during)
	}
	for _, o := range w.send("anna", "viewed", 3) {
		if o.Status != OutcomeRefused || o.Reason != "paused" {
			t.Errorf("an event was %s for %s", o.Status, o.Reason)
		}
	}
	w.clock.pass(30 * 24 * time.Hour)
	if after := level(); after != before {
		t.Errorf("%s before, %s after", before, after)
	}
	w.mustSend("anna", "viewed", 3)
	if err := w.Pause(ctx, user("anna"), w.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := w.Pause(ctx, user("anna"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if now := level(); now != before {
		t.Errorf("%s after the pause was ended", now)
	}
}

func TestControlsOfNobody(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	for name, err := range map[string]error{
		"restrict": w.Restrict(ctx, user("x")), "unrestrict": w.Unrestrict(ctx, user("x")), "object": w.Object(ctx, user("x")),
		"pause": w.Pause(ctx, user("x"), w.clock.Now().Add(time.Hour)),
	} {
		if tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := w.Control(ctx, user("x")); err != nil || c != (Control{}) {
		t.Error(fmt.Sprint(c), err)
	}
	if n := w.subjects(); n != 0 {
		t.Errorf("somebody was made: %d", n)
	}
}

func TestTheNoesOfAnObjectionSayHowItCameAndWhere(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		object          func(id string) error
		method, region  string
		entered, agreed string
	}{
		"the person, in their centre": {func(id string) error {
			_, err := w.OpenRight(asPerson, RightRequest{Subject: user(id), Kind: rights.Objection, Channel: rights.Centre, Region: "FR"})
			return err
		}, "form", "FR", "", ""},
		"the shop's server, as a request": {func(id string) error {
			_, err := w.OpenRight(asShop, RightRequest{Subject: user(id), Kind: rights.Objection, Channel: rights.API, Region: "DE"})
			return err
		}, "api", "DE", "", ""},
		"the shop's server, at once":   {func(id string) error { return w.ObjectIn(asShop, user(id), "ES") }, "api", "ES", "", ""},
		"an operator, single-handedly": {func(id string) error { return w.ObjectIn(asBob, user(id), "DE") }, "operator", "DE", tactful.ActorOf(asBob).Name, ""},
		"nobody says where":            {func(id string) error { return w.Object(asShop, user(id)) }, "api", "", "", ""},
	} {
		w.agree(name, tactful.Personal)
		if err := c.object(name); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		noes := 0
		for _, record := range w.stands(user(name)).Purposes {
			if record.Answer == tactful.Granted {
				continue
			}
			noes++
			if record.Method != c.method || record.Jurisdiction != c.region || record.EnteredBy != c.entered || record.AgreedBy != c.agreed {
				t.Errorf("%s: %s by %q in %q, entered by %q", name, record.Purpose, record.Method, record.Jurisdiction, record.EnteredBy)
			}
		}
		if noes == 0 {
			t.Errorf("%s: no no is on record", name)
		}
	}
}
