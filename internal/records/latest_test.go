package records

import (
	"crypto/rand"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// copied is a shop whose data can be copied, and put back.
type copied struct {
	*shop
	mem *vfs.MemFS
	dir string
}

func newCopied(t *testing.T) *copied {
	t.Helper()
	c := &copied{mem: vfs.NewCrashableMem(), dir: t.TempDir()}
	c.shop = openShop(t, c.dir, disk.Options{FS: c.mem}, disk.Options{FS: vfs.NewMem()})
	c.start(c.records)
	return c
}

// start lets data and keys agree, as an engine's start does.
func (c *copied) start(r *Records) {
	c.t.Helper()
	if _, err := r.Behind(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if err := r.Beat(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// copy is the data as it is now.
func (c *copied) copy() *vfs.MemFS {
	c.t.Helper()
	at := c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: mathrand.New(mathrand.NewPCG(1, 1))})
	if err := c.records.Beat(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return at
}

// putBack opens a copy beside the keys as they are now, and obeys again.
func (c *copied) putBack(at *vfs.MemFS) *Records {
	c.t.Helper()
	data, err := disk.Open(filepath.Join(c.dir, "data"), disk.Options{FS: at, CacheBytes: 1 << 20})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = data.Close() })
	r := New(data, c.vault, rand.Reader, nil)
	if order, err := r.Behind(c.t.Context()); err != nil || order >= 0 {
		c.t.Fatalf("the copy does not know that it is one: %d, %v", order, err)
	}
	if _, err := r.StopAgain(c.t.Context(), nil, c.now); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// beside are somebody's stops, and how many bytes they take.
func (c *copied) beside(ref tactful.Ref) (rows, bytes int) {
	c.t.Helper()
	answers, err := c.table.Read(c.t.Context(), []store.Query{{Partition: stopPartition(ref), Family: store.Log, Now: c.now}})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, row := range answers[0].Rows {
		bytes += len(row.Value)
	}
	return len(answers[0].Rows), bytes
}

func (c *copied) open(r *Records, ref tactful.Ref) *Subject {
	c.t.Helper()
	s, err := r.Open(c.t.Context(), ref, Want{Settings: true, Preferences: true}, c.now)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// put changes what is said of an item; SettingNone takes it back.
func (c *copied) put(ref tactful.Ref, item string, setting decision.Setting) {
	c.t.Helper()
	s := c.open(c.records, ref)
	settings := maps.Clone(s.Settings)
	if settings == nil {
		settings = map[string]Setting{}
	}
	if settings[item] = (Setting{setting, c.now}); setting == decision.SettingNone {
		delete(settings, item)
	}
	if _, err := c.records.WriteSettings(c.t.Context(), ref, s.Standing.Version, settings, c.now); err != nil {
		c.t.Fatal(err)
	}
}

func TestWhatLiesBesideTheKeysIsWhatIsStillSaidNotHowOftenItChanged(t *testing.T) {
	c := newCopied(t)
	ref := c.create("u-1")
	c.put(ref, "lamp", decision.SettingUnused)
	_, one := c.beside(ref)
	for n := range 300 {
		c.put(ref, fmt.Sprintf("item-%d", n%40), decision.SettingUnused)
	}
	rows, many := c.beside(ref)
	if t.Logf("one setting: %d bytes beside the keys; 40 after 300 changes: %d rows, %d bytes", one, rows, many); rows != 1 || many > 40*one {
		t.Errorf("%d rows, %d bytes", rows, many)
	}
	for n := range 40 {
		c.put(ref, fmt.Sprintf("item-%d", n), decision.SettingNone)
	}
	c.put(ref, "lamp", decision.SettingNone)
	if rows, _ := c.beside(ref); rows != 0 {
		t.Errorf("%d rows say nothing", rows)
	}
}

// TestAStopThatNeverTookEffectHidesNone writes stops down as a change does that is
// cut short, or that lost to another.
func TestAStopThatNeverTookEffectHidesNone(t *testing.T) {
	unused := func(items ...string) map[string]Setting {
		all := map[string]Setting{}
		for _, item := range items {
			all[item] = Setting{Setting: decision.SettingUnused}
		}
		return all
	}
	for _, tt := range []struct {
		name string
		lose func(c *copied, ref tactful.Ref, stale store.Version)
	}{
		{"one that lost to a change before it", func(c *copied, ref tactful.Ref, stale store.Version) {
			if _, err := c.records.WriteSettings(c.t.Context(), ref, stale, unused("cup"), c.now); tactful.KindOf(err) != tactful.Conflict {
				c.t.Fatalf("%v", err)
			}
		}},
		{"one that was cut short, and took the no back", func(c *copied, ref tactful.Ref, _ store.Version) {
			sealer, err := c.records.sealer(c.t.Context(), ref)
			if err != nil {
				c.t.Fatal(err)
			}
			if _, err := c.records.noteStop(c.t.Context(), sealer, ref, c.open(c.records, ref).Standing.Version, &stop{Settings: map[string]Setting{}}, c.now); err != nil {
				c.t.Fatal(err)
			}
		}},
		{"one that was cut short, and said yes again", func(c *copied, ref tactful.Ref, _ store.Version) {
			s := c.open(c.records, ref)
			sealer, err := c.records.sealer(c.t.Context(), ref)
			if err != nil {
				c.t.Fatal(err)
			}
			open := *s.Standing
			open.Objected = time.Time{}
			if _, err := c.records.noteStop(c.t.Context(), sealer, ref, s.Standing.Version, &stop{Standing: &open}, c.now); err != nil {
				c.t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCopied(t)
			ref := c.create("u-1")
			monday := c.copy()
			stale := c.open(c.records, ref).Standing.Version
			c.put(ref, "lamp", decision.SettingUnused)
			s := c.open(c.records, ref)
			objects := *s.Standing
			objects.Objected = c.now
			if _, err := c.records.WriteStanding(t.Context(), ref, s.Standing.Version, objects, nil, c.now); err != nil {
				t.Fatal(err)
			}
			tt.lose(c, ref, stale)
			if s := c.open(c.putBack(monday), ref); s.Settings["lamp"].Setting != decision.SettingUnused || s.Standing.Objected.IsZero() {
				t.Errorf("a no that was acknowledged is forgotten: %v, %+v", s.Settings, s.Standing)
			}
		})
	}
}

// TestACopyObeysWhatStandsWhicheverChangesWereMade changes its mind at random
// about everything, copies in between, and puts each copy back.
func TestACopyObeysWhatStandsWhicheverChangesWereMade(t *testing.T) {
	purposes := []tactful.Purpose{tactful.Recommendations, tactful.Offers, tactful.Improvement}
	most := 0
	for seed := range uint64(12) {
		c, rng := newCopied(t), mathrand.New(mathrand.NewPCG(seed, 11))
		ref := c.create("u-1")
		var copies []*vfs.MemFS
		for step := range 40 {
			c.now = c.now.Add(time.Minute)
			s := c.open(c.records, ref)
			var err error
			switch rng.IntN(6) {
			case 0:
				copies = append(copies, c.copy())
			case 1, 2:
				c.put(ref, fmt.Sprintf("item-%d", rng.IntN(4)), []decision.Setting{decision.SettingNone, decision.SettingUnused, decision.SettingGift}[rng.IntN(3)])
			case 3:
				wishes := tactful.Preferences{Discreet: rng.IntN(2) == 0, EasyReading: rng.IntN(2) == 0}
				_, err = c.records.WritePreferences(t.Context(), ref, s.Standing.Version, &wishes, c.now)
			default:
				next := *s.Standing
				next.Consents.Purposes = maps.Clone(next.Consents.Purposes)
				if next.Consents.Purposes == nil {
					next.Consents.Purposes = map[tactful.Purpose]tactful.Consent{}
				}
				said := tactful.Consent{ID: fmt.Sprintf("c-%d", step), Purpose: purposes[rng.IntN(3)], Answer: []tactful.Answer{tactful.Granted, tactful.Withdrawn}[rng.IntN(2)], Time: c.now}
				next.Consents.Purposes[said.Purpose] = said
				next.Consents.Level = []tactful.Level{tactful.Personal, tactful.Full, tactful.Full, tactful.Context}[rng.IntN(4)]
				next.Consents.GPC, next.Minor = rng.IntN(4) == 0, rng.IntN(8) == 0
				_, err = c.records.WriteStanding(t.Context(), ref, s.Standing.Version, next, []tactful.Consent{said}, c.now)
			}
			if err != nil {
				t.Fatal(err)
			}
			rows, _ := c.beside(ref)
			if most = max(most, rows); rows > 3 {
				t.Fatalf("seed %d, step %d: %d rows beside the keys", seed, step, rows)
			}
		}
		truth := c.open(c.records, ref)
		if len(copies) > 4 {
			copies = copies[:4] // the oldest know least
		}
		for i, at := range copies {
			r := c.putBack(at)
			got := c.open(r, ref)
			for item, want := range truth.Settings {
				if got.Settings[item] != want {
					t.Errorf("seed %d, copy %d: %s is %v, not %v", seed, i, item, got.Settings[item], want)
				}
			}
			for _, purpose := range purposes {
				if said := truth.Standing.Consents.Purposes[purpose]; said.Answer == tactful.Withdrawn && got.Standing.Consents.Purposes[purpose].Answer == tactful.Granted {
					t.Errorf("seed %d, copy %d: a no to %s is forgotten", seed, i, purpose)
				}
			}
			if g, w := got.Standing, truth.Standing; g.Consents.Level > w.Consents.Level || !g.Consents.GPC && w.Consents.GPC || !g.Minor && w.Minor {
				t.Errorf("seed %d, copy %d: %+v, not %+v", seed, i, g, w)
			}
			if g, w := got.Preferences, truth.Preferences; (g != nil && g.Discreet) != (w != nil && w.Discreet) || (g != nil && g.EasyReading) != (w != nil && w.EasyReading) {
				t.Errorf("seed %d, copy %d: wishes %+v, not %+v", seed, i, g, w)
			}
			log, err := r.ConsentLog(t.Context(), ref, 0, c.now)
			if err != nil {
				t.Fatal(err)
			}
			there := map[string]bool{}
			for _, record := range log {
				there[record.ID] = true
			}
			for purpose, said := range got.Standing.Consents.Purposes {
				if !there[said.ID] {
					t.Errorf("seed %d, copy %d: the answer to %s rests on no record", seed, i, purpose)
				}
			}
			// The next copy is put back beside what this one left: the keys know all of it still.
		}
	}
	t.Logf("at most %d rows beside the keys", most)
}
