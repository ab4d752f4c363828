package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestARationGivesAMinutesWorthAtOnceAndThenOneByOne(t *testing.T) {
	var r ration
	for i := range 60 {
		if wait := r.take("a", 60, noon); wait != 0 {
			t.Fatalf("the %d. waits %s", i+1, wait)
		}
	}
	for _, tt := range []struct {
		name string
		who  string
		at   time.Time
		wait time.Duration
	}{
		{"the next waits", "a", noon, time.Second},
		{"to ask again costs nothing more", "a", noon, time.Second},
		{"another name does not wait", "b", noon, 0},
		{"after a second there is one", "a", noon.Add(time.Second), 0},
		{"and only one", "a", noon.Add(time.Second), time.Second},
		{"a clock that goes back shuts nobody out for longer than a ration", "a", noon.Add(-time.Hour), time.Second},
		{"nor for hours afterwards", "a", noon.Add(-time.Hour + 2*time.Second), 0},
	} {
		if wait := r.take(tt.who, 60, tt.at); wait != tt.wait {
			t.Errorf("%s: waits %s, want %s", tt.name, wait, tt.wait)
		}
	}
}

func TestARationRemembersABoundedNumberOfNames(t *testing.T) {
	var r ration
	for i := range maxRationed + 100 {
		r.take(fmt.Sprint(i), 1, noon)
	}
	if len(r.due) > maxRationed {
		t.Errorf("%d names are remembered", len(r.due))
	}
	if wait := r.take("late", 1, noon); wait == 0 {
		t.Error("a name that cannot be counted gets an answer")
	}
	if wait := r.take("late", 1, noon.Add(2*time.Minute)); wait != 0 {
		t.Errorf("after the minute is over it still waits %s", wait)
	}
}

// TestExplanationsAndReceiptsAreRationed asks by every way there is until the
// answer is to wait, for a key, a person and an operator.
func TestExplanationsAndReceiptsAreRationed(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.AnswersPerPerson, c.Looks.AnswersPerKey = 5, 8 })
	w.stock(12)
	w.crowd(20, 12)
	w.train()
	receipt := w.decide(tactful.Request{Subject: user("crowd-1"), Placement: tactful.ForYou}).ID
	general := w.decide(tactful.Request{Placement: tactful.Popular}).ID
	log, err := w.ConsentLog(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine}), user("crowd-1"), 1)
	if err != nil || len(log) != 1 {
		t.Fatal(log, err)
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	ways := map[string]func(ctx context.Context, who tactful.Alias) error{
		"a receipt":         func(ctx context.Context, _ tactful.Alias) error { _, err := w.Receipt(ctx, receipt); return err },
		"a list's receipts": func(ctx context.Context, a tactful.Alias) error { _, err := w.Receipts(ctx, a, 10); return err },
		"interests":         func(ctx context.Context, a tactful.Alias) error { _, err := w.Interests(ctx, a); return err },
		"the consent log":   func(ctx context.Context, a tactful.Alias) error { _, err := w.ConsentLog(ctx, a, 10); return err },
		"a consent receipt": func(ctx context.Context, a tactful.Alias) error {
			_, err := w.ConsentReceipt(ctx, a, log[0].Consent.ID)
			return err
		},
		"a proof": func(ctx context.Context, a tactful.Alias) error {
			_, err := w.ProveConsent(ctx, a, log[0].Consent.ID)
			return err
		},
		"a copy": func(ctx context.Context, a tactful.Alias) error {
			return w.Export(ctx, ExportRequest{Subject: a, Format: FormatJSON}, io.Discard)
		},
	}
	until := func(t *testing.T, most int, ask func(i int) error) {
		t.Helper()
		for i := range most {
			if err := ask(i); err != nil {
				t.Fatalf("the %d. of %d is refused: %v", i+1, most, err)
			}
		}
		var tooMany *TooMany
		if err := ask(most); !errors.As(err, &tooMany) || tooMany.RetryAfter() <= 0 || tactful.KindOf(err) != tactful.Refused {
			t.Errorf("the next is answered with %v", err)
		}
		w.clock.pass(2 * time.Minute)
		if err := ask(0); err != nil {
			t.Errorf("after two minutes it is still refused: %v", err)
		}
		w.clock.pass(2 * time.Minute)
	}
	for name, ask := range ways {
		t.Run("a service asks for "+name+" of one person", func(t *testing.T) {
			until(t, 5, func(int) error { return ask(stolen("shop"), user("crowd-1")) })
		})
		t.Run("the person asks for "+name, func(t *testing.T) {
			until(t, 5, func(int) error { return ask(person, user("crowd-1")) })
		})
		t.Run("an operator asks for "+name, func(t *testing.T) {
			until(t, 5, func(int) error { return ask(operator(), user("crowd-1")) })
		})
	}
	t.Run("one key asks about many", func(t *testing.T) {
		until(t, 8, func(i int) error {
			_, err := w.Receipts(stolen("shop"), user(fmt.Sprintf("crowd-%d", i)), 10)
			return err
		})
	})
	t.Run("one key tries out names of nobody", func(t *testing.T) {
		until(t, 8, func(i int) error {
			_, err := w.Receipts(stolen("shop"), user(fmt.Sprintf("nobody-%d", i)), 10)
			return err
		})
	})
	t.Run("one key asks for receipts about nobody", func(t *testing.T) {
		until(t, 8, func(int) error { _, err := w.Receipt(stolen("shop"), general); return err })
	})
	t.Run("another key is not made to wait", func(t *testing.T) {
		for i := range 9 {
			_, err := w.Receipts(stolen("shop"), user(fmt.Sprintf("crowd-%d", i)), 10)
			if (err != nil) != (i == 8) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if _, err := w.Receipts(stolen("till"), user("crowd-0"), 10); err != nil {
			t.Error(err)
		}
	})
}

func TestNobodyUsesUpWhatThePersonMayAsk(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.AnswersPerPerson = 5 })
	w.agree("anna", tactful.Personal)
	for range 20 {
		if _, err := w.Interests(stolen("shop"), user("anna")); err != nil && tactful.KindOf(err) != tactful.Refused {
			t.Fatal(err)
		}
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for i := range 5 {
		if _, err := w.Interests(person, user("anna")); err != nil {
			t.Errorf("the person's %d. question after a flood by a stolen key: %v", i+1, err)
		}
	}
}
