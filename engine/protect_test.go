package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
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

// tell lets people of the crowd say which they are: the groups that bought
// items 1, 5, ... and 2, 6, ... are canary-f, the others canary-m.
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

func genderOf(i int) string { return []string{"canary-f", "canary-f", "canary-m", "canary-m"}[i%4] }

// gap is the largest difference between the two groups' mean scores of an item,
// against the mean size of that item's scores.
func (w *world) gap(people int) float64 {
	w.t.Helper()
	m := w.ground.Load().model
	sums, sizes := [2][]float64{make([]float64, m.Len()), make([]float64, m.Len())}, make([]float64, m.Len())
	counts := [2]float64{}
	for i := range people {
		ref, err := w.find(context.Background(), user(fmt.Sprintf("crowd-%d", i)), w.clock.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		which := i % 4 / 2
		counts[which]++
		err = w.records.ScanContributions(context.Background(), 0, 1, w.clock.Now(), func(r tactful.Ref, c *linear.Contribution) error {
			if r != ref {
				return nil
			}
			var inputs []model.Input
			total := 0.0
			for _, e := range c.Items {
				total += math.Abs(float64(e.Quantity))
			}
			for _, e := range c.Items { // as shares: being more active is no difference
				if column, ok := m.Column(e.No); ok {
					inputs = append(inputs, model.Input{Column: column, Weight: float64(e.Quantity) / total})
				}
			}
			for column := range m.Len() {
				for _, part := range m.Contributions(int32(column), inputs) {
					sums[which][column] += part.Value
					sizes[column] += math.Abs(part.Value)
				}
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	worst := 0.0
	for column := range sizes {
		if sizes[column] > 0 {
			worst = max(worst, math.Abs(sums[0][column]/counts[0]-sums[1][column]/counts[1])/(sizes[column]/(counts[0]+counts[1])))
		}
	}
	return worst
}

func TestModelIsBlindToWhatThePanelTold(t *testing.T) {
	w := newWorld(t, guarded)
	w.stock(24)
	w.crowd(80, 24)
	plain := w.train()
	if len(plain.Blind) != 0 || plain.PanelFit != 0 || w.gap(80) < 0.1 {
		t.Fatalf("without a panel: %+v, gap %g", plain, w.gap(80))
	}
	w.tell(0, 36) // 18 of each: too few
	if r := w.train(); r.Hash != plain.Hash || r.PanelFit != 0 {
		t.Errorf("a panel of 36 changed the model: %+v", r)
	}
	w.tell(36, 80)
	blind := w.train()
	if len(blind.Blind) != 1 || blind.Blind[0].Attribute != "gender" || blind.PanelFit == 0 || blind.Columns != int(blind.Items) {
		t.Errorf("the report says %+v", blind)
	}
	if gap := w.gap(80); gap > 1e-4 {
		t.Errorf("the groups' mean scores differ by %g of their size", gap)
	}
	if again := w.train(); again.PanelFit != 0 || again.Hash != blind.Hash {
		t.Errorf("an unchanged panel was fitted again: %+v", again)
	}
	counts, err := w.Panels(context.Background())
	if err != nil || len(counts) != 3 || counts[0].People != 40 || counts[1].People != 40 || !counts[2].Few || counts[2].People != 0 {
		t.Errorf("the counts are %+v, %v", counts, err)
	}
}

// However members leave (by taking it back, by withdrawing, by ending their yes
// to improvement, by being erased, because their yes runs out), the model is the
// one of a shop that they never told anything.
func TestWhoLeavesThePanelLeavesNoTraceInTheModel(t *testing.T) {
	hash := func(told, leave int, how func(w *world, id string)) string {
		w := newWorld(t, guarded)
		w.stock(24)
		w.crowd(80, 24)
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
		if err := w.Erase(context.Background(), user(id)); err != nil {
			t.Fatal(err)
		}
	}
	member := hash(80, 4, forget)
	outside := hash(76, 0, nil)
	w := newWorld(t, guarded)
	w.stock(24)
	w.crowd(80, 24)
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
	w.stock(24)
	w.crowd(80, 24)
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
