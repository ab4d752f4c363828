package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	grid "github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/report"
)

// way is a walk northwards, about 100 m and a minute between points.
func way(lat, lng float64, points int, begun time.Time) []grid.Point {
	all := make([]grid.Point, points)
	for i := range all {
		all[i] = grid.Point{Lat: lat + 0.0009*float64(i), Lng: lng, Time: begun.Add(time.Duration(i) * time.Minute)}
	}
	return all
}

func TestOfWhereSomebodyWasOneCoarseCellIsKeptAndOnlyIfTheyAgreed(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(c *Config) { c.Location.Keep = 48 * time.Hour })
	w.stock(3)
	w.agree("anna", tactful.Personal)
	walk := way(47.05, 8.31, 60, noon.Add(-2*time.Hour))
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, walk); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("without a yes to location: %v", err)
	}
	if _, err := w.Locate(ctx, user("nobody"), grid.Quarter, walk); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("of somebody unknown: %v", err)
	}
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	got, err := w.Locate(ctx, user("anna"), grid.Quarter, walk)
	if err != nil {
		t.Fatal(err)
	}
	cell, ok := grid.ParseToken(got.Cell)
	if !ok || cell.Level() != grid.QuarterLevel || !got.Hour.Equal(got.Hour.Truncate(time.Hour)) {
		t.Errorf("kept %+v", got)
	}
	kept := func() string {
		t.Helper()
		where, err := w.Whereabouts(ctx, user("anna"))
		if err != nil {
			t.Fatal(err)
		}
		return where.Cell
	}
	// What comes late does not overwrite, and less precision coarsens what is kept.
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, way(48.2, 9.9, 60, noon.Add(-50*time.Hour))); err != nil || kept() != got.Cell {
		t.Errorf("an older way: %v, kept %s", err, kept())
	}
	if _, err := w.Locate(ctx, user("anna"), grid.Town, nil); err != nil || kept() != cell.Parent(grid.TownLevel).Token() {
		t.Errorf("a town instead of a quarter: %v, kept %s", err, kept())
	}
	w.answerTo("anna", tactful.LocationUse, tactful.Withdrawn)
	if kept() != "" {
		t.Errorf("after the no %s is kept", kept())
	}
	w.clock.pass(time.Second)
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, walk); err != nil || kept() == "" {
		t.Errorf("after another yes: %v", err)
	}
	w.clock.pass(49 * time.Hour)
	if kept() != "" {
		t.Error("the cell outlives its term")
	}
	if _, err := w.Locate(ctx, user("anna"), grid.Off, nil); err != nil || kept() != "" {
		t.Errorf("off: %v", err)
	}
	for name, points := range map[string][]grid.Point{
		"off the earth": {{Lat: 95, Lng: 8, Time: noon}}, "of no time": {{Lat: 47, Lng: 8}}, "of the future": {{Lat: 47, Lng: 8, Time: w.clock.Now().Add(48 * time.Hour)}},
		"too many": make([]grid.Point, maxPoints+1),
	} {
		if _, err := w.Locate(ctx, user("anna"), grid.Town, points); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("a point %s: %v", name, err)
		}
	}
}

