package config

import (
	"slices"
	"testing"
)

func TestAClassThatPeopleMayBeAskedForIsAskedAboutInTheCentre(t *testing.T) {
	c, err := Parse([]byte("engine: {labels: {ask: [pregnancy, alcohol]}}"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"recommendations", "improvement", "class_pregnancy", "class_alcohol"}; !slices.Equal(c.Centre.Purposes, want) {
		t.Errorf("the centre asks about %v", c.Centre.Purposes)
	}
	for _, p := range c.Engine.Consent.Purposes {
		if p.Name == "class_pregnancy" && (len(p.Text) != 5 || p.GPC != "refuses") {
			t.Errorf("the purpose: %+v", p)
		}
	}
	if c, err = Parse(nil); err != nil || slices.Contains(c.Centre.Purposes, "class_pregnancy") {
		t.Errorf("somebody is asked without a word in the configuration: %v %v", c.Centre.Purposes, err)
	}
	if _, err := Parse([]byte("engine: {labels: {ask: [hate]}}")); err == nil {
		t.Error("people may be asked for hatred")
	}
	if _, err := Parse([]byte("engine: {labels: {ordinary: {religion: we sell bibles}}}")); err == nil {
		t.Error("a special category is ordinary")
	}
}
