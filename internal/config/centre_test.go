package config

import (
	"math"
	"strings"
	"testing"
)

func TestContrastIsThatOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}, {"red", "#ffffff", 0}} {
		if got := Contrast(c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestAThemeHasClosedFormsAndCanBeRead(t *testing.T) {
	for name, c := range map[string]struct{ text, fault string }{
		"colours of one's own":           {"centre: {theme: {accent: '#7a1f3d', accent_dark: '#f0a8c0', corners: round, font: serif}}", ""},
		"a colour with more behind it":   {"centre: {theme: {accent: '#7a1f3d;background:url(//evil)'}}", "centre.theme.accent"},
		"yellow on white":                {"centre: {theme: {accent: '#ffe000'}}", "cannot be read well"},
		"a dark colour on dark paper":    {"centre: {theme: {accent_dark: '#333333'}}", "centre.theme.accent_dark"},
		"a font from elsewhere":          {"centre: {theme: {font: 'url(x)'}}", "centre.theme.font"},
		"a home that runs script":        {"centre: {home: 'javascript:alert(1)'}", "centre.home"},
		"a region of the list":           {"centre: {region: US-CA}", ""},
		"a region that nobody knows":     {"centre: {region: Atlantis}", "centre.region"},
		"a contact by mail":              {"centre: {contact: 'mailto:help@shop.example'}", ""},
		"a purpose that nobody declared": {"centre: {purposes: [mind_reading]}", "centre.purposes[0]"},
		"a setting that does not exist":  {"centre: {script: x}", "script is not a setting"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			switch {
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("want a fault at %s: %v", c.fault, err)
			}
		})
	}
}
