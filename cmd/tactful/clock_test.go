package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

func TestAClockThatWasWrongIsAcceptedByNameAndStaysOnRecord(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	accept := []string{"clock", "accept", "--as", "Ada B.", "--reason", "the time server was two years ahead"}
	if _, errOut, code := s.run(append(accept, s.stores()...)...); code != 1 || !strings.Contains(errOut, "nothing to accept") {
		t.Errorf("with a clock that was never wrong: exit %d %s", code, errOut)
	}
	cfg, err := (&configFlags{DataDir: filepath.Join(s.dir, "data"), KeyDir: filepath.Join(s.dir, "keys")}).load()
	if err != nil {
		t.Fatal(err)
	}
	wrong := time.Now().UTC().AddDate(2, 0, 0).Truncate(time.Second)
	eng, err := engine.Open(context.Background(), cfg.Engine, engine.Options{Dir: cfg.DataDir, KeyDir: cfg.KeyDir,
		Clock: tactful.FixedClock(wrong), Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := eng.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if out := s.on("doctor"); !strings.Contains(out, "clock accept") || strings.Contains(out, "100 % of 1 people get") {
		t.Errorf("the doctor says %s", out)
	}
	if _, errOut, code := s.run(append([]string{"clock", "accept"}, s.stores()...)...); code != 2 || !strings.Contains(errOut, "--reason") {
		t.Errorf("without a name and a reason: exit %d %s", code, errOut)
	}
	if done := parse[acceptedClock](t, s.on(append(accept, "--json")...)); !done.Was.Equal(wrong) {
		t.Errorf("%+v", done)
	}
	if out := s.on("doctor"); strings.Contains(out, "clock accept") || !strings.Contains(out, "100 % of 1 people get") {
		t.Errorf("afterwards the doctor says %s", out)
	}
	if list := parse[[]acceptedClock](t, s.on("clock", "log", "--json")); len(list) != 1 || list[0].By != "Ada B." {
		t.Errorf("%+v", list)
	}
	if out := s.on("clock", "log"); !strings.Contains(out, "Ada B.") || !strings.Contains(out, "two years ahead") {
		t.Error(out)
	}
}
