package api

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestACopyGoesWhereTheServerSaysAndNowhereElse(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	for n := range MaxBackups {
		if err := os.MkdirAll(filepath.Join(full, fmt.Sprint(n)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, body string
		places     Backups
		status     int
		place      string
	}{
		{"the data", `{"kind":"data","name":"monday"}`, Backups{Dir: filepath.Join(dir, "d"), KeyDir: filepath.Join(dir, "k")}, 200, filepath.Join(dir, "d", "monday")},
		{"the keys", `{"kind":"keys","name":"monday"}`, Backups{Dir: filepath.Join(dir, "d"), KeyDir: filepath.Join(dir, "k")}, 200, filepath.Join(dir, "k", "monday")},
		{"no place for data", `{"kind":"data","name":"monday"}`, Backups{KeyDir: dir}, 403, ""},
		{"no place for keys", `{"kind":"keys","name":"monday"}`, Backups{Dir: dir}, 403, ""},
		{"a path for a name", `{"kind":"data","name":"../monday"}`, Backups{Dir: dir}, 400, ""},
		{"an absolute path", `{"kind":"data","name":"/etc/monday"}`, Backups{Dir: dir}, 400, ""},
		{"another kind", `{"kind":"both","name":"monday"}`, Backups{Dir: dir}, 400, ""},
		{"a disk full of copies", `{"kind":"data","name":"monday"}`, Backups{Dir: full}, 403, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet, func(o *Options) { o.Backups = c.places })
			w := d.call("POST", "/v1/backups", "admin", c.body)
			if w.Code != c.status || d.engine.setting != c.place {
				t.Errorf("%d, the engine was told %q: %s", w.Code, d.engine.setting, w.Body)
			}
		})
	}
}
