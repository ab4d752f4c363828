package catalog

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

// TestOnTheRealStoreAndVault lists, closes, reopens and looks at the raw files.
func TestOnTheRealStoreAndVault(t *testing.T) {
	dir := t.TempDir()
	ring, err := vault.OpenRing(filepath.Join(dir, "ring.json"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(use func(*Catalogue)) {
		data, err := disk.Open(filepath.Join(dir, "data"), disk.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := disk.Open(filepath.Join(dir, "keys"), disk.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := vault.Open(t.Context(), keys, ring, vault.Options{Entropy: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Open(t.Context(), data, v.Tenant())
		if err != nil {
			t.Fatal(err)
		}
		use(c)
		if err := data.Close(); err != nil {
			t.Fatal(err)
		}
		if err := keys.Close(); err != nil {
			t.Fatal(err)
		}
	}
	run(func(c *Catalogue) {
		var items []tactful.Item
		for i := range 2100 {
			items = append(items, tactful.Item{ID: fmt.Sprint("SECRETCODE", i), Title: fmt.Sprint("Planted title ", i)})
		}
		put(t, c, items...)
		remove(t, c, "SECRETCODE7")
	})
	run(func(c *Catalogue) {
		if s := c.Snapshot(); s.Len() != 2099 || s.ByID("SECRETCODE2099").No != 2100 || s.Number("SECRETCODE7") != 8 {
			t.Errorf("%d items after reopening", s.Len())
		}
		put(t, c, thing("later"))
		if no := c.Snapshot().Number("later"); no != 2101 {
			t.Errorf("the next item got number %d", no)
		}
	})
	files := 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, word := range []string{"SECRETCODE", "Planted"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s can be read in %s", word, filepath.Base(path))
			}
		}
		return nil
	})
	if err != nil || files < 4 {
		t.Errorf("%d files looked at, %v", files, err)
	}
}
