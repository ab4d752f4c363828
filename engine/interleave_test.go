package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// The promise: a decision that begins after a withdrawal was acknowledged rests
// on nothing personal. Seen from outside, the standing of one person is one
// register that withdrawals and grants write and decisions read, and every
// history must be linearizable. What a decision read is known: a personal one
// names the record it relied on.

// interrupt is a store that does something of the test's between two calls of a
// decision.
type interrupt struct {
	*disk.Disk
	armed   atomic.Bool
	calls   int         // of the decision so far
	at      map[int]int // before this call: what to do
	do      func(what int)
	late    bool // after a read and not before it: what was read is old then
	storing bool // events are being stored: who stops something waits
	once    bool // one thing is done, and what it does may go on beside the calls
	stale   bool // the control: standings are read once and remembered
	mu      sync.Mutex
	memory  map[string]store.Answer
}

func (s *interrupt) step() {
	if !s.armed.Load() {
		return
	}
	what, ok := s.at[s.calls]
	s.calls++
	if ok {
		s.armed.Store(false) // what it does are no calls of the decision
		s.do(what)
		s.armed.Store(!s.once)
	}
}

func (s *interrupt) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	answers, err := s.Read(ctx, queries)
	if err != nil {
		return err
	}
	return use(answers)
}

func (s *interrupt) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	if s.once && s.armed.Load() {
		s.storing = len(queries) > 0 && queries[0].Family == store.Log && len(queries[0].From) > 0 && queries[0].From[0] == 'e'
	}
	if !s.late {
		s.step()
	}
	answers, err := s.Disk.Read(ctx, queries)
	if s.late {
		s.step()
	}
	if err != nil || !s.stale || !s.armed.Load() {
		return answers, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, q := range queries {
		if q.Partition.Section != store.Subjects || q.Family != store.State {
			continue
		}
		key := fmt.Sprintf("%x %x %x", q.Partition.ID, q.From, q.To)
		if old, ok := s.memory[key]; ok {
			answers[i] = old
		} else {
			s.memory[key] = answers[i]
		}
	}
	return answers, nil
}

func (s *interrupt) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if s.once && s.armed.Load() {
		s.storing = true
	}
	s.step()
	return s.Disk.Write(ctx, batches)
}

// interrupted reopens the world over such a store.
func (w *world) interrupted(stale bool) *interrupt {
	w.t.Helper()
	w.shut()
	s := &interrupt{stale: stale, memory: map[string]store.Answer{}}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		watch: func(d *disk.Disk) store.Store { s.Disk = d; return s },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
	return s
}

// withdraw and allow change one purpose and say which record it made.
func (w *world) withdraw(id string) { w.choose(id, tactful.Withdrawn) }
func (w *world) allow(id string) string {
	return w.choose(id, tactful.Granted).Purposes[tactful.Recommendations].ID
}

