package main

import (
	"strings"
	"testing"

	"github.com/tactful/tactful/engine"
)

func TestNewcomersAndTheLogOfChangesOnTheCommandLine(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\n"))
	one := s.write("one.yaml", "engine: {learn: {support: 3}}\n")
	s.on("doctor", "--config", one)
	changes := parse[[]engine.ConfigChange](t, s.on("config", "log", "--config", one, "--json"))
	if len(changes) != 2 || changes[1].What != engine.ChangeFirst || changes[0].What != engine.ChangeSettings ||
		len(changes[0].Changed) != 1 || changes[0].Changed[0] != (engine.SettingChange{Setting: "engine.learn.support", From: "2", To: "3"}) || !strings.Contains(changes[0].By, "at the machine") {
		t.Errorf("the changes are %+v", changes)
	}
	if table := s.on("config", "log", "--config", one); !strings.Contains(table, "engine.learn.support") || !strings.Contains(table, "SETTING") {
		t.Errorf("the table is %s", table)
	}
	if found := parse[sources](t, s.on("newcomers", "--config", one, "--json")); found.Bound != 100 || found.Hours != 24 || len(found.Sources) != 0 {
		t.Errorf("the newcomers are %+v", found)
	}
	if _, errOut, code := s.run(append([]string{"newcomers", "release", "abc", "--config", one, "--as", "Ada B."}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "nobody is held") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if _, errOut, code := s.run(append([]string{"newcomers", "release", "abc", "--config", one}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "--as") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if settings := told(t, "config"); !strings.Contains(settings, "engine.learn.newcomers.share") {
		t.Error("tactful config does not list the settings")
	}
}
