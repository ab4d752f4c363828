package main

import (
	"os"
	"testing"
)

func TestRulesPutTitlesOnTheirShelf(t *testing.T) {
	text, err := os.ReadFile("rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	rs, err := parseRules(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]string{
		"White hanging heart T-light holder": "Candles & lights/T-light holders",
		"Red retrospot mug":                  "Kitchen & dining/Mugs & cups",
		"Chocolate hot water bottle":         "Bath & body/Warm & cosy",
		"Hanging metal star lantern":         "Candles & lights/Lanterns & lamps",
		"Christmas toilet roll":              "Christmas/Christmas decorations",
		"Quxly":                              otherCategory,
	} {
		if got := rs.category(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

func TestARuleWithoutAPathIsRefused(t *testing.T) {
	if _, err := parseRules("# fine\n\nmug, cup\n"); err == nil {
		t.Error("was taken")
	}
}
