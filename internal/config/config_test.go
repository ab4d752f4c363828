package config

import (
	"fmt"
	"os"
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
		{"an unknown key does not hide the other faults", "server: {adress: x, log_level: loud, max_in_flight: many}\nengine: {learn: {rnak: 0}, guards: {support: 1}}",
			[]string{"adress is not a setting", "many", "rnak is not a setting", "server.log_level", "engine.guards.support"}},
		{"every fault of the engine has its whole path", "engine:\n  guards: {purchased: {returned: -1s}}\n  evidence: {max_pieces: -1}\n  ingest: {max_batch: -1}\n" +
			"  consent: {default_regime: maybe}\n  recommend: {merchandising: [{placement: x}]}\n  learn: {rank: 9}\nserver: {shutdown_timeout: 1ns}",
			[]string{"engine.guards.purchased.returned", "engine.evidence.max_pieces", "engine.ingest.max_batch", "engine.consent.default_regime",
				"engine.recommend.merchandising[0].placement", "engine.learn.rank", "server.shutdown_timeout"}},
		{"a zero where zero means nothing is refused and not replaced", "server: {max_in_flight: 0, request_timeout: 0s}\nengine: {learn: {neighbours: 0}, receipts: {keep: 0s}}",
			[]string{"server.max_in_flight", "server.request_timeout", "engine.learn.neighbours", "engine.receipts.keep"}},
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

func TestWhatIsSetToZeroIsZeroAndWhatIsNotSetHasItsDefault(t *testing.T) {
	c, err := Parse([]byte("engine:\n  learn: &zero {rank: 0, dropout: 0.0, user_exponent: 0}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l := c.Engine.Learn; l.Rank != 0 || l.Dropout != 0 || l.UserExponent != 0 || l.Neighbours == 0 || l.Ridge == 0 {
		t.Errorf("%+v", l)
	}
	c, err = Parse([]byte("engine: {learn: {rank: , dropout: ~}}"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if l := c.Engine.Learn; l.Rank != plain.Engine.Learn.Rank || l.Dropout != plain.Engine.Learn.Dropout || l.Rank == 0 || l.Dropout == 0 {
		t.Errorf("left empty: %+v", l)
	}
}

func TestKeysAndDataAreKeptApartHoweverThePathsAreWritten(t *testing.T) {
	root := t.TempDir()
	t.Chdir(root)
	for _, dir := range []string{"d/real", "k"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "d", "k/out": "../d/real", "gone": "nowhere"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, data, keys, field string }{
		{"beside each other", "d", "k", ""},
		{"beginning with the same letters", "d", "d-keys", ""},
		{"a name that begins with two dots", "d", "d/..keys", "key_dir"},
		{"one directory", "d", "d", "key_dir"},
		{"one directory written twice", "./d/", root + "/d", "key_dir"},
		{"keys in the data, written otherwise", "./d", "d/keys", "key_dir"},
		{"keys in the data, absolute", "d", root + "/d/new/keys", "key_dir"},
		{"keys in the data by way of the parent", "d", "k/../d/keys", "key_dir"},
		{"keys in the data through a link", "d", "link/new/keys", "key_dir"},
		{"data through a link that leads to the keys' parent", "link", "d/keys", "key_dir"},
		{"keys that lead out of their place into the data", "d", "k/out", "key_dir"},
		{"data in the keys", "k/data", "./k", "data_dir"},
		{"data in the directory of all", "d", ".", "data_dir"},
		{"a link that leads nowhere yet", "gone/data", "k", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(fmt.Appendf(nil, "data_dir: %q\nkey_dir: %q\n", tt.data, tt.keys))
			switch {
			case tt.field == "" && err != nil:
				t.Error(err)
			case tt.field != "" && (err == nil || !strings.Contains(err.Error(), tt.field+": ")):
				t.Errorf("%v, want a fault of %s", err, tt.field)
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

func FuzzParse(f *testing.F) {
	f.Add([]byte("data_dir: d\nkey_dir: k\nserver: {addr: 127.0.0.1:1}\n"))
	f.Add([]byte("engine: {learn: {rank: 0.5}, consent: {purposes: []}}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("taken, and not valid: %v", err)
		}
	})
}
