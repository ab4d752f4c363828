package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/panel"
)

// measuring declares gender with a small panel, and noise that a test can see through.
func measuring(c *Config) {
	guarded(c)
	c.Protection.Measure.Epsilon = 8
}

func TestThePanelIsMeasuredOnceAMonthAndWritesNothingOfAnybody(t *testing.T) {
	w := newWorld(t, measuring)
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	w.stock(96)
	w.mixed(120)
	ctx := context.Background()
	if _, err := w.MeasurePanel(ctx); tactful.KindOf(err) != tactful.Refused {
		t.Fatalf("without a model: %v", err)
	}
	w.train()
	w.tell(0, 30)
	if _, err := w.MeasurePanel(ctx); tactful.KindOf(err) != tactful.Refused || strings.Contains(err.Error(), "canary") {
		t.Fatalf("a panel of 30: %v", err)
	}
	w.tell(30, 120)
	w.train()
	looked, err := w.Looks(ctx, user("crowd-1"), 10)
	if err != nil {
		t.Fatal(err)
	}
	before := w.decide(tactful.Request{Subject: user("crowd-1"), Placement: tactful.ForYou})
	m, err := w.MeasurePanel(ctx) // that too few told cost nothing
	if err != nil || len(m.Comparisons) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	c := m.Comparisons[0]
	if c.Attribute != "gender" || math.Abs(float64(c.People[0])-60) > 20 || c.Categories == 0 || c.Mean.Give <= 0 || c.Served.Give <= 0 || c.Worse == "" {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(log.String(), "attribute=gender") || strings.Contains(log.String(), "crowd-") {
		t.Errorf("%s", log.String())
	}
	if h := w.Health(); h.Panel == nil || h.Panel.Month != m.Month {
		t.Errorf("no gauge has it: %+v", h.Panel)
	}
	w.clock.pass(time.Hour)
	w.mustSend("crowd-1", "viewed", 5)
	again, err := w.MeasurePanel(ctx)
	if err != nil || asText(t, again) != asText(t, m) {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	receipts, err := w.Receipts(ctx, user("crowd-1"), 10)
	if err != nil || len(receipts) != 1 || receipts[0].ID != before.ID {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
	if looks, err := w.Looks(ctx, user("crowd-1"), 10); err != nil || len(looks) != len(looked) {
		t.Errorf("%+v, %v", looks, err)
	}
	w.clock.pass(31 * 24 * time.Hour)
	if next, err := w.MeasurePanel(ctx); err != nil || next.Month == m.Month {
		t.Errorf("the month after: %+v, %v", next, err)
	}
}

func asText(t *testing.T, m *panel.Measures) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// measuredNow is how many people of each value would be measured.
func (w *world) measuredNow() []int {
	w.t.Helper()
	members, err := w.members(context.Background(), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	_, people, err := newMirror(w.Engine, w.ground.Load()).sums(context.Background(), &w.cfg.Protection.Attributes[0], members, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return people
}

func TestOnlyWhoAgreesToBothIsMeasured(t *testing.T) {
	w := newWorld(t, measuring)
	w.stock(96)
	w.mixed(44)
	w.tell(0, 44)
	w.train()
	if got := w.measuredNow(); !slices.Equal(got, []int{22, 22, 0}) {
		t.Fatalf("%v", got)
	}
	ctx := context.Background()
	answer := func(id string, c tactful.Consent) {
		t.Helper()
		c.Method = "form"
		if _, err := w.SetConsents(ctx, user(id), ConsentChange{Answers: []tactful.Consent{c}}); err != nil {
			t.Fatal(err)
		}
	}
	answer("crowd-0", tactful.Consent{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}) // no list of their own
	answer("crowd-1", tactful.Consent{Purpose: tactful.Protection, Answer: tactful.Withdrawn})      // no measuring
	if _, err := w.SetConsents(ctx, user("crowd-3"), ConsentChange{Level: tactful.Generic}); err != nil {
		t.Fatal(err)
	}
	if err := w.Restrict(ctx, user("crowd-5")); err != nil {
		t.Fatal(err)
	}
	if err := w.RemovePanel(ctx, user("crowd-2"), "gender"); err != nil {
		t.Fatal(err)
	}
	if got := w.measuredNow(); !slices.Equal(got, []int{20, 19, 0}) {
		t.Errorf("%v", got)
	}
}

func TestTheListThatIsMeasuredIsTheOneThatIsShown(t *testing.T) {
	w := newWorld(t, measuring)
	w.stock(96)
	w.mixed(120)
	w.tell(0, 120)
	w.train()
	m := newMirror(w.Engine, w.ground.Load())
	ref, err := w.find(context.Background(), user("crowd-7"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	seen, ok, err := m.member(context.Background(), ref, w.clock.Now())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	d := w.decide(tactful.Request{Subject: user("crowd-7"), Placement: tactful.ForYou, Count: measuredLength})
	var shown []*tactful.Item
	for i := range d.Suggestions {
		shown = append(shown, &d.Suggestions[i].Item)
	}
	if want := m.mix(shown); !slices.Equal(seen.List, want) || slices.Max(want) == 0 {
		t.Errorf("%v, want %v", seen.List, want)
	}
}

func TestListsThatTreatGroupsDifferentlyAreLoggedAndCounted(t *testing.T) {
	w := newWorld(t, measuring)
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	w.sayMeasures(&panel.Measures{Comparisons: []panel.Comparison{{Attribute: "gender", Beyond: []string{panel.BeyondServed}}, {Attribute: "region"}}})
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "beyond=[served]") || !strings.Contains(text, "level=INFO") {
		t.Errorf("%s", text)
	}
}

func TestMeasuresArePaidForEvenIfTheServerIsKilledAndStartedAnew(t *testing.T) {
	w := newWorld(t, measuring)
	w.stock(96)
	w.mixed(60)
	w.tell(0, 60)
	w.train()
	m, err := w.MeasurePanel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.open()
	again, err := w.MeasurePanel(context.Background())
	if err != nil || asText(t, again) != asText(t, m) {
		t.Errorf("%+v, %v", again, err)
	}
}
