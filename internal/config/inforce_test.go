package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsInForceHoldsNoTextOfASetting(t *testing.T) {
	text := `
doors: {recombee: [{database: shop, token_file: /etc/SECRETFILE}]}
engine:
  controller: SECRETNAME
  learn: {support: 7, half_life: 4800h}
`
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]string{}
	prints := map[string]string{}
	for _, s := range c.InForce() {
		if strings.Contains(fmt.Sprint(s), "SECRET") {
			t.Errorf("%s shows a text", s.Key)
		}
		byKey[s.Key], prints[s.Key] = s.Shown, s.Print
	}
	for key, want := range map[string]string{"engine.learn.support": "7", "engine.learn.half_life": "4800h0m0s", "engine.controller": "", "doors.recombee": "", "outbound.plain_http": "false"} {
		if got, known := byKey[key]; got != want || !known {
			t.Errorf("%s is shown as %q, known %t", key, got, known)
		}
	}
	if len(byKey) != len(Describe()) {
		t.Errorf("%d settings are in force, %d are described", len(byKey), len(Describe()))
	}
	c.Engine.Controller = "SECRETOTHER"
	c.Doors.Recombee[0].TokenFile = "/etc/SECRETOTHER"
	changed := 0
	for _, s := range c.InForce() {
		if s.Print != prints[s.Key] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d settings changed, not the two that did", changed)
	}
}
