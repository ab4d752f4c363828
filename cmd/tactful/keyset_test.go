package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALostKeySetIsNotReplacedByANewOne(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	path := filepath.Join(s.dir, "keys", "keyset.json")
	kept := s.read(path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second start finds what the first left
		_, errOut, code := s.run(append([]string{"doctor"}, s.stores()...)...)
		if code != 1 || !strings.Contains(errOut, "the key set is missing") || !strings.Contains(errOut, "restore keyset.json") {
			t.Errorf("exit %d: %s", code, errOut)
		}
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("a new key set was made: %v", err)
		}
	}
	if err := os.WriteFile(path, []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	if d := parse[struct{ Permitted int }](t, s.on("doctor", "--json")); d.Permitted != 1 {
		t.Errorf("with the key set restored %d people are permitted", d.Permitted)
	}
}
