package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/config"
)

func tunePairs() string {
	var train strings.Builder
	for person := range 120 {
		fmt.Fprint(&train, person)
		for n := range 8 {
			fmt.Fprint(&train, " ", person%4*12+(5*n+person)%12+1)
		}
		fmt.Fprintln(&train)
	}
	return train.String()
}

func TestTuneWritesWhatItChoosesAndGoesOnWhereItStopped(t *testing.T) {
	s := newShell(t)
	train, journal := s.write("train.txt", tunePairs()), filepath.Join(s.dir, "journal")
	file := s.write("tactful.yaml", "# mine\nengine:\n  controller: Shop\n")
	out, errOut, code := s.run("tune", "--train", train, "--k", "20", "--support=2", "--journal", journal, "--write", file)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if l := cfg.Engine.Learn; l.Neighbours != 20 || l.Support != 2 || cfg.Engine.Controller != "Shop" || !strings.Contains(s.read(file), "# mine") {
		t.Errorf("%+v\n%s", l, s.read(file))
	}
	for _, name := range []string{"neighbours: 20", "user_exponent:", "dropout:", "ridge:", "rank:", "support: 2"} {
		if !strings.Contains(out, name) || !strings.Contains(s.read(file), name) {
			t.Errorf("%q is not both printed and written:\n%s", name, out)
		}
	}
	trials := len(strings.Split(s.read(journal), "\n"))
	again, _, code := s.run("tune", "--train", train, "--k", "20", "--support", "2", "--journal", journal)
	if code != 0 || again != out || len(strings.Split(s.read(journal), "\n")) != trials {
		t.Errorf("exit %d; the same search again fits anew or chooses otherwise:\n%s\n%s", code, out, again)
	}
}

func TestTuneSupportPrintsThePrice(t *testing.T) {
	s := newShell(t)
	train := s.write("train.txt", tunePairs())
	for _, args := range [][]string{{"--support"}, {"--prices", "support"}} {
		out, errOut, code := s.run(append([]string{"tune", "--train", train, "--k", "10"}, args...)...)
		if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 8 || !strings.HasPrefix(lines[0], "support") {
			t.Errorf("%v: exit %d\n%s%s", args, code, out, errOut)
		}
	}
	prices := parse[[]struct{ Value, Recall float64 }](t, func() string {
		out, _, _ := s.run("tune", "--train", train, "--k", "10", "--support", "--json")
		return out
	}())
	if len(prices) != 7 || prices[0].Value != 1 || prices[0].Recall <= prices[6].Recall {
		t.Errorf("asking for more people costs nothing: %+v", prices)
	}
}

func TestTuneRefusesWhatItCannotUse(t *testing.T) {
	s := newShell(t)
	train := s.write("train.txt", tunePairs())
	broken := s.write("tactful.yaml", "server: {adress: x}\n")
	for _, args := range [][]string{
		{"tune", "--train", train, "--support=none"},
		{"tune", "--train", train, "--support=0"},
		{"tune", "--train", train, "--write", broken},
		{"tune", "--train", train, "--prices", "luck"},
	} {
		if _, errOut, code := s.run(args...); code == 0 || errOut == "" {
			t.Errorf("tactful %s: exit %d %s", strings.Join(args, " "), code, errOut)
		}
	}
	if text, err := os.ReadFile(broken); err != nil || string(text) != "server: {adress: x}\n" {
		t.Errorf("%q, %v", text, err)
	}
}
