package guard

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store/disk"
)

// storm is a shop on a medium that can lose its power at any moment.
type storm struct {
	t     *testing.T
	mem   *vfs.MemFS
	ring  *vault.Keyring
	rules FrequencyRules
	refs  []tactful.Ref
	now   time.Time

	data, keys *disk.Disk
	records    *records.Records

	mu       sync.Mutex
	answered map[string]tactful.Ref // ids of decisions that were answered with an offer
	refused  atomic.Int64
	conflict atomic.Int64
	cut      atomic.Int64
}

func (s *storm) open() {
	s.t.Helper()
	open := func(name string) *disk.Disk {
		d, err := disk.Open(name, disk.Options{FS: s.mem, CacheBytes: 8 << 20})
		if err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	s.data, s.keys = open("data"), open("keys")
	v, err := vault.Open(s.t.Context(), s.keys, s.ring, vault.Options{Entropy: rand.Reader, CacheSize: 4096})
	if err != nil {
		s.t.Fatal(err)
	}
	s.records = records.New(s.data, v, rand.Reader, nil)
}

func (s *storm) close() { _ = errors.Join(s.data.Close(), s.keys.Close()) }

// creatives are two campaigns on three channels.
func creatives(channel decision.Channel) []decision.Candidate {
	return []decision.Candidate{
		offer(channel, of("spring", "a")), offer(channel, of("spring", "b")),
		offer(channel, of("autumn", "a"), category("Books"), capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 2, Period: 30 * day})),
		offer(channel, of("winter", "a"), category("Toys"), capped(decision.Cap{Scope: decision.ScopeCampaign, Count: 1, Calendar: "day"})),
	}
}

// decide is the path of a decision about offers, with nothing but the caps.
func (s *storm) decide(ctx context.Context, r *mrand.Rand, ref tactful.Ref, channel decision.Channel) {
	f := Frequency{s.rules}
	for range 20 {
		subject, err := s.records.Open(ctx, ref, records.Want{Showings: true}, s.now)
		if err != nil {
			s.cut.Add(1)
			return
		}
		c := offering(channel)
		c.Now, c.Showings = s.now, subject.Showings
		list := creatives(channel)
		var rulings Rulings
		if err := Run([]Guard{f}, &c, list, &rulings); err != nil {
			s.t.Error(err)
			return
		}
		var order []int
		for i, ruling := range rulings.Overall() {
			if ruling == decision.Allow {
				order = append(order, i)
			}
		}
		order = Arrange(&c, list, order, nil, &rulings)
		if len(order) == 0 {
			s.refused.Add(1)
			return
		}
		b := records.Booking{
			Receipt: &tactful.Receipt{Time: s.now, Placement: tactful.ForYou, Level: tactful.Personal}, Expires: s.now.Add(90 * day), Term: s.rules.Keep,
			Showings: []decision.Showing{ShowingOf(&list[order[0]], s.now)},
		}
		err = s.records.Reserve(ctx, ref, subject.Standing.Version, subject.Showings, &b, s.now)
		switch {
		case tactful.KindOf(err) == tactful.Conflict && err != nil:
			s.conflict.Add(1)
			continue
		case err != nil:
			s.cut.Add(1)
			return
		}
		s.mu.Lock()
		s.answered[b.Receipt.ID] = ref
		s.mu.Unlock()
		if r.IntN(2) == 0 { // half of them are reported, the others count all the same
			fate := []decision.Fate{decision.Shown, decision.Clicked, decision.Dismissed}[r.IntN(3)]
			if _, err := s.records.MarkShowings(ctx, b.Receipt.ID, "", "", fate, s.now); err != nil {
				s.cut.Add(1)
			}
		}
		return
	}
}

