package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful/internal/files"
)

// killed is a file system on which nothing succeeds after so many calls that
// change something, as for a process that is killed there.
type killed struct {
	files.OS
	left *int
}

var errKilled = errors.New("killed")

func (k killed) step() error {
	if *k.left--; *k.left < 0 {
		return errKilled
	}
	return nil
}

func (k killed) Create(name string) (files.File, error) {
	if err := k.step(); err != nil {
		return nil, err
	}
	return k.OS.Create(name)
}

func (k killed) Rename(from, to string) error {
	return errors.Join(k.step(), k.orElse(func() error { return k.OS.Rename(from, to) }))
}

func (k killed) Remove(name string) error {
	return errors.Join(k.step(), k.orElse(func() error { return k.OS.Remove(name) }))
}

func (k killed) SyncDir(dir string) error {
	return errors.Join(k.step(), k.orElse(func() error { return k.OS.SyncDir(dir) }))
}

func (k killed) orElse(do func() error) error {
	if *k.left < 0 {
		return nil
	}
	return do()
}

func TestAKilledExportIsNeverTakenForAWholeOne(t *testing.T) {
	const whole = "every row"
	wholeOnes, cut := 0, 0
	for steps := 0; ; steps++ {
		dir := t.TempDir()
		path, mapPath := filepath.Join(dir, "events.parquet"), filepath.Join(dir, "events.datamap.json")
		if err := os.WriteFile(path+".part", []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		left := steps
		err := publish(killed{left: &left}, path, mapPath, []byte("what each field is"))
		file, fileErr := os.ReadFile(path)
		text, mapErr := os.ReadFile(mapPath)
		if fileErr == nil {
			wholeOnes++
			if string(file) != whole || mapErr != nil || string(text) != "what each field is" {
				t.Errorf("killed after %d steps: a file lies there and its map is %q, %v", steps, text, mapErr)
			}
			if vacant(files.OS{}, path, mapPath) == nil {
				t.Errorf("killed after %d steps: another export would be put over it", steps)
			}
		} else {
			cut++
			if err == nil {
				t.Errorf("killed after %d steps, and called made", steps)
			}
			if err := vacant(files.OS{}, path, mapPath); err != nil {
				t.Errorf("killed after %d steps: what it left is taken for an export: %v", steps, err)
			}
		}
		if left > 0 {
			break
		}
	}
	if cut < 3 || wholeOnes < 2 {
		t.Errorf("%d times cut, %d times whole: too few to prove anything", cut, wholeOnes)
	}
	dir := t.TempDir()
	path, mapPath := filepath.Join(dir, "items.parquet"), filepath.Join(dir, "items.datamap.json")
	if err := os.WriteFile(mapPath, []byte("of a file that was moved away"), 0o600); err != nil {
		t.Fatal(err)
	}
	if vacant(files.OS{}, path, mapPath) == nil {
		t.Error("a map whose file was moved away would be written over")
	}
}
