package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// exactly counts without noise, to say who counted; it is what an answer never shows.
func (w *world) exactly(q report.Question) map[string]int64 {
	w.t.Helper()
	now := w.clock.Now()
	q, f, err := q.Settle(now)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.reportGroups(f, q)
	tally := report.NewTally(c.groups, c.most, noise.NewSource(w.entropy))
	switch f.Source {
	case report.Events:
		err = w.Engine.crowd(context.Background(), records.Want{Settings: true, Events: records.AllEvents}, now, func(s *records.Subject) error { return tally.Add(groupsOf(s, q, tally)) })
	case report.Reached:
		err = w.Engine.crowd(context.Background(), records.Want{Showings: true}, now, func(s *records.Subject) error { return tally.Add(reachOf(s, q, tally)) })
	case report.Tested:
		err = w.tested(context.Background(), tally, now)
	case report.Decisions:
		err = w.judged(context.Background(), q, tally, now)
	case report.Standings:
		err = w.answered(context.Background(), tally, now)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	counts := map[string]int64{}
	for name, n := range tally.Exact() {
		counts[strings.Trim(name.Name+" "+name.Of, " ")] = n
	}
	return counts
}

func (w *world) mustAsk(q report.Question) *report.Answer {
	w.t.Helper()
	a, err := w.AskReport(context.Background(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func TestOnlyWhoAgreedCounts(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(6)
	for _, id := range []string{"anna", "ben", "cleo", "dora", "eve"} {
		w.agree(id, tactful.Personal)
		w.mustSend(id, "viewed", 1, 2)
		w.mustSend(id, "purchased", 1)
		w.clock.pass(time.Second)
		w.mustSend(id, "purchased", 1) // once more: one person counts once
	}
	w.clock.pass(24 * time.Hour)
	popular, funnel := report.Question{Report: report.Popular}, report.Question{Report: report.Funnel}
	if got := w.exactly(popular)["item-1"]; got != 5 {
		t.Fatalf("%d people bought item-1, want 5", got)
	}
	if got := w.exactly(funnel); got["viewed"] != 5 || got["purchased"] != 5 || got["added"] != 0 {
		t.Errorf("funnel %v", got)
	}
	// Each leaves the count in a way of their own.
	w.answerTo("ben", tactful.Improvement, tactful.Withdrawn)
	if err := w.SetHistory(ctx, user("cleo"), "item-1", "gift"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Erase(tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson}), user("dora")); err != nil {
		t.Fatal(err)
	}
	if err := w.Restrict(tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson}), user("eve")); err != nil {
		t.Fatal(err)
	}
	if got := w.exactly(popular)["item-1"]; got != 1 {
		t.Errorf("%d people bought item-1 who may be counted, want anna alone", got)
	}
	optIn := w.exactly(report.Question{Report: report.OptIn})
	if optIn["all"] != 3 || optIn["improvement yes"] != 2 || optIn["improvement no"] != 1 {
		t.Errorf("answers %v: eve is locked and dora gone", optIn)
	}
}

func TestListsAreCountedByPeople(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.train()
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	for i := range 3 {
		for range 2 {
			d := w.decide(tactful.Request{Subject: user(fmt.Sprintf("crowd-%d", i)), Placement: tactful.ForYou})
			if i < 2 {
				if err := w.Report(person, d.ID, tactful.FeedbackCreepy, ""); err != nil {
					t.Fatal(err)
				}
			}
			w.clock.pass(time.Minute)
		}
	}
	w.decide(tactful.Request{Placement: tactful.Popular}) // about nobody
	w.clock.pass(24 * time.Hour)
	if got := w.exactly(report.Question{Report: report.Creepy}); got["listed"] != 3 || got["creepy"] != 2 || got["wrong"] != 0 {
		t.Errorf("said %v", got)
	}
	if got := w.exactly(report.Question{Report: report.Guards}); got["specific"] != 3 || got["consent"] != 0 {
		t.Errorf("blocks %v", got)
	}
}

// TestTheSameQuestionIsOneAnswerAndAFewAreAll asks until the budget is spent, by
// many at once, and again after a restart and after an old copy of the data.
func TestTheSameQuestionIsOneAnswerAndAFewAreAll(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(20, 24)
	w.clock.pass(24 * time.Hour)
	var answers [8]*report.Answer
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i], _ = w.AskReport(ctx, report.Question{Report: report.Trends}) })
	}
	group.Wait()
	for i, a := range answers {
		if a == nil || fmt.Sprint(a.Rows) != fmt.Sprint(answers[0].Rows) {
			t.Fatalf("answer %d is another", i)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if _, err := w.Backup(ctx, copied, nil); err != nil {
		t.Fatal(err)
	}
	for weeks := 1; weeks <= 3; weeks++ {
		w.mustAsk(report.Question{Report: report.Trends, Days: 7 * weeks})
	}
	refused := func(when string) {
		t.Helper()
		_, err := w.AskReport(ctx, report.Question{Report: report.Trends, Days: 28})
		if tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: a fifth question in a month: %v", when, err)
		}
		if a := w.mustAsk(report.Question{Report: report.Trends, Until: answers[0].Given.Truncate(24 * time.Hour)}); fmt.Sprint(a.Rows) != fmt.Sprint(answers[0].Rows) {
			t.Errorf("%s: the first question has another answer", when)
		}
	}
	refused("at once")
	w.shut()
	w.open()
	refused("after a restart")
	w.shut()
	w.clock.pass(-20 * 24 * time.Hour) // a clock set back to another month
	w.open()
	refused("after the clock was set back")
	w.clock.pass(20 * 24 * time.Hour)
	w.shut()
	w.putBackCopy(copied)
	w.open()
	refused("after an old copy was put back")
	if a := w.mustAsk(report.Question{Report: report.Funnel}); len(a.Rows) != 3 {
		t.Errorf("another family has its own budget: %v", a.Rows)
	}
	all, err := w.Reports(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name == report.Trends && (f.Answers != 0 || f.Renews.Format(report.Dated) != "2026-12-01") {
			t.Errorf("trends: %d answers left until %s", f.Answers, f.Renews)
		}
	}
	w.clock.pass(10 * 24 * time.Hour)
	w.mustAsk(report.Question{Report: report.Trends, Days: 28}) // December
}
