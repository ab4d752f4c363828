package config

import (
	"strings"
	"testing"
)

// Klaro's configuration has `default: true` and `required: true` for a service,
// which turn it on before anybody answered. Ours has no word for that: there is
// nothing to set wrongly.
func TestOthersKlaroNoSettingSaysYesForAnybody(t *testing.T) {
	for _, word := range []string{"default: true", "default: granted", "required: true", "optOut: true", "enabled: true"} {
		text := "engine: {consent: {purposes: [{name: x, version: '1', text: {en: 'May we?'}, " + word + "}]}}"
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "is not a setting") {
			t.Errorf("%s was taken: %v", word, err)
		}
	}
	if _, err := Parse([]byte("engine: {consent: {purposes: [{name: x, version: '1', text: {en: 'May we?'}}]}}")); err != nil {
		t.Errorf("the positive control: %v", err)
	}
}
