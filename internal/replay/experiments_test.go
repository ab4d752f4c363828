package replay

import (
	"context"
	"testing"
)

func TestNobodyIsTestedWhoDidNotAgreeAndHarmStops(t *testing.T) {
	opt := options(t)
	opt.N = 60
	row, err := measureExperiments(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	if !row.Met || row.Tactful != 0 || row.Plain != 1 {
		t.Errorf("missed: %+v", row)
	}
}

// careless is the control: it asks nobody, as in 2014.
type careless struct{ laboratory }

func (careless) gets(context.Context, string) (string, bool, error) { return "other", true, nil }

// deaf does not look.
type deaf struct{ laboratory }

func (deaf) look(context.Context) (bool, error) { return false, nil }

func TestTheReplayNoticesWhoAsksNobodyAndWhoDoesNotLook(t *testing.T) {
	opt := options(t)
	opt.N = 12
	row, err := experimentsFrom(t.Context(), opt, func(l *lab) laboratory { return careless{l} })
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful != 1 {
		t.Errorf("who asks nobody passes: %+v", row)
	}
	row, err = experimentsFrom(t.Context(), opt, func(l *lab) laboratory { return deaf{l} })
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Beside[0].Met || row.Beside[1].Met {
		t.Errorf("who does not look passes: %+v", row)
	}
}
