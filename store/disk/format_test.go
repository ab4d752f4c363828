package disk

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestDirectoriesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		kind  tactful.Kind
		says  string
	}{
		{"a newer format", map[string]string{formatFile: "tactful-store 2\n"}, tactful.Invalid, "format 2"},
		{"a damaged format file", map[string]string{formatFile: "tactful-store one"}, tactful.Invalid, "damaged"},
		{"an empty format file", map[string]string{formatFile: ""}, tactful.Invalid, "damaged"},
		{"somebody's photographs", map[string]string{"cat.jpg": "meow"}, tactful.Invalid, "not a tactful store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range c.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // refused without leaving a lock or a format file behind
				d, err := Open(dir, Options{})
				if d != nil || tactful.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
					t.Fatalf("open gave %v", err)
				}
			}
		})
	}
}

func TestANewStoreIsPrivateAndNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	d := open(t, dir, Options{})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %v, %v", info.Mode(), err)
	}
	content, err := os.ReadFile(filepath.Join(dir, formatFile))
	if err != nil || string(content) != "tactful-store 1\n" {
		t.Errorf("the format file says %q, %v", content, err)
	}
	// A crash can leave the lock and a half-made format file.
	if err := os.Remove(filepath.Join(dir, formatFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a store without its format file opened: %v", err)
	}
}

const heldDir = "DISK_HELD_DIR"

// TestHolderChild holds a store open until its standard input ends.
func TestHolderChild(t *testing.T) {
	dir := os.Getenv(heldDir)
	if dir == "" {
		t.Skip("runs only as a child of TestOnlyOneProcessOpensAStore")
	}
	d := open(t, dir, Options{})
	fmt.Println("open")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err == nil {
		t.Error("unexpected input")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestOnlyOneProcessOpensAStore(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestHolderChild$")
	cmd.Env = append(os.Environ(), heldDir+"="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "open\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	_, err = Open(dir, Options{})
	wantInUse(t, err)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	for err = nil; err == nil; {
		_, err = lines.ReadString('\n')
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, Options{})
	_, err = Open(dir, Options{}) // the same process is refused as well
	wantInUse(t, err)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func wantInUse(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*tactful.Error)
	if !ok || e.Kind != tactful.Unavailable || e.Remedy == "" || !strings.Contains(e.Detail, "in use") {
		t.Errorf("a store in use gave %v", err)
	}
}