// TestNoCoordinateReachesTheDisk looks for a canary of coordinates in every file.
func TestNoCoordinateReachesTheDisk(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	walk := way(47.0512345, 8.3198765, 60, noon.Add(-2*time.Hour))
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, walk); err != nil {
		t.Fatal(err)
	}
	copied := string(w.export("anna", FormatJSON))
	for _, canary := range []string{"47.05", "8.3198", "3198765"} {
		if strings.Contains(copied, canary) {
			t.Errorf("the copy of all that is kept has %s", canary)
		}
	}
	err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("3198765")) || bytes.Contains(text, []byte("0512345")) {
			t.Errorf("%s has coordinates", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAMapIsOffUntilItIsSwitchedOnAndShowsTheCrowdAlone(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	if _, err := w.AskReport(ctx, report.Question{Report: report.Places}); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("a map by default: %v", err)
	}
	w = newWorld(t, func(c *Config) {
		c.Reports.Epsilon = 8
		c.Location.Heat = report.Heat{On: true, K: 50, Settled: 100, Places: []grid.Zone{{Lat: 47.05, Lng: 8.31, Metres: 9000}}}
	})
	w.stock(3)
	begun := noon.Add(-2 * time.Hour)
	together(170, func(i int) {
		id := fmt.Sprintf("p-%d", i)
		w.agree(id, tactful.Personal)
		w.answerTo(id, tactful.LocationUse, tactful.Granted)
		walk := way(47.05, 8.31, 40, begun)
		if i >= 130 { // forty far off
			walk = way(47.8, 9.5, 40, begun)
		}
		if _, err := w.Locate(ctx, user(id), grid.Quarter, walk); err != nil {
			t.Error(err)
		}
	})
	w.answerTo("p-0", tactful.Improvement, tactful.Withdrawn)
	a := w.mustAsk(report.Question{Report: report.Places})
	if len(a.Rows) != 1 || a.Rows[0].People < 100 || a.Rows[0].People > 160 {
		t.Errorf("rows %v", a.Rows)
	}
	m, err := report.MapOf(a)
	if err != nil || len(m.Cells) != 1 {
		t.Fatal(m, err)
	}
	if again := w.mustAsk(report.Question{Report: report.Places}); fmt.Sprint(again.Rows) != fmt.Sprint(a.Rows) {
		t.Error("the same map has other numbers")
	}
	w.clock.pass(26 * time.Hour) // the month's budget is spent, and nobody can ask for yesterday
	if later := w.mustAsk(report.Question{Report: report.Places}); later.Until != a.Until || fmt.Sprint(later.Rows) != fmt.Sprint(a.Rows) {
		t.Errorf("a map that is paid for cannot be had: of %s, %v", later.Until, later.Rows)
	}
}

func TestNothingFinerIsKeptOrUsedThanThePersonWants(t *testing.T) {
	w := branchy(t, nil)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	want := func(l tactful.PlaceLimit) PreferencesChange {
		t.Helper()
		change, err := w.PatchPreferences(person, user("anna"), tactful.PreferencesPatch{Place: &l})
		if err != nil {
			t.Fatal(err)
		}
		return change
	}
	kept := func() Located {
		t.Helper()
		at, err := w.Whereabouts(person, user("anna"))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	walk := way(47.05, 8.31, 60, noon.Add(-2*time.Hour))
	first, err := w.Locate(person, user("anna"), grid.Quarter, walk)
	if cell, ok := grid.ParseToken(first.Cell); err != nil || !ok || cell.Level() != grid.QuarterLevel {
		t.Fatalf("before she set a limit: %+v, %v", first, err)
	}
	w.clock.pass(24 * time.Hour)
	change := want(tactful.PlaceTown)
	at := kept()
	if cell, _ := grid.ParseToken(at.Cell); cell.Level() != grid.TownLevel || !at.Until.Equal(first.Until.Truncate(time.Second)) && !at.Until.Equal(first.Until) {
		t.Errorf("after she wanted a town: %+v, first until %v", at, first.Until)
	}
	if _, list := w.forAnna(); !strings.Contains(list, "you share your town") || strings.Contains(list, "part of town") {
		t.Errorf("her next list: %s", list)
	}
	if got, err := w.Locate(person, user("anna"), grid.Quarter, way(47.05, 8.31, 60, w.clock.Now().Add(-2*time.Hour))); err != nil || got.Precision != grid.Town {
		t.Errorf("the shop sends a quarter: %+v, %v", got, err)
	}
	if _, err := w.PatchPreferences(person, user("anna"), change.Undo); err != nil {
		t.Fatal(err)
	}
	if at := kept(); at.Precision != grid.Town {
		t.Errorf("taking the limit back makes what is kept finer: %+v", at)
	}
	want(tactful.PlaceOff)
	if at := kept(); at.Cell != "" || at.Precision != grid.Off {
		t.Errorf("after off %+v is kept", at)
	}
	if got, err := w.Locate(person, user("anna"), grid.Quarter, walk); err != nil || got.Cell != "" {
		t.Errorf("what is sent while it is off: %+v, %v", got, err)
	}
	if _, list := w.forAnna(); strings.Contains(list, "near you") {
		t.Error("her list uses a place that she switched off")
	}
	// A crash between the two writes leaves a quarter on disk: it is used as a town.
	w.answerTo("anna", tactful.LocationUse, tactful.Withdrawn)
	w.clock.pass(time.Second)
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	want(tactful.PlaceUnset)
	if _, err := w.Locate(person, user("anna"), grid.Quarter, way(47.05, 8.31, 60, w.clock.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	said, version, err := w.records.ReadPreferences(person, w.ref("anna"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	said.Place = tactful.PlaceTown
	if _, err := w.records.WritePreferences(person, w.ref("anna"), version, &said, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if _, list := w.forAnna(); !strings.Contains(list, "you share your town") || kept().Precision != grid.Quarter {
		t.Errorf("with a quarter on disk: %s", list)
	}
}
