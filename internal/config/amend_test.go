package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAmendSetsOnlyWhatItIsToldTo(t *testing.T) {
	set := []Scalar{{[]string{"engine", "learn", "neighbours"}, "77"}, {[]string{"engine", "learn", "rank"}, "0"}}
	tests := []struct{ name, old string }{
		{"a file that is not there is made", ""},
		{"an empty section is filled", "engine:\n"},
		{"comments only", "# nothing yet"},
		{"the rest and its comments stay", "# of the shop\ndata_dir: here # and nowhere else\nengine:\n  controller: Shop\n  learn:\n    neighbours: 5 # few\n    ridge: 9\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tactful.yaml")
			if test.old != "" {
				if err := os.WriteFile(path, []byte(test.old), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			if err := Amend(path, set); err != nil {
				t.Fatal(err)
			}
			c, err := Load(path)
			if err != nil || c.Engine.Learn.Neighbours != 77 || c.Engine.Learn.Rank != 0 {
				t.Fatalf("%+v, %v", c.Engine.Learn, err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, comment := range []string{"# of the shop", "# and nowhere else", "# few", "# nothing yet"} {
				if strings.Contains(test.old, comment) && !strings.Contains(string(text), comment) {
					t.Errorf("%q is gone:\n%s", comment, text)
				}
			}
			if strings.Contains(test.old, "ridge") && (c.Engine.Learn.Ridge != 9 || c.DataDir != "here" || c.Engine.Controller != "Shop") {
				t.Errorf("another setting changed:\n%s", text)
			}
			if err := Amend(path, set); err != nil {
				t.Fatal(err)
			}
			if again, err := os.ReadFile(path); err != nil || string(again) != string(text) {
				t.Errorf("the same settings a second time, %v:\n%s", err, again)
			}
		})
	}
}

func TestAmendLeavesNoFileThatWouldNotStart(t *testing.T) {
	for _, test := range []struct {
		name, old string
		set       []Scalar
	}{
		{"a file with a fault is left alone", "server: {adress: x}\n", []Scalar{{[]string{"engine", "learn", "rank"}, "0.5"}}},
		{"a value out of range is refused", "data_dir: here\n", []Scalar{{[]string{"engine", "learn", "rank"}, "9"}}},
		{"a key that is none is refused", "data_dir: here\n", []Scalar{{[]string{"engine", "learn", "rnak"}, "1"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tactful.yaml")
			if err := os.WriteFile(path, []byte(test.old), 0o600); err != nil {
				t.Fatal(err)
			}
			if Amend(path, test.set) == nil {
				t.Error("accepted")
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != test.old {
				t.Errorf("%q, %v", text, err)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
				t.Errorf("%v, %v", left, err)
			}
		})
	}
}
