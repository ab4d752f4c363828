package engine

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhoMustHearOfHarmIsCalledUntilTheyAnswerAndNothingIsSaidOfAnybody(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.shut()
	refusing := true
	heard := newPost(func(call) (int, error) {
		if refusing {
			return 503, nil
		}
		return 204, nil
	})
	var log bytes.Buffer
	again := func() {
		t.Helper()
		w.cfg.Experiments.Alert = "https://desk.example/alerts"
		opt := w.options()
		opt.Outbound, opt.Log = heard, slog.New(slog.NewTextHandler(&log, nil))
		e, err := Open(ctx, w.cfg, opt)
		if err != nil {
			t.Fatal(err)
		}
		w.Engine = e
	}
	look := func() {
		t.Helper()
		if err := w.LookAtExperiments(ctx); err != nil {
			t.Fatal(err)
		}
	}
	again()
	w.stock(6)
	w.running(testedFile)
	w.dismay(0, 30, 0)
	look()
	if len(heard.all()) != 0 || len(w.Health().Harmed) != 0 {
		t.Fatalf("an alert of a calm experiment: %+v", heard.all())
	}
	w.clock.pass(time.Minute)
	w.dismay(30, 120, 1)
	look() // it is stopped, and the desk does not answer
	w.shut()
	again()
	look()
	refusing = false
	look()
	look()
	calls := heard.all()
	if len(calls) != 3 || calls[0].id != calls[2].id || calls[0].url != "https://desk.example/alerts" || !strings.HasPrefix(calls[0].signature, "v1a,") {
		t.Fatalf("calls %+v", calls)
	}
	for _, c := range calls {
		body := string(c.body)
		if !strings.Contains(body, `"type":"experiment.harmed"`) || !strings.Contains(body, `"experiment":"calm-button"`) || !strings.Contains(body, `"guardrail":"creepy"`) {
			t.Errorf("the call says %s", body)
		}
		for i := range 120 {
			if strings.Contains(body, w.ref(fmt.Sprintf("p%d", i)).Hex()) {
				t.Errorf("the call says who: %s", body)
			}
		}
	}
	if got := w.Health().Harmed; !slices.Equal(got, []string{"calm-button"}) {
		t.Errorf("the gauge says %v", got)
	}
	if got := w.harmSentence(); !strings.Contains(got, "Harm stopped calm-button") {
		t.Errorf("the doctor says %q", got)
	}
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "did harm and was stopped") {
		t.Error("the log says nothing of it")
	}
	w.clock.pass(8 * 24 * time.Hour)
	if got := w.harmSentence(); got != "" {
		t.Errorf("a week later the doctor still says %q", got)
	}
}
