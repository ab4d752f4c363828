package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

var asOperator = tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k1", Reason: "she asks why she sees this"})

func (w *world) explain(ctx context.Context, q Question) *Answer {
	w.t.Helper()
	a, err := w.Explain(ctx, &q)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func shownIn(e *Explanation) []string {
	list := make([]string, 0, len(e.Candidates))
	for place := 1; ; place++ {
		at := slices.IndexFunc(e.Candidates, func(x Explained) bool { return x.Place == place })
		if at < 0 {
			return list
		}
		list = append(list, e.Candidates[at].Item)
	}
}

func TestAnExplanationIsOfTheListThatIsReallyMade(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("ada", tactful.Personal)
	w.mustSend("ada", "purchased", 1, 5)
	w.train()
	for _, r := range []tactful.Request{
		{Placement: tactful.ForYou, Count: 6, Subject: user("ada")}, {Placement: tactful.Similar, Items: []string{"item-3"}, Count: 4, Subject: user("ada")},
		{Placement: tactful.Popular, Count: 5}, {Placement: tactful.ForYou, Count: 4, Subject: user("ada"), Level: tactful.Generic},
	} {
		made := w.decide(r)
		is := w.explain(asOperator, Question{Request: r}).Now
		got := shownIn(&is)
		if len(got) != len(made.Suggestions) || is.Level != made.Level || len(got) == 0 {
			t.Fatalf("%s: %d in the list, %d explained, at %s and %s", r.Placement, len(made.Suggestions), len(got), made.Level, is.Level)
		}
		stopped := map[string]int{}
		for i := range is.Candidates {
			x := &is.Candidates[i]
			if x.Guard != "" {
				if stopped[x.Guard]++; x.Sentence == "" || x.Detail == "" || x.Place != 0 {
					t.Errorf("%s is stopped by %s without a word, or shown: %+v", x.Item, x.Guard, x)
				}
			}
		}
		for i, s := range made.Suggestions {
			if at := slices.IndexFunc(is.Candidates, func(x Explained) bool { return x.Item == s.Item.ID }); got[i] != s.Item.ID || is.Candidates[at].Sentence != s.Reason.Sentence {
				t.Errorf("%s: place %d has %s, explained is %s", r.Placement, i+1, s.Item.ID, got[i])
			}
		}
		for _, h := range made.Withheld {
			if stopped[h.Guard] != h.Count {
				t.Errorf("%s: %s withheld %d, explained are %d", r.Placement, h.Guard, h.Count, stopped[h.Guard])
			}
		}
	}
}

func TestWhatIfSomethingWereDifferent(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("ada", tactful.Personal)
	w.mustSend("ada", "purchased", 1)
	w.agree("eve", tactful.Context)
	w.mustSend("ada", "purchased", 2)
	w.train()
	ask := tactful.Request{Placement: tactful.ForYou, Count: 6, Subject: user("ada")}
	is := w.explain(asOperator, Question{Request: ask}).Now
	if len(is.Evidence) != 2 {
		t.Fatalf("evidence: %+v", is.Evidence)
	}
	without := w.explain(asOperator, Question{Request: ask, WhatIf: &WhatIf{Without: []string{"item-1"}}})
	if len(without.Now.Evidence) != 2 || len(without.WhatIf.Evidence) != 1 || without.WhatIf.Evidence[0].Item != "item-2" {
		t.Errorf("without item-1: %+v", without.WhatIf.Evidence)
	}
	if slices.Equal(shownIn(&without.Now), shownIn(without.WhatIf)) {
		t.Error("the list is the same without the item")
	}
	lower := w.explain(asOperator, Question{Request: ask, WhatIf: &WhatIf{Level: tactful.Generic}})
	if lower.WhatIf.Level != tactful.Generic || len(lower.WhatIf.Evidence) != 0 || lower.Now.Level != tactful.Personal {
		t.Errorf("at generic: %+v", lower.WhatIf.Evidence)
	}
	// Of a real person no question goes beyond what they permit.
	ask.Subject = user("eve")
	if higher := w.explain(asOperator, Question{Request: ask, WhatIf: &WhatIf{Level: tactful.Full}}); higher.WhatIf.Level > tactful.Context || len(higher.WhatIf.Evidence) != 0 {
		t.Errorf("a question raised the level to %s", higher.WhatIf.Level)
	}
	ask.Subject = user("ada")
	rules := []policy.Rule{houseRule("no-kitchen", "'Kitchen' in item.categories", policy.Refuse)}
	ruled := w.explain(asOperator, Question{Request: ask, WhatIf: &WhatIf{Rules: &rules}})
	stopped := 0
	for _, x := range ruled.WhatIf.Candidates {
		if x.Guard == "policy" {
			if stopped++; !strings.Contains(x.Detail, "no-kitchen") {
				t.Errorf("%+v", x)
			}
		}
	}
	if stopped == 0 || ruled.WhatIf.Policy == ruled.Now.Policy {
		t.Errorf("%d stopped by the other rules", stopped)
	}
}

func TestASyntheticPersonIsExplainedToAProgramToo(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	service := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Key: "shop"})
	ask := tactful.Request{Placement: tactful.ForYou, Count: 6}
	made := &Synthetic{Level: tactful.Personal, Events: []SyntheticEvent{{Action: tactful.Purchased, Item: "item-1", Ago: 48 * time.Hour}, {Action: tactful.Viewed, Item: "item-5"}}}
	a := w.explain(service, Question{Request: ask, Synthetic: made, WhatIf: &WhatIf{Level: tactful.Context}})
	if a.Now.Level != tactful.Personal || len(a.Now.Evidence) != 2 || len(shownIn(&a.Now)) == 0 || a.WhatIf.Level != tactful.Context || len(a.WhatIf.Evidence) != 0 {
		t.Errorf("%s %+v, what if %s", a.Now.Level, a.Now.Evidence, a.WhatIf.Level)
	}
	young := *made
	young.Minor = true
	if y := w.explain(service, Question{Request: ask, Synthetic: &young}); y.Now.Level > tactful.Context || len(y.Now.Evidence) != 0 || y.Now.Because != "minor" {
		t.Errorf("a minor: %s %s", y.Now.Level, y.Now.Because)
	}
	muted := *made
	muted.Muted = []string{"Kitchen"}
	kept := 0
	for _, x := range w.explain(service, Question{Request: ask, Synthetic: &muted}).Now.Candidates {
		if x.Guard == "declared" {
			kept++
		}
	}
	if kept == 0 {
		t.Error("a muted topic keeps nothing out")
	}
}

