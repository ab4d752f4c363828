package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestADamagedModelIsRefusedAndListsStayGeneralUntilTheNextFit(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 5)
	good := w.train()
	r := tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}
	before := shown(w.decide(r))
	file := w.modelPath(good.Hash)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	other := newWorld(t, nil)
	other.stock(24)
	other.crowd(80, 24)
	foreign, err := os.ReadFile(other.modelPath(other.train().Hash))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(content)
	flipped[len(flipped)/2] ^= 1

	for _, tt := range []struct {
		name    string
		content []byte // nil: no file
	}{
		{"a file cut short is refused", content[:len(content)-7]},
		{"a file of one byte is refused", content[:1]},
		{"an empty file is refused", []byte{}},
		{"a file with one bit turned is refused", flipped},
		{"a file with something behind its end is refused", append(bytes.Clone(content), 0)},
		{"a sound model of another shop is refused", foreign},
		{"a text is refused", []byte("this is not a model")},
		{"a missing file is refused", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.shut()
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if tt.content != nil {
				if err := os.WriteFile(file, tt.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var text bytes.Buffer
			w.reopen(&text)
			if !strings.Contains(text.String(), "the model is refused; lists are general until the next fit") {
				t.Errorf("the log says %q", text.String())
			}
			if h := w.Health(); h.ModelHash != "" || h.ModelItems != 0 || h.ModelPeople != 0 || !h.Ready {
				t.Errorf("health says %+v", h)
			}
			d := w.decide(r)
			if len(d.Suggestions) == 0 {
				t.Error("there is no list at all")
			}
			for _, s := range d.Suggestions {
				if s.Origin == tactful.Ranked {
					t.Errorf("%s is ranked by a model that is not there", s.Item.ID)
				}
			}
			diagnosis, err := w.Diagnose(context.Background())
			if err != nil || !slices.ContainsFunc(diagnosis.Sentences, func(s string) bool { return strings.Contains(s, "no model") }) {
				t.Errorf("the doctor says %q, %v", diagnosis.Sentences, err)
			}
			if again := w.train(); again.Hash != good.Hash {
				t.Errorf("the next fit gives %.12s, before it was %.12s", again.Hash, good.Hash)
			}
			if after := shown(w.decide(r)); !slices.Equal(before, after) {
				t.Errorf("the list is %v, before it was %v", after, before)
			}
		})
	}
}

func TestErasingUnderARefusedModelStillRemovesItsFile(t *testing.T) {
	never := neverSeen(t)
	w := withAnna(t, never)
	file := w.modelPath(w.Health().ModelHash)
	w.shut()
	if err := os.Truncate(file, 100); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := w.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("what is left of the model that knew her: %v", err)
	}
	if got := w.Health().ModelHash; got != never {
		t.Errorf("the model is %.12s, never seen is %.12s", got, never)
	}
}

func TestErasingAfterAChangeOfSettingsForgetsOneAndNotEverybody(t *testing.T) {
	settle := func(c *Config) { c.Learn.UserExponent = 0.7 }
	fresh := newWorld(t, settle)
	fresh.stock(24)
	fresh.crowd(60, 24)
	never := fresh.train()

	w := withAnna(t, never.Hash)
	w.shut()
	settle(&w.cfg)
	w.open()
	if _, err := w.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if got := w.Health().ModelHash; got != never.Hash {
		t.Errorf("the model is %.12s of %d items, never seen is %.12s of %d", got, w.Health().ModelItems, never.Hash, never.Items)
	}
}

func TestTheBackgroundFitsWhenEnoughHasChanged(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Learn.Check, c.Learn.Changes, c.Learn.Every = 100*time.Millisecond, 200, 24*time.Hour
	})
	w.stock(24)
	w.crowd(12, 24)
	first := w.train()
	if w.due(w.clock.Now()) {
		t.Fatal("a fit is due although nothing has changed")
	}
	w.agree("anna", tactful.Personal)
	for n := 0; !w.due(w.clock.Now()); n++ {
		if n > 200 {
			t.Fatal("a fit is never due")
		}
		w.clock.pass(time.Second)
		w.mustSend("anna", "purchased", 1+n%24, 1+(n+4)%24)
		if n < 50 && w.due(w.clock.Now()) {
			t.Fatalf("a fit is due after %d changes", n)
		}
	}
	w.awaitModel(first.Hash)
	if w.due(w.clock.Now()) {
		t.Error("a fit is still due")
	}
}

