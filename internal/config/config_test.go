package config

import (
	"strings"
	"testing"
)

func TestTheZeroConfigurationIsValidAndCareful(t *testing.T) {
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{c.Server.Addr, c.Server.AdminAddr} {
		if !strings.HasPrefix(addr, "127.0.0.1:") {
			t.Errorf("%s is not loopback", addr)
		}
	}
}

func TestFaultsAreReportedAllAtOnce(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"an unknown key is refused by name", "server: {adress: x}", []string{"adress"}},
		{"a wrong type is refused", "server: {max_in_flight: many}", []string{"many"}},
		{"two documents are refused", "data_dir: a\n---\ndata_dir: b", []string{"more than one"}},
		{"three faults come together", "key_dir: tactful-data/keys\nserver: {addr: nowhere, log_level: loud}",
			[]string{"key_dir", "server.addr", "server.log_level"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %q", err, want)
				}
			}
		})
	}
}

func TestEverySettingHasAKeyAndAMeaning(t *testing.T) {
	settings := Describe()
	if len(settings) < 25 {
		t.Fatalf("only %d settings described", len(settings))
	}
	seen := map[string]bool{}
	for _, setting := range settings {
		if setting.Key == "" || strings.HasSuffix(setting.Key, ".") {
			t.Errorf("a field without a yaml key: %+v", setting)
		}
		if setting.Meaning == "" {
			t.Errorf("%s has no meaning: give its field a doc tag", setting.Key)
		}
		if seen[setting.Key] {
			t.Errorf("%s twice", setting.Key)
		}
		seen[setting.Key] = true
	}
}