// writeCount counts what is written of people, and of decisions about nobody.
type writeCount struct {
	store.Store
	n atomic.Int64
}

func (c *writeCount) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	for i := range batches {
		if s := batches[i].Partition.Section; s == store.Subjects || s == store.House || s == store.Looks {
			c.n.Add(1)
		}
	}
	return c.Store.Write(ctx, batches)
}

// TestAQuestionWritesNothingButTheLook watches every write of the data store.
func TestAQuestionWritesNothingButTheLook(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("ada", tactful.Personal)
	w.mustSend("ada", "purchased", 1)
	w.train()
	w.decide(tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada")})
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	receipts, err := w.Receipts(person, user("ada"), 100)
	if err != nil {
		t.Fatal(err)
	}
	tally := w.Tally()
	w.shut()
	count := &writeCount{}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch: func(d *disk.Disk) store.Store { count.Store = d; return count },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	ask := tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada")}
	for _, q := range []Question{{Request: ask}, {Request: ask, WhatIf: &WhatIf{Level: tactful.Generic}}, {Request: tactful.Request{Placement: tactful.Popular, Count: 3}}} {
		w.explain(person, q)
	}
	w.explain(context.Background(), Question{Request: tactful.Request{Placement: tactful.ForYou, Count: 3}, Synthetic: &Synthetic{Level: tactful.Full}})
	if n := count.n.Load(); n != 0 {
		t.Errorf("%d writes", n)
	}
	w.explain(asOperator, Question{Request: ask})
	if n := count.n.Load(); n == 0 {
		t.Error("the look of an operator was not written")
	}
	if after, err := w.Receipts(person, user("ada"), 100); err != nil || len(after) != len(receipts) {
		t.Errorf("%d receipts, then %d: %v", len(receipts), len(after), err)
	}
	if now := w.Tally(); now.Decisions["personal"] != 0 || tally.Decisions["personal"] == 0 {
		t.Errorf("counted as decisions: %v", now.Decisions)
	}
	looks, err := w.Looks(person, user("ada"), 10)
	if err != nil || len(looks) != 1 || looks[0].Reason != "she asks why she sees this" || looks[0].Opened&tactful.OpenedSuggestions == 0 || looks[0].Opened&tactful.OpenedHistory == 0 {
		t.Errorf("looks: %+v %v", looks, err)
	}
}

func TestWhoMayAskAndHowOften(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.agree("ada", tactful.Personal)
	ask := tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada")}
	for name, ctx := range map[string]context.Context{
		"nobody":                     context.Background(),
		"a service":                  tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Key: "shop"}),
		"an operator without reason": tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k"}),
		"an operator without name":   tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Key: "k", Reason: "she asks why she sees this"}),
	} {
		if _, err := w.Explain(ctx, &Question{Request: ask}); err == nil {
			t.Errorf("%s is told", name)
		}
	}
	stranger := ask
	stranger.Subject = user("nobody-known")
	if _, err := w.Explain(asOperator, &Question{Request: stranger}); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	for name, q := range map[string]Question{
		"two people":         {Request: ask, Synthetic: &Synthetic{}},
		"credit":             {Request: tactful.Request{Placement: tactful.ForYou, Count: 1, Filter: tactful.Filter{Attributes: map[string][]string{"credit_limit": {"1"}}}}},
		"too much without":   {Request: ask, WhatIf: &WhatIf{Without: make([]string, 101)}},
		"a search by nobody": {Request: tactful.Request{Placement: tactful.ForYou, Count: 1}, Synthetic: &Synthetic{Events: []SyntheticEvent{{Action: tactful.Searched}}}},
		"broken rules":       {Request: ask, WhatIf: &WhatIf{Rules: &[]policy.Rule{houseRule("x", "item.price >", policy.Refuse)}}},
	} {
		if _, err := w.Explain(asOperator, &q); err == nil {
			t.Errorf("%s is answered", name)
		}
	}
	limited := 0
	for range 2 * w.cfg.Looks.AnswersPerPerson {
		_, err := w.Explain(asOperator, &Question{Request: ask})
		var late *TooMany
		if errors.As(err, &late) {
			if limited++; late.After <= 0 || late.After > time.Minute {
				t.Errorf("wait %v", late.After)
			}
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if limited < w.cfg.Looks.AnswersPerPerson/2 {
		t.Errorf("%d of %d were slowed", limited, 2*w.cfg.Looks.AnswersPerPerson)
	}
	w.clock.pass(time.Minute)
	if _, err := w.Explain(asOperator, &Question{Request: ask}); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
