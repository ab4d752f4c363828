package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tactful/tactful/engine"
)

const whyAsked = "she asks what she agreed to"

func TestTheLedgerThroughTheCommandLine(t *testing.T) {
	s := newShell(t)
	s.agree("anna", "ben")
	who := []string{"--as", "Ada B.", "--reason", whyAsked}
	asked := func(words ...string) string { return s.on(append(append([]string{"ledger"}, words...), who...)...) }

	lines := parse[[]logLine](t, asked("log", "anna", "--json"))
	if len(lines) == 0 || lines[0].Index == nil || lines[0].Answer != "granted" || len(lines[0].Leaf) != 64 {
		t.Fatalf("%+v", lines)
	}
	if table := asked("log", "anna"); !strings.Contains(table, lines[0].ID) {
		t.Errorf("the table lacks the record: %s", table)
	}
	for form, want := range map[string]string{"iso27560": "dpv:ConsentRecord", "kantara": "KI-CR-v1.1.0"} {
		text := asked("receipt", "anna", lines[0].ID, "--form", form)
		if !json.Valid([]byte(text)) || !strings.Contains(text, want) {
			t.Errorf("%s: %s", form, text)
		}
	}
	head := s.on("ledger", "head")
	key := parse[ledgerHead](t, s.on("ledger", "head", "--json")).PublicKey
	proof := s.write("proof.json", asked("prove", "anna"))
	if _, errOut, code := s.run("ledger", "check", proof, "--key", key); code != 0 || errOut != "" {
		t.Errorf("a good proof: exit %d %s", code, errOut)
	}
	if out, errOut, code := s.run("ledger", "check", proof); code != 0 || !strings.Contains(errOut, "compare it") || !strings.Contains(out, "granted") {
		t.Errorf("without a key: exit %d %s", code, errOut)
	}
	forged := s.write("forged.json", strings.Replace(s.read(proof), `"granted"`, `"denied"`, 1))
	if _, errOut, code := s.run("ledger", "check", forged, "--key", key); code != 1 || !strings.Contains(errOut, "proof") {
		t.Errorf("a forged proof: exit %d %s", code, errOut)
	}
	kept := s.write("head.txt", head)
	s.agree("cem")
	report := parse[ledgerReport](t, s.on("ledger", "verify", "--head", kept, "--json"))
	if len(report.Faults) > 0 || report.Records == 0 || int(report.Head.Size) != report.Records {
		t.Errorf("%+v", report)
	}
	foreign := s.write("foreign.txt", strings.Replace(head, "\ntime 2", "\ntime 3", 1))
	if _, errOut, code := s.run(append([]string{"ledger", "verify", "--head", foreign}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "head") {
		t.Errorf("a head that was not signed: exit %d %s", code, errOut)
	}
	if out := s.on("ledger", "verify"); !strings.Contains(out, "everything fits") || !strings.Contains(out, key) {
		t.Error(out)
	}
	if out := s.on("ledger", "accept", "--reason", "a drill"); !strings.Contains(out, "on record") {
		t.Error(out)
	}
}

func TestTheLedgerIsAskedOfARunningServer(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	desk := strings.TrimSpace(s.on("keys", "create", "--name", "desk", "--scope", "rights", "--operator", "Ben C."))
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "root", "--scope", "admin", "--operator", "Dora D."))
	url := s.serving(t)
	on := func(key string, args ...string) string {
		t.Helper()
		out, errOut, code := s.run(append(append([]string{"ledger"}, args...), "--url", url, "--key", key)...)
		if code != 0 {
			t.Fatalf("%v: exit %d %s", args, code, errOut)
		}
		return out
	}
	lines := parse[[]logLine](t, on(desk, "log", "anna", "--reason", whyAsked, "--json"))
	if len(lines) == 0 || lines[0].Purpose == "" || lines[0].Index == nil {
		t.Fatalf("%+v", lines)
	}
	if text := on(desk, "receipt", "anna", lines[0].ID, "--reason", whyAsked); !strings.Contains(text, "dpv:ConsentRecord") {
		t.Error(text)
	}
	key := parse[ledgerHead](t, on(desk, "head", "--json")).PublicKey
	proof := on(desk, "prove", "anna", "--reason", whyAsked)
	if _, err := engine.CheckConsentProof([]byte(proof), key); err != nil {
		t.Errorf("the server's proof does not hold: %v\n%s", err, proof)
	}
	if report := parse[ledgerReport](t, on(admin, "verify", "--json")); len(report.Faults) > 0 || report.Records != len(lines) {
		t.Errorf("%+v", report)
	}
}
