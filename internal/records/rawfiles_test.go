package records

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// rawFiles reads every byte under a directory, names of files included.
func rawFiles(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all = append(append(all, path[len(dir):]...), '\n')
		if entry.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// filesHolding names the files in which a trace stands.
func filesHolding(t *testing.T, dir string, trace []byte) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, trace) {
			names = append(names, path[len(dir):])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// spellings are the forms in which a text could stand in a file.
func spellings(s string) map[string][]byte {
	utf16 := make([]byte, 0, 2*len(s))
	for _, b := range []byte(s) {
		utf16 = append(utf16, b, 0)
	}
	backwards := []byte(s)
	slices.Reverse(backwards)
	return map[string][]byte{
		"plain": []byte(s), "upper case": []byte(strings.ToUpper(s)), "hex": []byte(hex.EncodeToString([]byte(s))),
		"base64": []byte(base64.RawStdEncoding.EncodeToString([]byte(s))), "utf-16": utf16, "backwards": backwards,
	}
}

// traces are what is left of one subject in the stores: its partition ids,
// every sealed row, and the wrapped key.
type traces struct {
	data, keys map[string][]byte
}

func (s *shop) traces(ref tactful.Ref, aliases ...tactful.Alias) traces {
	s.t.Helper()
	found := traces{data: map[string][]byte{"the reference": ref[:]}, keys: map[string][]byte{"the reference": ref[:]}}
	add := func(from store.Store, into map[string][]byte, name string, p store.Partition) {
		for _, family := range []store.Family{store.State, store.Log} {
			answers, err := from.Read(s.t.Context(), []store.Query{{Partition: p, Family: family, Now: s.now}})
			if err != nil {
				s.t.Fatal(err)
			}
			for _, row := range answers[0].Rows {
				into[name+" "+hex.EncodeToString(row.Key)] = row.Value
			}
		}
	}
	add(s.data, found.data, "row", subjectPartition(ref))
	for _, a := range aliases {
		p := s.records.aliasPartition(a)
		found.data["alias "+hex.EncodeToString(p.ID[:4])] = p.ID[:]
		add(s.data, found.data, "alias row", p)
	}
	add(s.table, found.keys, "wrapped key", store.Partition{Section: store.Keys, ID: ref})
	return found
}

// TestTheFilesNeverHoldWhatWasSaidAndForgetWhoWasErased looks at every byte of
// the data and key directories.
func TestTheFilesNeverHoldWhatWasSaidAndForgetWhoWasErased(t *testing.T) {
	dir := t.TempDir()
	s := openShop(t, dir, disk.Options{}, disk.Options{})
	const (
		userID  = "planted-user-7e1c"
		name    = "Planted Wilhelmina Quagmire"
		code    = "PLANTED-CODE-99X"
		message = "planted message about a gift for nobody"
		device  = "planted-device-55"
	)
	planted := []string{userID, name, code, message, device}

	ref, other := s.create(userID), s.create("somebody else")
	anonymous := tactful.Alias{Kind: tactful.Anonymous, ID: device}
	if err := s.records.Link(t.Context(), anonymous, ref, s.now); err != nil {
		t.Fatal(err)
	}
	s.leaveTraces(ref, name, code, message)
	s.leaveTraces(other, "Somebody Else", "KEPT-CODE", "kept message")
	s.decided(tactful.Ref{}, s.now)
	gone := s.traces(ref, userAlias(userID), anonymous)
	kept := s.traces(other, userAlias("somebody else"))
	if len(gone.data) < 10 || len(gone.keys) != 2 {
		t.Fatalf("only %d and %d traces to look for", len(gone.data), len(gone.keys))
	}

	look := func(when string) (data, keys []byte) {
		data, keys = rawFiles(t, filepath.Join(dir, "data")), rawFiles(t, filepath.Join(dir, "keys"))
		for _, text := range planted {
			for form, spelled := range spellings(text) {
				if bytes.Contains(data, spelled) || bytes.Contains(keys, spelled) {
					t.Errorf("%s: a planted text is in the files (%s)", when, form)
				}
			}
		}
		return data, keys
	}
	// The control: the same look finds a text that is there in the clear.
	if err := os.WriteFile(filepath.Join(dir, "data", "control"), []byte("xx"+code+"xx"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(rawFiles(t, filepath.Join(dir, "data")), spellings(code)["plain"]) {
		t.Fatal("the look does not see a text that is there")
	}
	if err := os.Remove(filepath.Join(dir, "data", "control")); err != nil {
		t.Fatal(err)
	}

	data, keys := look("before")
	for what, trace := range gone.keys {
		if !bytes.Contains(keys, trace) {
			t.Errorf("before: %s is not in the key files: the look is blind", what)
		}
	}
	blind := 0
	for what, trace := range gone.data {
		if !bytes.Contains(data, trace) {
			blind++
			t.Errorf("before: %s is not in the data files: the look is blind", what)
		}
	}

	backup := s.traces(ref).data // an old copy of the data
	partitions, err := s.records.Drop(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.records.Purge(t.Context(), partitions); err != nil {
		t.Fatal(err)
	}

	data, keys = look("after")
	for what, trace := range gone.data {
		if bytes.Contains(data, trace) || bytes.Contains(keys, trace) {
			t.Errorf("after: %s is still in the files %v", what, filesHolding(t, dir, trace))
		}
	}
	for what, trace := range gone.keys {
		if bytes.Contains(data, trace) || bytes.Contains(keys, trace) {
			t.Errorf("after: %s is still in the files %v", what, filesHolding(t, dir, trace))
		}
	}
	for what, trace := range kept.data {
		if !bytes.Contains(data, trace) {
			t.Errorf("after: %s of somebody else is gone, or the look is blind", what)
		}
	}
	s.nothingOpens(ref, other, backup)
	t.Logf("looked at %d bytes of data and %d of keys for %d traces and %d planted texts in 6 spellings; %d traces unseen before",
		len(data), len(keys), len(gone.data)+len(gone.keys), len(planted), blind)
	t.Log("what remains by design: nothing of the subject in these stores; the key ring and the tenant secret, which are about nobody;",
		"receipts of decisions about nobody; rows of other subjects; the number and sizes of partitions.",
		"Not reached from here: copies of the directories made before, which no key opens any more; blocks that the medium itself has not reused.")
}

// leaveTraces writes every kind of row that a subject can have.
func (s *shop) leaveTraces(ref tactful.Ref, name, code, message string) {
	s.t.Helper()
	event := s.bought(1, 1)
	event.MessageID, event.Item, event.Query, event.Properties = message, code, name, map[string]string{"note": message}
	s.append(ref, event)
	standings, err := s.records.ReadStanding(s.t.Context(), []tactful.Ref{ref}, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	consent := tactful.Consent{ID: "consent of " + name, Purpose: tactful.Recommendations, Answer: tactful.Granted, Time: s.now}
	version, err := s.records.WriteStanding(s.t.Context(), ref, standings[0].Version, *standings[0], []tactful.Consent{consent}, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	settings := map[string]Setting{code: {Setting: decision.SettingGift, Time: s.now}}
	if version, err = s.records.WriteSettings(s.t.Context(), ref, version, settings, s.now); err != nil {
		s.t.Fatal(err)
	}
	contribution := &linear.Contribution{Weight: 1, Items: []linear.Entry{{No: 1, Quantity: 1}}}
	if _, err := s.records.WriteContributions(s.t.Context(), []ContributionChange{{ref, version, contribution}}); err != nil {
		s.t.Fatal(err)
	}
	receipt := &tactful.Receipt{Time: s.now, Shown: []tactful.Shown{{Item: code, Reason: tactful.Reason{Sentence: "Because " + name + " bought it."}}}}
	if err := s.records.AppendReceipt(s.t.Context(), ref, receipt, s.now.Add(time.Hour)); err != nil {
		s.t.Fatal(err)
	}
	if err := s.records.AppendFeedback(s.t.Context(), receipt.ID, tactful.Feedback{Kind: tactful.FeedbackCreepy, Item: code, Time: s.now}, s.now); err != nil {
		s.t.Fatal(err)
	}
}

// nothingOpens tries an old copy of the subject's rows with every key of today.
func (s *shop) nothingOpens(ref, other tactful.Ref, backup map[string][]byte) {
	s.t.Helper()
	sealers, err := s.vault.Sealers(s.t.Context(), []tactful.Ref{ref, other})
	if err != nil {
		s.t.Fatal(err)
	}
	if sealers[0] != nil {
		s.t.Error("the erased subject has a key")
	}
	p := subjectPartition(ref)
	tried := 0
	for name, sealed := range backup {
		hexKey, ok := strings.CutPrefix(name, "row ")
		if !ok {
			continue
		}
		key, err := hex.DecodeString(hexKey)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, family := range []store.Family{store.State, store.Log} {
			if _, err := sealers[1].Open(nil, p, family, key, sealed); err == nil {
				s.t.Error("an old row opens with another subject's key")
			}
			if _, err := s.vault.Tenant().Open(nil, p, family, key, sealed); err == nil {
				s.t.Error("an old row opens with the tenant's key")
			}
			tried++
		}
	}
	if tried < 10 {
		s.t.Errorf("only %d attempts to open old rows", tried)
	}
}
