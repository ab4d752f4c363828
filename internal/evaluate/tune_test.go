package evaluate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestTuningIsRepeatableAndResumable(t *testing.T) {
	train := Synthetic(150, 120, 1500, 2)
	path := filepath.Join(t.TempDir(), "journal")
	o := TuneOptions{K: 20, Seed: 4}
	want, err := Tune(context.Background(), clock, train, o)
	if err != nil || !want.Finished || len(want.Trials) < 8 {
		t.Fatalf("%+v, %v", want, err)
	}
	// Stopped after a few trials, then cut in the middle of a line, as by a crash.
	o.Journal = path
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	o.Told = func(Trial) {
		if n++; n == 5 {
			cancel()
		}
	}
	if _, err := Tune(ctx, clock, train, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Count(b, []byte("\n")) != 6 {
		t.Fatalf("the journal is %q, %v", b, err)
	}
	if err := os.WriteFile(path, append(b, `{"k":20,"expo`...), 0o600); err != nil {
		t.Fatal(err)
	}
	resumed := 0
	o.Told = func(t Trial) {
		if t.Resumed {
			resumed++
		}
	}
	got, err := Tune(context.Background(), clock, train, o)
	if err != nil {
		t.Fatal(err)
	}
	if resumed != 5 || got.Settings != want.Settings || got.Exponent != want.Exponent || len(got.Trials) != len(want.Trials) {
		t.Fatalf("resumed %d; chose %+v, not %+v", resumed, got.Chosen, want.Chosen)
	}
	if _, err := Tune(context.Background(), clock, Synthetic(150, 120, 1500, 3), o); tactful.KindOf(err) != tactful.Invalid {
		t.Fatalf("the journal of other data: %v", err)
	}
}

// jumpingClock is an hour later each time.
type jumpingClock struct{ calls int }

func (c *jumpingClock) Now() time.Time {
	c.calls++
	return clock.Now().Add(time.Duration(c.calls) * time.Hour)
}

func TestTuningStopsWithItsBudgetAndSaysSo(t *testing.T) {
	got, err := Tune(context.Background(), &jumpingClock{}, Synthetic(100, 60, 900, 2), TuneOptions{K: 10, Budget: 150 * time.Minute})
	if err != nil || got.Finished || len(got.Trials) == 0 || len(got.Trials) > 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.Settings.Validate() != nil {
		t.Fatal("a search cut short gave no settings")
	}
}

func TestTuningNeedsHistoriesLongEnoughToCut(t *testing.T) {
	if _, err := Tune(context.Background(), clock, &Pairs{Items: 3, People: [][]uint32{{1, 2}}}, TuneOptions{}); tactful.KindOf(err) != tactful.Invalid {
		t.Fatal(err)
	}
}