// TestCapsHoldWhateverIsKilled lets 64 workers decide for the same thousand
// people over three channels, cuts contexts and the power at random moments, and
// counts afterwards with a rule of its own what lies in the store.
func TestCapsHoldWhateverIsKilled(t *testing.T) {
	ring, err := vault.OpenRing(filepath.Join(t.TempDir(), "ring.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &storm{t: t, mem: vfs.NewCrashableMem(), ring: ring, rules: settings().Frequency, now: now, answered: map[string]tactful.Ref{}}
	s.open()
	var names []tactful.Alias
	for i := range 1000 {
		names = append(names, tactful.Alias{Kind: tactful.UserID, ID: fmt.Sprint("person-", i)})
	}
	if s.refs, err = s.records.CreateAll(t.Context(), names, s.now); err != nil {
		t.Fatal(err)
	}
	const workers, rounds = 64, 8
	all := 0
	for round := range rounds {
		ctx, stop := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		var done atomic.Int64
		limit, last := make(chan struct{}), 1+mrand.New(mrand.NewPCG(uint64(round), 9)).Int64N(workers*60)
		for w := range workers {
			wait.Go(func() {
				r := mrand.New(mrand.NewPCG(uint64(round), uint64(w)))
				for step := range 60 {
					if ctx.Err() != nil {
						return
					}
					at := r.IntN(len(s.refs))
					if r.IntN(3) == 0 {
						at = (60*round + step) % len(s.refs) // whom many decide about at once
					}
					one, cancel := context.WithCancel(ctx)
					if r.IntN(10) == 0 {
						go cancel() // some moment or other
					}
					s.decide(one, r, s.refs[at], []decision.Channel{site, mail, push}[r.IntN(3)])
					cancel()
					if done.Add(1) == last {
						close(limit)
					}
				}
			})
		}
		<-limit
		// The power fails: what is on the medium at this moment is all there is.
		s.mu.Lock()
		before := map[string]tactful.Ref{}
		for id, ref := range s.answered {
			before[id] = ref
		}
		s.mu.Unlock()
		dead := s.mem
		s.mem = dead.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[round%3], RNG: mrand.New(mrand.NewPCG(uint64(round), 3))})
		stop()
		wait.Wait()
		s.close()
		all += int(done.Load())
		s.open()
		s.answered = before
		s.verify(round)
		s.now = s.now.Add([]time.Duration{time.Hour, 7 * time.Hour, 18 * time.Hour, 3 * day}[round%4])
	}
	shown := s.verify(rounds)
	t.Logf("%d decisions by %d workers about %d people, %d power cuts: %d shown, %d refused by a cap, %d met a conflict and decided again, %d were cut short; overruns 0, leaked 0",
		all, workers, len(s.refs), rounds, shown, s.refused.Load(), s.conflict.Load(), s.cut.Load())
	if shown < len(s.refs)/2 || s.refused.Load() == 0 || s.conflict.Load() == 0 || s.cut.Load() == 0 {
		t.Error("the storm was too mild to show anything")
	}
	later := s.now.Add(s.rules.Keep + time.Minute)
	for _, ref := range s.refs {
		if left, err := s.records.ReadShowings(t.Context(), ref, later); err != nil || len(left.Past) > 0 {
			t.Fatalf("%d showings after their term, %v", len(left.Past), err)
		}
	}
	s.close()
}

// verify counts what the store holds of everybody: no cap is overrun, every
// showing has its receipt and every receipt its showing, and whatever was
// answered before the power failed is there.
func (s *storm) verify(round int) (shown int) {
	s.t.Helper()
	answered := map[tactful.Ref]map[string]bool{}
	for id, ref := range s.answered {
		if answered[ref] == nil {
			answered[ref] = map[string]bool{}
		}
		answered[ref][id] = true
	}
	overruns, leaked, lost := 0, 0, 0
	for _, ref := range s.refs {
		all, err := s.records.ReadShowings(s.t.Context(), ref, s.now)
		if err != nil {
			s.t.Fatal(err)
		}
		receipts, err := s.records.Receipts(s.t.Context(), ref, 0, s.now)
		if err != nil {
			s.t.Fatal(err)
		}
		shown += len(all.Past)
		overruns += overrun(all.Past)
		if len(receipts) != len(all.Past) {
			leaked++
		}
		for _, r := range receipts {
			delete(answered[ref], r.ID)
			// Saying nothing new finds the showing of a receipt and changes nothing.
			if _, err := s.records.MarkShowings(s.t.Context(), r.ID, "", "", decision.Reserved, s.now); err != nil {
				leaked++
			}
		}
		lost += len(answered[ref])
	}
	if overruns > 0 || leaked > 0 || lost > 0 {
		s.t.Fatalf("round %d: %d overruns, %d leaked, %d answers lost of %d shown", round, overruns, leaked, lost, shown)
	}
	return shown
}

// overrun counts the showings above a cap, by a rule that knows nothing of the guard.
func overrun(past []decision.Showing) (n int) {
	within := func(at time.Time, span time.Duration, is func(*decision.Showing) bool) (count int) {
		for i := range past {
			if p := &past[i]; !p.At.After(at) && p.At.After(at.Add(-span)) && is(p) {
				count++
			}
		}
		return count
	}
	for i := range past {
		s := &past[i]
		if within(s.At, 7*day, func(o *decision.Showing) bool { return o.Campaign == s.Campaign && o.Creative == s.Creative }) > 2 {
			n++
		}
		if s.Channel.Sent() {
			if within(s.At, 7*day, func(o *decision.Showing) bool { return o.Channel.Sent() }) > 3 {
				n++
			}
			sameDay := func(o *decision.Showing) bool {
				return o.Channel.Sent() && o.At.UTC().Format(time.DateOnly) == s.At.UTC().Format(time.DateOnly)
			}
			if within(s.At, 2*day, sameDay) > 1 {
				n++
			}
		}
		if s.Campaign == "autumn" && within(s.At, 30*day, func(o *decision.Showing) bool { return o.Campaign == "autumn" }) > 2 {
			n++
		}
	}
	return n
}

// TestTheCountOfOverrunsSeesOne is the positive control of the storm.
func TestTheCountOfOverrunsSeesOne(t *testing.T) {
	for name, past := range map[string][]decision.Showing{
		"a creative three times":  {ago(0, site, mine), ago(day, site, mine), ago(2*day, mail, mine)},
		"two messages on one day": {ago(0, mail), ago(time.Hour, push)},
		"four messages in a week": {ago(0, mail), ago(2*day, push), ago(3*day, push), ago(4*day, mail)},
	} {
		if overrun(past) == 0 {
			t.Errorf("%s: not seen", name)
		}
	}
	if overrun([]decision.Showing{ago(0, site, mine), ago(day, mail, mine), ago(2*day, push)}) != 0 {
		t.Error("an overrun where there is none")
	}
}