func TestTheBackgroundFitsBySchedule(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Learn.Check, c.Learn.Changes, c.Learn.Every = 100*time.Millisecond, 1_000_000, time.Hour
	})
	w.stock(24)
	w.crowd(12, 24)
	first := w.train()
	w.clock.pass(2 * time.Hour)
	if w.due(w.clock.Now()) {
		t.Error("a fit is due although nothing has changed")
	}
	w.clock.pass(-2 * time.Hour)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3)
	w.clock.pass(59 * time.Minute)
	if w.due(w.clock.Now()) {
		t.Error("a fit is due before its time")
	}
	w.clock.pass(time.Minute)
	w.awaitModel(first.Hash)
}

func TestTheBackgroundForgetsWhosePermissionHasRunOut(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Learn.Check = 100 * time.Millisecond })
	w.stock(24)
	w.crowd(12, 24)
	first := w.train()
	w.clock.pass(10 * 366 * 24 * time.Hour)
	w.awaitModel(first.Hash)
	if h := w.Health(); h.ModelItems != 0 {
		t.Errorf("the model still knows %d items of people whose yes ran out", h.ModelItems)
	}
}

func TestAStartKnowsWhatAnEarlierProcessLeftToLearn(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(12, 24)
	w.train()
	w.shut()
	w.open()
	if w.due(w.clock.Now()) {
		t.Error("a fit is due although nothing has changed")
	}
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3)
	w.shut()
	w.open()
	if w.due(w.clock.Now()) {
		t.Error("a start makes a fit due before its time")
	}
	w.clock.pass(time.Hour)
	if !w.due(w.clock.Now()) {
		t.Error("what was sent before the restart waits for somebody else's change")
	}
}

func TestTrainingAfterARestartEqualsTrainingWithoutOne(t *testing.T) {
	through := newWorld(t, nil)
	through.stock(24)
	through.crowd(30, 24)
	through.clock.pass(time.Minute)
	through.crowd(60, 24)
	want := through.train()

	w := newWorld(t, nil)
	w.stock(12) // the others are listed later, by another process
	w.crowd(30, 24)
	half := w.train()
	w.shut()
	w.open()
	if h := w.Health(); h.ModelPeople != int(half.People) || half.People == 0 {
		t.Errorf("after a restart health counts %d people in the model, the fit %d", h.ModelPeople, half.People)
	}
	if h := w.Health(); h.ModelHash != half.Hash {
		t.Errorf("after a restart the model is %.12s, before it was %.12s", h.ModelHash, half.Hash)
	}
	if again := w.train(); again.Hash != half.Hash {
		t.Errorf("trained again on the same it is %.12s", again.Hash)
	}
	w.stock(24)
	w.shut()
	w.open()
	w.clock.pass(time.Minute)
	w.crowd(60, 24)
	w.shut()
	w.open()
	if got := w.train(); got.Hash != want.Hash || got.People != want.People {
		t.Errorf("after restarts %.12s of %d people, without %.12s of %d", got.Hash, got.People, want.Hash, want.People)
	}
	files, err := os.ReadDir(filepath.Dir(w.modelPath("x")))
	if err != nil || len(files) != 1 {
		t.Errorf("model files: %v %v", files, err)
	}
}

// awaitModel waits until the background has put another model to use.
func (w *world) awaitModel(old string) {
	w.t.Helper()
	look, late := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer look.Stop()
	for w.Health().ModelHash == old || w.due(w.clock.Now()) {
		select {
		case <-look.C:
		case <-late:
			w.t.Fatal("the background fitted nothing in twenty seconds")
		}
	}
}
