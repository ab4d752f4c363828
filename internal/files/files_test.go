package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAReplacedFileIsWholeAndNothingIsLeftBesideIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.json")
	for _, content := range []string{"one", "two, and longer"} {
		if err := Replace(OS{}, path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if names, err := (OS{}).List(dir); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestWhatACrashLeftLyingIsPassedOverAndKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	for range 3 {
		name, err := Temp(OS{}, path, []byte("left"))
		if err != nil {
			t.Fatal(err)
		}
		if !IsTemp(filepath.Base(name), path) {
			t.Errorf("%s is not known", name)
		}
	}
	for _, name := range []string{"keys.json", ".keys.json", ".keys.json-", ".keys.json-1x", ".keys.json-01", ".other.json-1", "keys.json-1"} {
		if IsTemp(name, path) {
			t.Errorf("%s is taken for one that was left", name)
		}
	}
}

func TestADirectoryIsMadeWithThoseAboveItAndAFileInTheWayIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	for range 2 {
		if err := MakeDir(OS{}, dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	f, err := OS{}.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := (OS{}).Create(filepath.Join(dir, "file")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file was replaced: %v", err)
	}
	for _, in := range []string{"file", "file/deeper"} {
		if err := MakeDir(OS{}, filepath.Join(dir, in)); err == nil {
			t.Errorf("%s became a directory", in)
		}
	}
}
