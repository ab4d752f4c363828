package backup

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
)

// made is a finished copy of two files.
func made(t *testing.T, kind Kind) string {
	t.Helper()
	dir := t.TempDir()
	part := filepath.Join(dir, "copy.part")
	for path, text := range map[string]string{"store/a": "first", "models/b": "second"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(part, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(part, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole := filepath.Join(dir, "copy")
	m, err := Finish(t.Context(), files.OS{}, part, whole, Manifest{Kind: kind}, nil)
	if err != nil || len(m.Files) != 2 || m.Bytes() != 11 {
		t.Fatalf("%+v, %v", m, err)
	}
	return whole
}

func TestOnlyAWholeCopyIsPutBack(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(dir string) error
		want string
	}{
		{"control: nothing harmed", func(string) error { return nil }, ""},
		{"one bit changed", func(dir string) error { return os.WriteFile(filepath.Join(dir, "store/a"), []byte("fIrst"), 0o600) }, "store/a is not as it was written"},
		{"a file cut short", func(dir string) error { return os.Truncate(filepath.Join(dir, "store/a"), 2) }, "store/a is not as it was written"},
		{"a file missing", func(dir string) error { return os.Remove(filepath.Join(dir, "models/b")) }, "models/b is missing"},
		{"no manifest", func(dir string) error { return os.Remove(filepath.Join(dir, ManifestName)) }, "not a whole copy"},
		{"a manifest that leads out", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ManifestName), []byte(`{"format":1,"kind":"data","files":[{"path":"../../x","bytes":1,"sha256":"`+strings.Repeat("00", 32)+`"}]}`), 0o600)
		}, "cannot be in it"},
		{"a manifest of the future", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ManifestName), []byte(`{"format":9,"kind":"data"}`), 0o600)
		}, "newer tactful"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to := made(t, Data), filepath.Join(t.TempDir(), "data")
			if err := c.harm(from); err != nil {
				t.Fatal(err)
			}
			_, err := Restore(t.Context(), files.OS{}, from, to, Data, nil)
			if c.want == "" {
				if text, readErr := os.ReadFile(filepath.Join(to, "store", "a")); err != nil || readErr != nil || string(text) != "first" {
					t.Fatalf("%q, %v, %v", text, err, readErr)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(to); !os.IsNotExist(err) {
				t.Errorf("a refused copy left something: %v", err)
			}
		})
	}
}

func TestACopyIsNeverPutOverSomethingOrInTheWrongPlace(t *testing.T) {
	from, to := made(t, Data), t.TempDir()
	if err := os.WriteFile(filepath.Join(to, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), files.OS{}, from, to, Data, nil); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("over something: %v", err)
	}
	if _, err := Restore(t.Context(), files.OS{}, made(t, Keys), t.TempDir(), Data, nil); err == nil || !strings.Contains(err.Error(), "copy of the keys") {
		t.Errorf("keys as data: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	empty := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(stopped, files.OS{}, from, empty, Data, nil); err == nil {
		t.Error("restored after it was stopped")
	}
	if _, err := Restore(t.Context(), files.OS{}, from, empty, Data, nil); err != nil {
		t.Errorf("again, after it was stopped: %v", err)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"kind":"data","made":"2026-11-22T12:00:00Z","files":[{"path":"store/a","bytes":1,"sha256":"` + strings.Repeat("00", 32) + `"}]}`))
	f.Add([]byte(`{"format":1,"kind":"keys","files":[{"path":"/etc/passwd"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if inside := filepath.Join("/copy", filepath.FromSlash(file.Path)); !strings.HasPrefix(inside, "/copy/") {
				t.Errorf("%q leads out", file.Path)
			}
		}
	})
}
