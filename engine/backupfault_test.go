package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tactful/tactful/internal/backup"
)

// Where the copies of these tests lie, on the same medium as the stores.
const (
	copiesAt = "/copies"
	dataCopy = copiesAt + "/data"
	keysCopy = copiesAt + "/keys"
	dataDir  = "/srv/tactful/data"
	keysDir  = "/srv/tactful/keys"
)

// dayLived is a medium with a day on it and room for copies, and what was acknowledged.
func dayLived(t *testing.T) (*medium, *diary) {
	t.Helper()
	m, d := newMedium(), newDiary()
	liveOn(t, m, d, nil)
	for _, dir := range []string{copiesAt, "/spare"} {
		if err := m.mem.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.beside().SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	return m.afterPower(100, 0), d
}

// copyOn makes both copies as a running engine does, and says which were called made.
func copyOn(t *testing.T, m *medium, watch ...func(*Options)) (data, keys bool) {
	t.Helper()
	ctx := context.Background()
	e, err := openOn(m, &clock{now: noon.Add(time.Hour)}, &syncLog{}, func(opt *Options) {
		for _, w := range watch {
			w(opt)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.writes, m.syncs, m.only = 0, 0, func(path string) bool { return strings.HasPrefix(path, copiesAt) }
	m.mu.Unlock()
	_, err = e.Backup(ctx, dataCopy, nil)
	data = err == nil
	_, err = e.BackupKeys(ctx, keysCopy, nil)
	keys = err == nil
	// The shop goes on, whatever happened to the copies.
	delivery, err := dayDelivery([]string{"anna-4"}, map[string]string{"anna-4": "anna"})
	if err == nil {
		var outcomes []Outcome
		if outcomes, err = e.Ingest(ctx, delivery); err == nil && outcomes[0].Status != OutcomeAccepted {
			err = errors.New(outcomes[0].Reason)
		}
	}
	if err != nil {
		t.Errorf("an event after the copies: %v", err)
	}
	if err := e.Close(ctx); err != nil {
		t.Errorf("close after the copies: %v", err)
	}
	return data, keys
}

// judgeCopies wants copies that were called made to be there and whole, and what
// looks like a copy to be one: put back it opens, and holds what was acknowledged.
func judgeCopies(m *medium, data, keys bool, d *diary) (put int, wrong []string) {
	ctx := context.Background()
	on := m.beside()
	for _, c := range []struct {
		kind backup.Kind
		from string
		to   string
		made bool
	}{{backup.Data, dataCopy, "/spare/data", data}, {backup.Keys, keysCopy, "/spare/keys", keys}} {
		_, err := on.Stat(c.from)
		if errors.Is(err, fs.ErrNotExist) {
			if c.made {
				wrong = append(wrong, fmt.Sprintf("a copy of the %s that was called made is not there", c.kind))
			}
			continue
		}
		if _, err := backup.Restore(ctx, on, c.from, c.to, c.kind, nil); err != nil {
			wrong = append(wrong, fmt.Sprintf("something lies at the place of the copy of the %s and is none: %v", c.kind, err))
			continue
		}
		put++
	}
	if put == 2 { // together they are the shop of that moment
		swapped := m.afterPower(100, 0)
		for _, move := range [][2]string{{dataDir, "/spare/old-data"}, {keysDir, "/spare/old-keys"}, {"/spare/data", dataDir}, {"/spare/keys", keysDir}} {
			if err := swapped.mem.Rename(move[0], move[1]); err != nil {
				return put, append(wrong, err.Error())
			}
		}
		_, faults := judgeMedium(swapped, d, d)
		wrong = append(wrong, faults...)
	}
	return put, wrong
}

// TestNoFaultAtAnyWriteOfACopyMakesHalfAOne fails each write of the copies of
// data and keys in every way, and looks at what lies there then.
func TestNoFaultAtAnyWriteOfACopyMakesHalfAOne(t *testing.T) {
	before, d := dayLived(t)
	count := before.afterPower(100, 0)
	if data, keys := copyOn(t, count); !data || !keys {
		t.Fatal("without any fault no copy is made")
	}
	if put, wrong := judgeCopies(count.afterPower(0, 0), true, true, d); put != 2 || len(wrong) > 0 {
		t.Fatalf("without any fault: %s", strings.Join(wrong, "; "))
	}
	writes, syncs := count.writes, count.syncs
	for _, how := range []fault{faultOnce, faultFull, faultSync} {
		t.Run(how.String(), func(t *testing.T) {
			most := writes
			if how == faultSync {
				most = syncs
			}
			made, none, whole := 0, 0, 0
			points := spread(faultPoints(t, most), most)
			for _, at := range points {
				m := before.afterPower(100, 0)
				m.at, m.how = at, how
				m.only = func(string) bool { return false } // until the copies begin
				data, keys := copyOn(t, m)
				if data && keys {
					made++ // it failed where another way was left: a link that became a copy
				}
				put, wrong := judgeCopies(m.afterPower(100*(at%2), uint64(at)), data, keys, d)
				if put < 2 {
					none++
				} else {
					whole++
				}
				if len(wrong) > 0 {
					t.Errorf("fault at %d (%+v): %s", at, m.hit, strings.Join(wrong, "; "))
				}
			}
			if t.Logf("%d of %d places: %d times a copy was missing, %d times both were whole (%d called made)", len(points), most, none, whole, made); none == 0 {
				t.Error("no fault was met")
			}
		})
	}
}

// TestNoLossOfPowerLeavesHalfACopy lets the power fail before each write of the copies.
func TestNoLossOfPowerLeavesHalfACopy(t *testing.T) {
	before, d := dayLived(t)
	count := before.afterPower(100, 0)
	copyOn(t, count)
	for _, percent := range []int{0, 50} {
		t.Run(fmt.Sprintf("%d percent of what was not synced is there", percent), func(t *testing.T) {
			places := spread(faultPoints(t, count.writes), count.writes)
			m := before.afterPower(100, 0)
			var left []*medium
			next := 0
			m.before = func(write int, _ errorfs.Op) {
				if m.only != nil && next < len(places) && write == places[next] {
					left, next = append(left, m.afterPower(percent, uint64(write))), next+1
				}
			}
			m.only = func(string) bool { return false }
			copyOn(t, m)
			copied, missing := 0, 0
			for i, l := range left {
				put, wrong := judgeCopies(l, false, false, d)
				copied, missing = copied+put, missing+2-put
				if len(wrong) > 0 {
					t.Errorf("the power failed before write %d: %s", places[i], strings.Join(wrong, "; "))
				}
			}
			if t.Logf("%d of %d places: %d copies whole, %d not there", len(left), count.writes, copied, missing); len(left) < len(places)*3/4 || missing == 0 {
				t.Error("too few places were reached to prove anything")
			}
		})
	}
}

// TestACopyThatTheDiskLostIsFoundToBeNone is the control: over a disk that only says
// that it syncs the files of a copy, a loss of power leaves what is none.
func TestACopyThatTheDiskLostIsFoundToBeNone(t *testing.T) {
	for _, part := range []string{"/MANIFEST-", ".log", backup.ManifestName, keySetFile} {
		m, d := dayLived(t)
		data, keys := copyOn(t, m, func(opt *Options) {
			on := lying{opt.storeFiles, func(name string) bool { return strings.HasPrefix(name, copiesAt) && strings.Contains(name, part) }}
			opt.storeFiles, opt.files = on, beside{on}
		})
		if !data || !keys {
			t.Fatal("the disk did not lie")
		}
		if put, wrong := judgeCopies(m.afterPower(0, 0), data, keys, d); put == 2 || len(wrong) == 0 {
			t.Errorf("%s: nobody noticed", part)
		}
	}
}

// TestNoFaultAtAnyWriteOfARestoreLeavesHalfAStore fails each write with which a
// copy is put back, or the power before it, and puts it back again.
func TestNoFaultAtAnyWriteOfARestoreLeavesHalfAStore(t *testing.T) {
	ctx := context.Background()
	before, _ := dayLived(t)
	copyOn(t, before)
	before.only = nil
	restore := func(m *medium) error {
		_, err := backup.Restore(ctx, m.beside(), dataCopy, "/spare/data", backup.Data, nil)
		return err
	}
	count := before.afterPower(100, 0)
	if err := restore(count); err != nil {
		t.Fatal(err)
	}
	want, err := count.everything("/spare/data")
	if err != nil {
		t.Fatal(err)
	}
	is := func(m *medium, what string) (there bool) {
		t.Helper()
		if _, err := m.beside().Stat("/spare/data"); errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if got, err := m.everything("/spare/data"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: half a store lies there: %d of %d bytes, %v", what, len(got), len(want), err)
		}
		return true
	}
	for _, how := range []fault{faultOnce, faultFull, faultSync, faultCrash} {
		t.Run(how.String(), func(t *testing.T) {
			most := count.writes
			if how == faultSync {
				most = count.syncs
			}
			none, whole := 0, 0
			points := spread(faultPoints(t, most), most)
			for _, at := range points {
				what := fmt.Sprintf("fault at %d", at)
				m := before.afterPower(100, 0)
				m.how, m.at = how, at
				left := m
				if how == faultCrash {
					m.before = func(write int, _ errorfs.Op) {
						if write == at {
							left = m.afterPower(50*(at%2), uint64(at))
						}
					}
				}
				err := restore(m)
				if how != faultCrash {
					left = m.afterPower(100*(at%2), uint64(at))
				}
				left.how, left.before = faultNone, nil
				there := is(left, what)
				if how != faultCrash && err == nil && !there {
					t.Errorf("%s: it was called put back and is not there", what)
				}
				if there {
					whole++
					continue
				}
				none++
				if err := restore(left); err != nil || !is(left, what+", and again") {
					t.Errorf("%s: it cannot be put back again: %v", what, err)
				}
			}
			if t.Logf("%d of %d places: %d times nothing was there, %d times all of it", len(points), most, none, whole); none == 0 {
				t.Error("no fault was met")
			}
		})
	}
}
