package vault

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
)

func TestARingFileThatOthersMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring.json")
	if _, err := OpenRing(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("made with mode %v, %v", info.Mode(), err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o666, 0o700} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRing(path); tactful.KindOf(err) != tactful.Invalid || !strings.Contains(err.Error(), "mode") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRing(path); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
}

func TestChangingARingLeavesNoTraceOfTheOldKeyAndNoOtherFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ring.json")
	ring, err := OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	oldInode, err := os.Open(path) // as a hard link or a forensic tool would hold it
	if err != nil {
		t.Fatal(err)
	}
	defer oldInode.Close()
	if err := ring.grow(); err != nil {
		t.Fatal(err)
	}
	left := make([]byte, len(before))
	if _, err := oldInode.ReadAt(left, 0); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(left, make([]byte, len(before))) {
		t.Error("the replaced file still holds the old key")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files left, %v", len(entries), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode after a change: %v, %v", info.Mode(), err)
	}
}

func TestStartingTwiceAtOnceMakesOneRing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring.json")
	ids := make([]uint32, 8)
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			ring, err := OpenRing(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = ring.now.Load().primary
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different rings: %v", ids)
		}
	}
}

func TestUnusableRingsAreRefused(t *testing.T) {
	rawTemplate := aead.AES256GCMKeyTemplate()
	rawTemplate.OutputPrefixType = tinkpb.OutputPrefixType_RAW
	text := func(template *tinkpb.KeyTemplate) string {
		handle, err := keyset.NewHandle(template)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for name, ring := range map[string]string{
		"an empty file is refused":          "",
		"text is refused":                   "secret-word",
		"an empty set is refused":           "{}",
		"another cipher is refused":         text(aead.XChaCha20Poly1305KeyTemplate()),
		"keys without a prefix are refused": text(rawTemplate),
	} {
		_, err := parseRing([]byte(ring))
		if tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: the error quotes the file", name)
		}
	}
	if _, err := EnvironmentRing("not base64!"); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("environment: %v", err)
	}
	if _, err := OpenRing(t.TempDir()); err == nil {
		t.Error("a directory was taken for a ring")
	}
}

func FuzzParseRing(f *testing.F) {
	keys, err := freshRing()
	if err != nil {
		f.Fatal(err)
	}
	text, err := keys.text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(text, []byte("ENABLED"), []byte("DISABLED"), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseRing(text)
		if err != nil {
			return
		}
		if _, err := keys.text(); err != nil {
			t.Fatalf("a ring that was read cannot be written: %v", err)
		}
		if _, err := keys.aead.Encrypt([]byte("k"), nil); err != nil {
			t.Fatalf("a ring that was read cannot wrap: %v", err)
		}
	})
}

func TestNoNewRingIsMadeForATableThatHasKeys(t *testing.T) {
	path, table := filepath.Join(t.TempDir(), "ring.json"), newMemory()
	for range 2 { // the first makes the file, the second reads it
		ring, err := OpenRingOf(t.Context(), files.OS{}, path, table)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), table, ring, Options{Entropy: rand.Reader}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRingOf(t.Context(), files.OS{}, path, table); tactful.KindOf(err) != tactful.Invalid || !strings.Contains(err.Error(), "missing") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestWhatACrashLeftBesideTheRingIsDestroyed(t *testing.T) {
	path, table := filepath.Join(t.TempDir(), "ring.json"), newMemory()
	if _, err := OpenRingOf(t.Context(), files.OS{}, path, table); err != nil {
		t.Fatal(err)
	}
	ring, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// One crash came while a ring was replaced, another while the first was named.
	left, err := files.Temp(files.OS{}, path, []byte("a ring with two keys"))
	if err != nil {
		t.Fatal(err)
	}
	inode, err := os.Open(left) // as a forensic tool would hold it
	if err != nil {
		t.Fatal(err)
	}
	defer inode.Close()
	if err := os.Link(path, filepath.Join(filepath.Dir(path), ".ring.json-1")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRingOf(t.Context(), files.OS{}, path, table); err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("%d files are left, %v", len(names), err)
	}
	if content, err := io.ReadAll(inode); err != nil || !bytes.Equal(content, make([]byte, len("a ring with two keys"))) {
		t.Errorf("what was left holds %q, %v", content, err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, ring) {
		t.Errorf("the ring itself was changed, %v", err)
	}
}
