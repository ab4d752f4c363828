package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// witness is a store that writes down what is read from it.
type witness struct {
	*disk.Disk
	mu      sync.Mutex
	queries []store.Query
	scans   int
}

func (s *witness) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	answers, err := s.Read(ctx, queries)
	if err != nil {
		return err
	}
	return use(answers)
}

func (s *witness) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	s.mu.Lock()
	s.queries = append(s.queries, queries...)
	s.mu.Unlock()
	return s.Disk.Read(ctx, queries)
}

func (s *witness) Scan(ctx context.Context, r store.Range, from store.Cursor, visit func(store.Partition, []store.Row) error) (store.Cursor, error) {
	s.mu.Lock()
	if r.Section != store.Cases { // the queue looks at its requests when an engine opens, beside whoever asks
		s.scans++
	}
	s.mu.Unlock()
	return s.Disk.Scan(ctx, r, from, visit)
}

// forget gives what was read since the last call.
func (s *witness) forget() (queries []store.Query, scans int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queries, scans = s.queries, s.scans
	s.queries, s.scans = nil, 0
	return queries, scans
}

// observe reopens the world's engine with a witness between records and store.
func (w *world) observe() *witness {
	w.t.Helper()
	w.shut()
	seen := &witness{}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		watch: func(d *disk.Disk) store.Store { seen.Disk = d; return seen },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
	seen.forget()
	return seen
}

// together does n things, many at once, so that they share the waits for the disk.
func together(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// classify names a query by what it can reach.
func classify(q *store.Query) string {
	within := func(low, high []byte) bool {
		return q.From != nil && q.To != nil && bytes.Compare(q.From, low) >= 0 && bytes.Compare(q.To, high) <= 0
	}
	switch {
	case q.Partition.Section == store.Aliases && q.Family == store.State && within([]byte{1}, []byte{1, 0}):
		return "alias"
	case q.Partition.Section == store.Subjects && q.Family == store.State && within([]byte{1}, []byte{1, 0}):
		return "consent"
	case q.Partition.Section == store.Subjects && q.Family == store.State && within([]byte{2, 0}, []byte{2, 1, 0}):
		return "declared"
	}
	return fmt.Sprintf("section %d family %d from %x to %x", q.Partition.Section, q.Family, q.From, q.To)
}

// A signal on record is said where the person's own data may be used, and where
// it came with the request.
func TestASignalOnRecordIsNotInAGenericAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.agree("me", tactful.Personal)
	if err := w.HonourGPC(context.Background(), user("me")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		level  tactful.Level
		place  tactful.Placement
		signal bool
		want   bool
	}{
		{tactful.Generic, tactful.ForYou, false, false}, {tactful.Personal, tactful.Popular, false, false},
		{tactful.Generic, tactful.ForYou, true, true}, {tactful.Context, tactful.ForYou, false, true}, {tactful.Personal, tactful.ForYou, false, true},
	} {
		d := w.decide(tactful.Request{Subject: user("me"), Placement: c.place, Count: 4, Level: c.level, GPC: c.signal})
		if d.GPC != c.want || !d.GPCKept {
			t.Errorf("%s, %s, signal %v: said %v, known to be on record %v", c.level, c.place, c.signal, d.GPC, d.GPCKept)
		}
	}
}

func TestGenericReadsTheConsentRowOnlyAndIsByteIdenticalForAThousandPeople(t *testing.T) {
	const known, strangers = 900, 100
	people := known + strangers
	w := newWorld(t, nil)
	w.stock(24)
	together(known, func(i int) {
		id := fmt.Sprintf("p-%d", i)
		w.agree(id, []tactful.Level{tactful.Personal, tactful.Full}[i%2])
		w.mustSend(id, "purchased", 1+i%24, 1+(i*7+5)%24)
		if i%5 == 0 { // these have a signal on record
			if err := w.HonourGPC(context.Background(), user(id)); err != nil {
				t.Error(err)
			}
		}
		if i%3 == 0 { // these chose the level generic for themselves, later
			if _, err := w.SetConsents(context.Background(), user(id), ConsentChange{Level: tactful.Generic}); err != nil {
				t.Error(err)
			}
		}
	})
	w.train()
	seen := w.observe()

	for _, r := range []tactful.Request{
		{Placement: tactful.Popular, Count: 10},
		{Placement: tactful.ForYou, Count: 10},
		{Placement: tactful.Similar, Items: []string{"item-3"}, Count: 10},
		{Placement: tactful.Search, Query: "thing", Count: 10},
	} {
		t.Run(r.Placement.String(), func(t *testing.T) {
			answers := make([]string, people)
			together(people, func(i int) {
				ask := r
				ask.Subject = user(fmt.Sprintf("p-%d", i))
				if i >= known || i%3 != 0 {
					ask.Level = tactful.Generic
				}
				d, err := w.Decide(context.Background(), &ask)
				if err != nil {
					t.Error(err)
					return
				}
				d.ID, d.GPCKept = "", false // the receipt's, and for no answer; all else is the same, also the words
				text, err := json.Marshal(d)
				if err != nil {
					t.Error(err)
				}
				answers[i] = string(text)
			})
			queries, scans := seen.forget()
			for i, answer := range answers {
				if answer != answers[0] {
					t.Fatalf("person %d got another answer:\n%s\n%s", i, answer, answers[0])
				}
			}
			var d tactful.Decision
			if err := json.Unmarshal([]byte(answers[0]), &d); err != nil || len(d.Suggestions) == 0 || d.Level != tactful.Generic {
				t.Errorf("an empty or personal list proves nothing: %v %s", err, answers[0])
			}
			counts := map[string]int{}
			for i := range queries {
				counts[classify(&queries[i])]++
			}
			if scans != 0 || len(counts) != 2 || counts["alias"] != people || counts["consent"] != known {
				t.Errorf("read: %v and %d scans", counts, scans)
			}
			t.Logf("%d identical answers of %d bytes; reads: %v", people, len(answers[0]), counts)
		})
	}

	t.Run("the witness sees what a personal decision reads", func(t *testing.T) {
		d := w.decide(tactful.Request{Subject: user("p-1"), Placement: tactful.ForYou, Count: 10})
		queries, _ := seen.forget()
		events := 0
		for i := range queries {
			if queries[i].Partition.Section == store.Subjects && queries[i].Family == store.Log {
				events++
			}
		}
		if d.Level < tactful.Personal || events == 0 {
			t.Errorf("level %s, %d reads of events", d.Level, events)
		}
	})
	t.Run("level context reads what was declared besides, and no more", func(t *testing.T) {
		w.decide(tactful.Request{Subject: user("p-1"), Placement: tactful.Similar, Items: []string{"item-3"}, Level: tactful.Context})
		queries, _ := seen.forget()
		declared := 0
		for i := range queries {
			switch what := classify(&queries[i]); what {
			case "alias", "consent":
			case "declared":
				declared++
			default:
				t.Errorf("read %s", what)
			}
		}
		if declared != 1 {
			t.Errorf("what was declared was read %d times", declared)
		}
	})
}
