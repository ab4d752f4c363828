package main

import (
	"strings"
	"testing"
)

func TestWhoTypesACommandAboutOnePersonSaysWhoAndWhy(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	for _, c := range []struct{ name, says, args string }{
		{"neither", "--as", ""},
		{"no reason", "--reason", "--as Ada"},
		{"no name", "--as", "--reason because-she-asked"},
		{"a reason that says nothing", "too short", "--as Ada --reason because"},
	} {
		out, errOut, code := s.run(append(append([]string{"looks", "anna"}, strings.Fields(c.args)...), s.stores()...)...)
		if code != 1 || out != "" || !strings.Contains(errOut, c.says) || strings.Contains(errOut, "anna") {
			t.Errorf("%s: exit %d, %q %s", c.name, code, out, errOut)
		}
	}
	const why = "she asks who saw her orders"
	looks := parse[[]lookLine](t, s.on("looks", "anna", "--as", "Ada B.", "--reason", why, "--json"))
	if len(looks) != 1 || looks[0].Name != "Ada B." || looks[0].Reason != why || looks[0].Kind != "operator" || strings.Join(looks[0].Opened, " ") != "looks" {
		t.Errorf("%+v", looks)
	}
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "desk", "--scope", "rights", "--operator", "Ben C."))
	shop := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "rights"))
	if out := s.on("keys", "list"); !strings.Contains(out, "Ben C.") || !strings.Contains(out, "operator") || !strings.Contains(out, "service") {
		t.Errorf("the list says %s", out)
	}
	url := s.serving(t)
	out, errOut, code := s.run("looks", "anna", "--url", url, "--key", admin, "--reason", "sie fragt, wer es war: für sie", "--json")
	if looks := parse[[]lookLine](t, out); code != 0 || len(looks) != 2 || looks[0].Name != "Ben C." || looks[0].Reason != "sie fragt, wer es war: für sie" {
		t.Errorf("exit %d %s %s", code, out, errOut)
	}
	if _, errOut, code := s.run("looks", "anna", "--url", url, "--key", shop, "--reason", why); code != 1 || !strings.Contains(errOut, "a human seems to use it") {
		t.Errorf("with a service's key: exit %d %s", code, errOut)
	}
	if _, errOut, code := s.run("looks", "anna", "--url", url, "--key", admin); code != 1 || !strings.Contains(errOut, "Tactful-Reason") {
		t.Errorf("without a reason: exit %d %s", code, errOut)
	}
}
