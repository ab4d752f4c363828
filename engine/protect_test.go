package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// guarded declares gender with a small panel.
func guarded(c *Config) {
	c.Protection.Attributes = []Attribute{{Name: "gender", Values: []string{"canary-f", "canary-m", "canary-x"}, Least: 40}}
}

func (w *world) protect(id string, answer tactful.Answer) {
	w.t.Helper()
	for _, n := range w.Notices("en") {
		if n.Purpose != tactful.Protection {
			continue
		}
		if _, err := w.SetConsents(context.Background(), user(id), ConsentChange{Answers: []tactful.Consent{{
			Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"}}}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// mixed lets n people buy twelve of 96 items, within a theme of every third item
// mostly; those of even number lean to the first half, the others to the second.
func (w *world) mixed(n int) {
	w.t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		id := fmt.Sprintf("crowd-%d", i)
		w.agree(id, tactful.Personal)
		var bought []int
		for len(bought) < 12 {
			item := rng.IntN(48)
			if rng.IntN(2) == 0 {
				item = item/3*3 + i/2%3
			}
			if (rng.IntN(4) == 0) == (i%2 == 0) {
				item += 48
			}
			if !slices.Contains(bought, item+1) {
				bought = append(bought, item+1)
			}
		}
		w.mustSend(id, "purchased", bought...)
	}
}

// tell lets people say which they are.
func (w *world) tell(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprintf("crowd-%d", i)
		w.protect(id, tactful.Granted)
		if err := w.SetPanel(context.Background(), user(id), "gender", genderOf(i)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func genderOf(i int) string { return []string{"canary-f", "canary-m"}[i%2] }

// gap is the difference between the two groups in the share of their lists that
// the second half of the items has.
func (w *world) gap(people int) float64 {
	w.t.Helper()
	m := w.ground.Load().model
	var upper, all [2]float64
	for i := range people {
		ref, err := w.find(context.Background(), user(fmt.Sprintf("crowd-%d", i)), w.clock.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		s, err := w.records.Open(context.Background(), ref, records.Want{Contribution: true}, w.clock.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		own := map[int32]bool{}
		var inputs []model.Input
		for _, e := range s.Contribution.Items {
			if column, ok := m.Column(e.No); ok {
				own[column] = true
				inputs = append(inputs, model.Input{Column: column, Weight: 1})
			}
		}
		for _, best := range m.Score(m.NewScratch(), inputs, 20, func(column int32) bool { return own[column] }) {
			all[i%2]++
			if m.Number(best.Column) > 48 {
				upper[i%2]++
			}
		}
	}
	return math.Abs(upper[0]/all[0] - upper[1]/all[1])
}

func TestModelIsBlindToWhatThePanelTold(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(96)
	w.mixed(200)
	plain := w.train()
	told := w.gap(200)
	if len(plain.Blind) != 0 || plain.PanelFit != 0 || told < 0.1 {
		t.Fatalf("without a panel: %+v, gap %.3f", plain, told)
	}
	w.tell(0, 36) // 18 of each: too few
	if r := w.train(); r.Hash != plain.Hash || r.PanelFit != 0 {
		t.Errorf("a panel of 36 changed the model: %+v", r)
	}
	w.tell(36, 200)
	blind := w.train()
	if len(blind.Blind) != 1 || blind.Blind[0].Attribute != "gender" || blind.PanelFit == 0 || blind.Columns != int(blind.Items) {
		t.Errorf("the report says %+v", blind)
	}
	t.Logf("the groups' lists differ by %.3f, %.3f without the panel", w.gap(200), told)
	if gap := w.gap(200); gap > told/2 {
		t.Errorf("the groups' lists differ by %.3f, %.3f without the panel", gap, told)
	}
	if again := w.train(); again.PanelFit != 0 || again.Hash != blind.Hash {
		t.Errorf("an unchanged panel was fitted again: %+v", again)
	}
	counts, err := w.Panels(context.Background())
	if err != nil || len(counts) != 3 || counts[0].People != 100 || counts[1].People != 100 || !counts[2].Few || counts[2].People != 0 {
		t.Errorf("the counts are %+v, %v", counts, err)
	}
}

// However members leave (by taking it back, by withdrawing, by ending their yes
// to improvement, by being erased, because their yes runs out), the model is the
// one of a shop that they never told anything.
func TestWhoLeavesThePanelLeavesNoTraceInTheModel(t *testing.T) {
	hash := func(told, leave int, how func(w *world, id string)) string {
		w := newWorld(t, guarded)
		w.stock(96)
		w.mixed(80)
		w.tell(0, told)
		w.train()
		for i := told - leave; i < told; i++ {
			how(w, fmt.Sprintf("crowd-%d", i))
		}
		return w.train().Hash
	}
	never := hash(76, 0, nil)
	for name, how := range map[string]func(w *world, id string){
		"takes it back": func(w *world, id string) {
			if err := w.RemovePanel(context.Background(), user(id), "gender"); err != nil {
				t.Fatal(err)
			}
		},
		"withdraws": func(w *world, id string) { w.protect(id, tactful.Denied) },
	} {
		if got := hash(80, 4, how); got != never {
			t.Errorf("%s: a trace is left", name)
		}
		if got := hash(80, 0, nil); got == never {
			t.Fatal("four more members make no difference: the test shows nothing")
		}
	}
	forget := func(w *world, id string) {
		if _, err := w.Erase(context.Background(), user(id)); err != nil {
			t.Fatal(err)
		}
	}
	member := hash(80, 4, forget)
	outside := hash(76, 0, nil)
	w := newWorld(t, guarded)
	w.stock(96)
	w.mixed(80)
	for i := 76; i < 80; i++ {
		forget(w, fmt.Sprintf("crowd-%d", i))
	}
	w.tell(0, 76)
	if got := w.train().Hash; got != member || got == outside {
		t.Error("an erased member left a trace")
	}
}

func TestPanelRefusesWhatItMustNotKeep(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	set := func(id, attribute, value string) tactful.Kind {
		return tactful.KindOf(w.SetPanel(context.Background(), user(id), attribute, value))
	}
	for _, c := range []struct {
		name string
		got  tactful.Kind
		want tactful.Kind
	}{
		{"without a yes to protection", set("anna", "gender", "canary-f"), tactful.Refused},
		{"an attribute that is not declared", set("anna", "religion", "canary-f"), tactful.Invalid},
		{"a value that is not listed", set("anna", "gender", "canary-z"), tactful.Invalid},
		{"for somebody unknown", set("nobody", "gender", "canary-f"), tactful.NotFound},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", c.name, c.got)
		}
	}
	w.protect("anna", tactful.Granted)
	if kind := set("anna", "gender", "canary-f"); kind != 0 {
		t.Errorf("with a yes: %v", kind)
	}
	w.clock.pass(400 * 24 * time.Hour) // the yes runs out
	if kind := set("anna", "gender", "canary-f"); kind != tactful.Refused {
		t.Errorf("after the yes ran out: %v", kind)
	}
}

// Whoever reads the panel's row fails here, since nobody can open it: all that
// serves does not notice, and only the fit does.
func TestNothingThatServesOpensThePanel(t *testing.T) {
	w := newWorld(t, guarded)
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.stock(96)
	w.mixed(80)
	w.tell(0, 80)
	w.train()
	ctx := context.Background()
	ref, err := w.find(ctx, user("crowd-1"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := store.Partition{Section: store.Subjects, ID: ref}
	answers, err := w.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, From: []byte{5}, To: []byte{6}, Now: w.clock.Now()}})
	if err != nil || len(answers[0].Rows) != 1 {
		t.Fatalf("the panel's row is not where the test looks: %v", err)
	}
	if bytes.Contains(answers[0].Rows[0].Value, []byte("canary")) {
		t.Error("the row can be read without its key")
	}
	row := answers[0].Rows[0]
	row.Value = append(bytes.Clone(row.Value), 'x')
	results, err := w.data.Write(ctx, []store.Batch{{Partition: p, Expect: answers[0].Version, State: []store.Row{row}}})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	var told strings.Builder
	write := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("something that serves reads the panel: %v", err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
	}
	d := w.decide(tactful.Request{Subject: user("crowd-1"), Placement: tactful.ForYou})
	if d.Level < tactful.Personal {
		t.Fatalf("decided at level %s: the test shows nothing", d.Level)
	}
	write(d, nil)
	write(w.Receipt(ctx, d.ID))
	write(w.Receipts(ctx, user("crowd-1"), 10))
	write(w.History(ctx, user("crowd-1"), 10))
	write(w.Consents(ctx, user("crowd-1")))
	write(w.ModelCard())
	write(w.Diagnose(ctx))
	write(w.Tally(), nil)
	write(w.Health(), nil)
	w.mustSend("crowd-1", "viewed", 3)
	if _, err := w.Train(ctx, nil); err == nil {
		t.Error("the fit did not read the panel: the test shows nothing")
	} else {
		told.WriteString(err.Error())
	}
	told.WriteString(log.String())
	if !strings.Contains(log.String(), "panel changed: full fit") {
		t.Errorf("the log does not say what the panel cost: %s", log.String())
	}
	if strings.Contains(told.String(), "canary") {
		t.Error("a value of the panel is told")
	}
}
