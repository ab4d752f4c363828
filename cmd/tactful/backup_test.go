package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestACopyIsMadePutBackAndVerifiedByTheCommands(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\nA2,Second\n"))
	s.agree("anna", "ben")
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", "userId,action,item,time\nanna,purchased,A1,2026-10-01\nben,purchased,A2,2026-10-01\n"))
	place := filepath.Join(s.dir, "monday")
	made := parse[backupReport](t, s.on("backup", place, "--json"))
	if made.Kind != "data" || made.Files == 0 || made.Bytes == 0 || !made.DeleteBy.After(made.Made) {
		t.Errorf("%+v", made)
	}
	keys := filepath.Join(s.dir, "keys-monday")
	if out := s.on("keys", "backup", keys); !strings.Contains(out, "copied the keys") {
		t.Errorf("%q", out)
	}
	type verified struct {
		People, Items, ConsentRecords, Erasures int
		Faults                                  []string
	}
	if v := parse[verified](t, s.on("verify", "--json")); v.People != 2 || v.Items != 2 || v.ConsentRecords == 0 || len(v.Faults) != 0 {
		t.Errorf("%+v", v)
	}
	var entered struct {
		Request queuedLine `json:"request"`
	}
	text := s.on("erase", "--subject", "anna", "--channel", "phone", "--proof", "called back", "--as", "Ada B.", "--reason", "she asked for it", "--json")
	if err := json.Unmarshal([]byte(text), &entered); err != nil {
		t.Fatal(err)
	}
	s.on("rights", "release", entered.Request.ID, "--as", "Ben C.")

	if _, errOut, code := s.run(append([]string{"restore", place}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "move the directory away first") {
		t.Errorf("over something: exit %d %s", code, errOut)
	}
	data := filepath.Join(s.dir, "data")
	if err := os.Rename(data, data+"-broken"); err != nil {
		t.Fatal(err)
	}
	if _, errOut, code := s.run(append([]string{"restore", keys}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "copy of the keys") {
		t.Errorf("keys as data: exit %d %s", code, errOut)
	}
	if v := parse[verified](t, s.on("restore", place, "--json")); v.People != 1 || v.Erasures != 1 || len(v.Faults) != 0 {
		t.Errorf("%+v", v)
	}
	if out := s.on("verify"); !strings.Contains(out, "everything fits") || !strings.Contains(out, "1 people") {
		t.Errorf("%q", out)
	}

	t.Run("keys from before an erasure are refused with data from after it", func(t *testing.T) {
		if err := os.Rename(filepath.Join(s.dir, "keys"), filepath.Join(s.dir, "keys-lost")); err != nil {
			t.Fatal(err)
		}
		if out := s.on("keys", "restore", keys); !strings.Contains(out, "erase again") {
			t.Errorf("%q", out)
		}
		if _, errOut, code := s.run(append([]string{"verify"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "older copy") {
			t.Errorf("exit %d %s", code, errOut)
		}
	})
}

func TestVerifyOfADamagedCopyOrStoreExitsWithOne(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	place := filepath.Join(s.dir, "copy")
	s.on("backup", place)
	logs, err := filepath.Glob(filepath.Join(place, "store", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%v %v", logs, err)
	}
	if err := os.WriteFile(logs[0], []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	to := []string{"--data-dir", filepath.Join(s.dir, "other"), "--key-dir", filepath.Join(s.dir, "keys")}
	if _, errOut, code := s.run(append([]string{"restore", place}, to...)...); code != 1 || !strings.Contains(errOut, "not as it was written") {
		t.Errorf("exit %d %s", code, errOut)
	}
}

func TestARunningServerMakesCopiesAndASecondProcessIsRefused(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "desk", "--scope", "admin", "--operator", "Ada B."))
	shop := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "write"))
	url := s.serving(t)
	for _, args := range [][]string{{"backup", "monday"}, {"keys", "backup", "keys-monday"}} {
		out, errOut, code := s.run(append(args, "--url", url, "--key", admin)...)
		if code != 0 || !strings.Contains(out, "copied the ") {
			t.Errorf("tactful %s: exit %d %s%s", strings.Join(args, " "), code, out, errOut)
		}
		if _, errOut, code := s.run(append(args, "--url", url, "--key", admin)...); code != 1 || !strings.Contains(errOut, "there already") {
			t.Errorf("over it: exit %d %s", code, errOut)
		}
		if _, errOut, code := s.run(append(args, "--url", url, "--key", shop)...); code != 1 || strings.Contains(errOut, "copied") {
			t.Errorf("with a key that may not: exit %d %s", code, errOut)
		}
	}
	if _, errOut, code := s.run(append([]string{"verify"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "in use by another process") || !strings.Contains(errOut, "--url") {
		t.Errorf("a second process: exit %d %s", code, errOut)
	}
	to := []string{"--data-dir", filepath.Join(s.dir, "elsewhere"), "--key-dir", filepath.Join(s.dir, "other-keys")}
	if out, errOut, code := s.run(append([]string{"keys", "restore", filepath.Join(s.dir, "key-copies", "keys-monday")}, to...)...); code != 0 {
		t.Errorf("exit %d %s%s", code, out, errOut)
	}
	out, errOut, code := s.run(append([]string{"restore", filepath.Join(s.dir, "copies", "monday")}, to...)...)
	if code != 0 || !strings.Contains(out, "everything fits") || !strings.Contains(out, "1 people") {
		t.Errorf("put back beside the running server: exit %d %s%s", code, out, errOut)
	}
}