func (w *world) choose(id string, answer tactful.Answer) tactful.Consents {
	w.t.Helper()
	w.clock.pass(time.Millisecond)
	change := ConsentChange{}
	if answer == tactful.Granted {
		change.Level = tactful.Personal
	}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations {
			change.Answers = []tactful.Consent{{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"}}
		}
	}
	c, err := w.SetConsents(context.Background(), user(id), change)
	if err != nil {
		w.t.Error(err)
	}
	return c
}

// personal decides for somebody and gives the record that was relied on, "" if
// nothing personal was used. It checks that answer and receipt agree on that.
func (w *world) personal(id string) (string, error) {
	d, err := w.Decide(context.Background(), &tactful.Request{Subject: user(id), Placement: tactful.ForYou, Count: 5})
	if err != nil {
		return "", err
	}
	receipt, err := w.Receipt(context.Background(), d.ID)
	if err != nil {
		return "", err
	}
	used := len(receipt.Evidence) > 0 || d.Level >= tactful.Personal
	for _, s := range d.Suggestions {
		used = used || s.Origin == tactful.Ranked || s.Score != 0 || len(s.Reason.Items) > 0
	}
	if used != (receipt.ConsentID != "") {
		return "", fmt.Errorf("the list uses somebody: %v; the receipt relies on record %q", used, receipt.ConsentID)
	}
	return receipt.ConsentID, nil
}

func withdrawWorld(t *testing.T, people int) *world {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	for i := range people {
		id := fmt.Sprint("w-", i)
		w.agree(id, tactful.Personal)
		w.mustSend(id, "purchased", 1+i%24, 1+(i+7)%24)
	}
	w.train()
	return w
}

// Steps of an interrupting schedule.
const (
	doWithdraw = iota
	doAllow
	doEvent
	doGPC
	doLevel
	steps
)

// TestAWithdrawalBetweenAnyTwoStepsOfADecisionIsObeyed puts changes of mind
// before every call that a decision makes to the store, and compares with what
// was acknowledged when it began and while it ran.
func TestAWithdrawalBetweenAnyTwoStepsOfADecisionIsObeyed(t *testing.T) {
	w := withdrawWorld(t, 1)
	s := w.interrupted(false)
	const id = "w-0"
	interleavings, personal, quiet := 0, 0, 0
	mind := w.allow(id) // the record that stands, "" for none
	run := func(t *rapid.T) {
		s.at = map[int]int{}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			s.at[rapid.IntRange(0, 6).Draw(t, "before call")] = rapid.IntRange(0, steps-1).Draw(t, "what")
		}
		if rapid.Bool().Draw(t, "withdrawn before") {
			w.withdraw(id)
			mind = ""
		} else if mind == "" {
			mind = w.allow(id)
		}
		allowed := map[string]bool{mind: true} // what stood at some moment of the decision
		s.do = func(what int) {
			switch what {
			case doWithdraw:
				w.withdraw(id)
				mind = ""
			case doAllow:
				mind = w.allow(id)
			case doEvent:
				w.send(id, "viewed", 3)
			case doGPC:
				if err := w.HonourGPC(context.Background(), user(id)); err != nil {
					w.t.Error(err)
				}
			case doLevel:
				if _, err := w.SetConsents(context.Background(), user(id), ConsentChange{Level: tactful.Context}); err != nil {
					w.t.Error(err)
				}
				mind = "" // the yes stands, but the level keeps it from use
			}
			allowed[mind] = true
		}
		s.calls = 0
		s.armed.Store(true)
		d, err := w.Decide(context.Background(), &tactful.Request{Subject: user(id), Placement: tactful.ForYou, Count: 5})
		s.armed.Store(false)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := w.Receipt(context.Background(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		interleavings++
		if !allowed[receipt.ConsentID] {
			t.Fatalf("it relied on a record that stood at no moment of the decision: %v of %v", receipt.ConsentID != "", len(allowed))
		}
		if receipt.ConsentID != "" {
			personal++
		} else {
			quiet++
			if len(receipt.Evidence) > 0 || d.Level >= tactful.Personal {
				t.Fatal("evidence was used without a record")
			}
		}
	}
	for range 20 { // rapid makes a hundred each time
		rapid.Check(t, run)
	}
	t.Logf("%d decisions, each cut into at a drawn step: %d personal, each on a record that stood while it ran; %d without a person; 0 late uses", interleavings, personal, quiet)
	if personal < interleavings/20 || quiet < interleavings/20 {
		t.Error("one side hardly happened: this proves nothing")
	}
}

// TestTheInterruptionsFindAnEngineThatRemembers is the control: the same
// schedule over reads that are remembered, as a cache would, uses somebody late.
func TestTheInterruptionsFindAnEngineThatRemembers(t *testing.T) {
	w := withdrawWorld(t, 1)
	s := w.interrupted(true)
	s.at, s.do = nil, func(int) {}
	decide := func() string {
		s.armed.Store(true)
		defer s.armed.Store(false)
		record, err := w.personal("w-0")
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	if decide() == "" {
		t.Fatal("nothing personal before the withdrawal")
	}
	w.withdraw("w-0")
	if decide() == "" {
		t.Fatal("the control obeys: the test above could not see a late use")
	}
}

// operation is one call of a history: when it began and ended, and what it
// wrote or read.
type operation struct {
	began, ended int64
	write        int // the number of the write; of a read the smallest one that it may have seen
	record       string
}

// linearizable checks a history of one register with one writer at a time:
// every read must fit a write that was not over and done with when it began,
// and no read may go back behind another that ended before it began.
func linearizable(writes, reads []operation) (late int) {
	sort.Slice(reads, func(i, j int) bool { return reads[i].began < reads[j].began })
	var ended []operation
	for i := range reads {
		r := &reads[i]
		low := 0 // the last write that had ended when it began
		for n, write := range writes {
			if write.ended < r.began {
				low = n
			}
		}
		for _, before := range ended {
			if before.ended < r.began {
				low = max(low, before.write)
			}
		}
		r.write = -1
		for n := low; n < len(writes) && writes[n].began < r.ended; n++ {
			if writes[n].record == r.record {
				r.write = n
				break
			}
		}
		if r.write < 0 {
			late++
			continue
		}
		ended = append(ended, *r)
	}
	return late
}

func TestTheCheckerKnowsALateUse(t *testing.T) {
	writes := []operation{{began: 0, ended: 1, record: "a"}, {began: 10, ended: 20, record: ""}, {began: 30, ended: 40, record: "b"}}
	for _, c := range []struct {
		name  string
		reads []operation
		late  int
	}{
		{"before the withdrawal", []operation{{began: 2, ended: 5, record: "a"}}, 0},
		{"while it is under way, either", []operation{{began: 12, ended: 15, record: "a"}, {began: 12, ended: 15, record: ""}}, 0},
		{"after it was acknowledged", []operation{{began: 21, ended: 25, record: "a"}}, 1},
		{"back again after it was seen", []operation{{began: 11, ended: 12, record: ""}, {began: 13, ended: 14, record: "a"}}, 1},
		{"a yes that has not been said", []operation{{began: 21, ended: 25, record: "b"}}, 1},
		{"a no after the new yes", []operation{{began: 41, ended: 45, record: ""}}, 1},
	} {
		if late := linearizable(writes, c.reads); late != c.late {
			t.Errorf("%s: %d late, want %d", c.name, late, c.late)
		}
	}
}

// TestTenThousandInterleavingsOfWithdrawAndDecideUseNobodyLate lets real
// goroutines race over the real engine and checks each person's history.
func TestTenThousandInterleavingsOfWithdrawAndDecideUseNobodyLate(t *testing.T) {
	decisions, people := 10_000, 25
	if testing.Short() {
		decisions = 1_500
	}
	w := withdrawWorld(t, people)
	type person struct {
		mouth         sync.Mutex // a person says one thing at a time
		mu            sync.Mutex
		writes, reads []operation
		granted       bool
	}
	var clock atomic.Int64 // orders beginnings and endings; a decision's reads lie between its own two
	crowd := make([]*person, people)
	for i := range crowd {
		crowd[i] = &person{granted: true, writes: []operation{{began: clock.Add(1), record: w.allow(fmt.Sprint("w-", i)), ended: clock.Add(1)}}}
	}
	var done, changes, conflicts atomic.Int64
	change := func(i int) {
		p := crowd[i]
		p.mouth.Lock()
		defer p.mouth.Unlock()
		op := operation{began: clock.Add(1)}
		if p.granted {
			w.withdraw(fmt.Sprint("w-", i))
		} else {
			op.record = w.allow(fmt.Sprint("w-", i))
		}
		op.ended = clock.Add(1)
		p.granted = !p.granted
		p.writes = append(p.writes, op)
		changes.Add(1)
	}
	decide := func(i int) {
		op := operation{began: clock.Add(1)}
		record, err := w.personal(fmt.Sprint("w-", i))
		op.ended, op.record = clock.Add(1), record
		switch {
		case tactful.KindOf(err) == tactful.Conflict:
			conflicts.Add(1)
			return
		case err != nil:
			t.Error(err)
			return
		}
		p := crowd[i]
		p.mu.Lock()
		p.reads = append(p.reads, op)
		p.mu.Unlock()
		done.Add(1)
	}
	together(decisions*5/4, func(i int) {
		rng := mathrand.New(mathrand.NewPCG(uint64(i), 11))
		if who := rng.IntN(people); rng.IntN(5) == 0 {
			change(who)
		} else {
			decide(who)
		}
	})
	late, personal, overlapping, after := 0, 0, 0, 0
	for _, p := range crowd {
		late += linearizable(p.writes, p.reads)
		for _, r := range p.reads {
			if r.record != "" {
				personal++
			}
			races := false
			for n, write := range p.writes {
				races = races || write.began < r.ended && r.began < write.ended
				if n+1 == len(p.writes) || p.writes[n+1].began > r.ended {
					if write.ended < r.began && write.record == "" {
						after++
					}
					break
				}
			}
			if races {
				overlapping++
			}
		}
	}
	t.Logf("%d decisions and %d changes of mind of %d people: %d decisions raced with a change, %d were personal, %d lay wholly after an acknowledged withdrawal; late uses: %d (%d conflicts)",
		done.Load(), changes.Load(), people, overlapping, personal, after, late, conflicts.Load())
	if late > 0 {
		t.Errorf("%d decisions used somebody late, or went back", late)
	}
	if n := int(done.Load()); personal < n/10 || overlapping < n/20 || after < n/20 {
		t.Error("too little happened to prove anything")
	}
	w.sound()
}

func TestAWithdrawnPersonContributesNothingToTheNextFit(t *testing.T) {
	with := newWorld(t, nil)
	without := newWorld(t, nil)
	for _, w := range []*world{with, without} {
		w.stock(24)
		w.crowd(80, 24)
	}
	with.agree("anna", tactful.Personal)
	with.mustSend("anna", "purchased", 1, 5, 9, 13)
	before, never := with.train(), without.train()
	if before.Hash == never.Hash || before.People != never.People+1 {
		t.Fatal("the person added nothing while they agreed: this proves nothing")
	}
	if _, err := with.SetConsents(context.Background(), user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Improvement, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	after := with.train()
	if after.Hash != never.Hash || after.People != never.People {
		t.Errorf("after the withdrawal: model %.12s of %d people; never seen: %.12s of %d", after.Hash, after.People, never.Hash, never.People)
	}
	t.Logf("the model after the withdrawal is bit for bit that of an engine which never saw the person: %.12s", after.Hash)
}

func TestWhatWaitsIsAskedAgainAtItsRelease(t *testing.T) {
	w := gpcWorld(t)
	ctx := context.Background()
	ask := func(purpose tactful.Purpose) (bool, string) {
		t.Helper()
		ok, because, err := w.MayUse(ctx, user("anna"), purpose, "DE")
		if err != nil {
			t.Fatal(err)
		}
		return ok, because
	}
	if ok, because := ask(tactful.MessagesEmail); ok || because != "no_subject" {
		t.Errorf("nobody: %v %s", ok, because)
	}
	w.grantAll(user("anna"))
	if ok, _ := ask(tactful.MessagesEmail); !ok {
		t.Fatal("a live yes does not count")
	}
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.MessagesEmail, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	if ok, because := ask(tactful.MessagesEmail); ok || because != "withdrawn" {
		t.Errorf("after the withdrawal: %v %s", ok, because)
	}
	if err := w.HonourGPC(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if ok, because := ask(shares); ok || because != "gpc" {
		t.Errorf("with the signal: %v %s", ok, because)
	}
	w.clock.pass(400 * 24 * time.Hour)
	if ok, because := ask(tactful.MessagesPush); ok || because != "expired" {
		t.Errorf("after thirteen months: %v %s", ok, because)
	}
}
