package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachStartIsComparedWithTheOneBefore(t *testing.T) {
	w := newWorld(t, nil)
	start := func(by string, settings ...SettingValue) []ConfigChange {
		t.Helper()
		w.shut()
		e, err := Open(context.Background(), w.cfg, Options{
			Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
			Settings: settings, By: by,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Engine = e
		w.clock.pass(time.Hour)
		log, err := w.ConfigLog(context.Background(), 100)
		if err != nil {
			t.Fatal(err)
		}
		return log
	}
	value := func(key, print, shown string) SettingValue { return SettingValue{key, print, shown} }
	if log := start("ada"); len(log) != 0 {
		t.Errorf("an engine without settings recorded %+v", log)
	}
	first := ConfigChange{Time: noon.Add(time.Hour), By: "ada", What: ChangeFirst}
	if diff := cmp.Diff([]ConfigChange{first}, start("ada", value("a", "1", "5"), value("secret", "2", ""), value("gone", "3", "x"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]ConfigChange{first}, start("ada", value("a", "1", "5"), value("secret", "2", ""), value("gone", "3", "x"))); diff != "" {
		t.Errorf("a start that changed nothing is on record: %s", diff)
	}
	second := ConfigChange{Time: noon.Add(3 * time.Hour), By: "bob", What: ChangeSettings, Changed: []SettingChange{{"a", "5", "6"}, {"new", "", "y"}, {"secret", "", ""}, {"gone", "x", ""}}}
	if diff := cmp.Diff([]ConfigChange{second, first}, start("bob", value("a", "7", "6"), value("secret", "8", ""), value("new", "9", "y"))); diff != "" {
		t.Error(diff)
	}
	if log, err := w.ConfigLog(context.Background(), 1); err != nil || len(log) != 1 || log[0].By != "bob" {
		t.Errorf("the newest is %+v, %v", log, err)
	}
}

func TestTheLogOfChangesIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	for i := range maxConfigChanges + 20 {
		err := w.appendChange(context.Background(), func(map[string]settingInForce) (*ConfigChange, map[string]settingInForce) {
			return &ConfigChange{Time: noon, By: fmt.Sprint(i), What: ChangeSettings}, map[string]settingInForce{"a": {Print: fmt.Sprint(i)}}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	log, err := w.ConfigLog(context.Background(), 1<<20)
	if err != nil || len(log) > maxConfigChanges || len(log) < maxConfigChanges-1 || log[0].By != fmt.Sprint(maxConfigChanges+19) {
		t.Errorf("%d changes are kept, the newest by %s, %v", len(log), log[0].By, err)
	}
}

func TestAReleaseOfNewcomersIsOnRecord(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Learn.Newcomers = Newcomers{Share: 0.1, Least: 1, Within: time.Hour} })
	w.agreeAs(stolen("a"), "p")
	w.agreeAs(stolen("a"), "q")
	if _, err := w.ReleaseNewcomers(operator(), "a"); err != nil {
		t.Fatal(err)
	}
	log, err := w.ConfigLog(context.Background(), 10)
	want := []ConfigChange{{Time: noon, By: "Ada B., key ada", What: ChangeReleased, Changed: []SettingChange{{Setting: "people brought by a", To: "1"}}}}
	if diff := cmp.Diff(want, log); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
}
