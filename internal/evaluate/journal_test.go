package evaluate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
)

func FuzzReplayJournal(f *testing.F) {
	want := journalHeader{Format: journalFormat, Data: "d", Share: 0.1, Seed: 1, Length: 20}
	header, err := json.Marshal(want)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(header) + "\n" + `{"k":20,"exponent":0.3,"recall":0.1}` + "\n")
	f.Add(string(header) + "\n[]\n")
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := &search{done: map[ReportedWith]Trial{}}
		if err := s.replay([]byte(text), want); err != nil {
			if tactful.KindOf(err) != tactful.Invalid {
				t.Fatal(err)
			}
			return
		}
		for key, trial := range s.done {
			if trial.ReportedWith != key || !trial.Resumed {
				t.Fatalf("%+v stands under %+v", trial, key)
			}
		}
	})
}

func TestJournalOfAnotherProgramIsRefusedAndLeftAlone(t *testing.T) {
	for _, text := range []string{"dear diary\ntoday I tuned\n", "dear diary"} {
		path := filepath.Join(t.TempDir(), "notes.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := &search{options: TuneOptions{Journal: path}, done: map[ReportedWith]Trial{}}
		if err := s.resume(&Pairs{}); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%q: %v", text, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != text {
			t.Errorf("the file is now %q, %v", b, err)
		}
	}
}
