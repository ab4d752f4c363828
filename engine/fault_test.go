package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// judge opens what a fault left and says what is wrong with it. must is what
// was acknowledged before the fault, may what was asked for until after it.
type judge struct {
	*Engine
	must, may *diary
	now       time.Time
	wrong     []string
	found     judged
}

// judged counts what was looked for and found.
type judged struct{ days, events, consents, receipts, reports, acts, leaves, erased, refused int }

func (n *judged) add(m judged) {
	n.days, n.events, n.consents, n.receipts, n.reports = n.days+m.days, n.events+m.events, n.consents+m.consents, n.receipts+m.receipts, n.reports+m.reports
	n.acts, n.leaves, n.erased, n.refused = n.acts+m.acts, n.leaves+m.leaves, n.erased+m.erased, n.refused+m.refused
}

func (n judged) String() string {
	return fmt.Sprintf("%d stores opened again: %d acknowledged events, %d consents (%d leaves in sound ledgers), %d receipts, %d reports, %d other acts there once; %d erasures finished; %d models refused and fitted anew",
		n.days, n.events, n.consents, n.leaves, n.receipts, n.reports, n.acts, n.erased, n.refused)
}

func (j *judge) fault(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// judgeMedium is the verdict on a medium that works again.
func judgeMedium(m *medium, must, may *diary) (judged, []string) {
	ctx := context.Background()
	log := &syncLog{}
	c := &clock{now: noon.Add(time.Hour)}
	e, err := openOn(m, c, log, nil)
	if err != nil {
		return judged{}, []string{fmt.Sprintf("it does not open: %v", err)}
	}
	j := &judge{Engine: e, must: must, may: may, now: c.now}
	j.found.days = 1
	erased := j.erasure(ctx)
	j.model(ctx, log)
	j.items()
	j.events(ctx, erased)
	j.consents(ctx, erased)
	j.receipts(ctx, erased)
	j.acts(ctx, m)
	j.again(ctx, erased)
	j.events(ctx, erased)
	j.sound(ctx, "after everything was sent again")
	if err := e.Close(ctx); err != nil {
		j.fault("it does not close: %v", err)
	}
	if ref := must.refs["ben"]; erased && !ref.IsZero() {
		for _, dir := range []string{"/srv/tactful/data", "/srv/tactful/keys"} {
			if content, err := m.everything(dir); err != nil || bytes.Contains(content, ref[:]) {
				j.fault("the reference of somebody erased is in the files of %s, %v", dir, err)
			}
		}
	}
	return j.found, j.wrong
}

// erasure wants it done if it was acknowledged, and else done or not begun.
func (j *judge) erasure(ctx context.Context) (erased bool) {
	receipts, err := j.ErasureReceipts(ctx, 10)
	if err != nil {
		j.fault("receipts of erasures: %v", err)
		return false
	}
	under, err := j.forgotten.Open(ctx)
	if err != nil || len(under) > 0 {
		j.fault("%d erasures are under way after the start, %v", len(under), err)
	}
	for i := range receipts {
		if receipts[i].State != "done" {
			j.fault("an erasure is %s", receipts[i].State)
		}
	}
	if len(receipts) > 1 || len(receipts) == 0 && j.must.done["erase"] || len(receipts) > 0 && !j.may.tried["erase"] {
		j.fault("%d receipts of erasures", len(receipts))
	}
	ref, err := j.find(ctx, user("ben"), j.now)
	if err != nil || len(receipts) > 0 && !ref.IsZero() {
		j.fault("somebody erased is known, %v", err)
	}
	if len(receipts) == 0 {
		return false
	}
	j.found.erased++
	if was := j.must.refs["ben"]; !was.IsZero() {
		left, err := j.records.Left(ctx, was, [][16]byte{j.vault.AliasID(user("ben"))})
		if err != nil || !left.Empty() {
			j.fault("%+v is left of somebody erased, %v", left, err)
		}
	}
	return true
}

// model wants it loaded, or refused clearly and mended by a fit.
func (j *judge) model(ctx context.Context, log *syncLog) {
	loaded, refused := j.Health().ModelHash != "", log.says("the model is refused")
	card, err := j.readCard(ctx)
	switch {
	case err != nil:
		j.fault("the model's card: %v", err)
	case card == nil && j.must.done["fit"] && !j.may.tried["erase"]: // an erasure may take it out of use
		j.fault("an acknowledged fit is gone")
	case loaded && card != nil && j.Health().ModelHash != card.Hash:
		j.fault("another model is in use than the one that was named")
	case card != nil && !loaded && !refused:
		j.fault("the model is not in use and nobody says why")
	}
	if refused {
		j.found.refused++
		if _, err := j.Train(ctx, nil); err != nil {
			j.fault("a fit after a refused model: %v", err)
		}
	}
	j.sound(ctx, "after the start")
	if names, err := j.Engine.files.List(j.modelDir); err != nil || len(names) > 1 && j.must.done["fit again"] {
		j.fault("models %v, %v", names, err)
	}
}

// sound verifies everything: files, rows, ledger, model, erasures.
func (j *judge) sound(ctx context.Context, when string) {
	v, err := j.Verify(ctx, nil)
	if err != nil {
		j.fault("verify %s: %v", when, err)
		return
	}
	for _, fault := range v.Faults {
		j.fault("%s: %s", when, fault)
	}
	j.found.leaves += v.Records
}

func (j *judge) items() {
	if n := j.Health().Items; n != dayItems && (j.must.done["items"] || n != 0) {
		j.fault("%d items", n)
	}
}

// person finds somebody of the day; the zero Ref if nobody is known by it.
func (j *judge) person(ctx context.Context, who string) tactful.Ref {
	ref, err := j.find(ctx, user(who), j.now)
	if err != nil {
		j.fault("%s: %v", who, err)
	}
	if was, ok := j.must.refs[who]; ok && !ref.IsZero() && was != ref {
		j.fault("%s is somebody else", who)
	}
	return ref
}

func (j *judge) events(ctx context.Context, erased bool) {
	stored := map[string]map[decision.EventKey]int{}
	for message, who := range j.may.sent {
		if who == "ben" && erased {
			continue
		}
		if stored[who] == nil {
			stored[who] = j.stored(ctx, who)
		}
		key, item := j.named(message, who)
		n := stored[who][key]
		switch {
		case n > 1:
			j.fault("%s has an event twice", who)
		case n == 0 && j.must.acked[message]:
			j.fault("the acknowledged event %s (%s) is lost", message, item)
		case n == 1 && j.must.acked[message]:
			j.found.events++
		}
		delete(stored[who], key)
	}
	for who, rest := range stored {
		if len(rest) > 0 {
			j.fault("%s has %d events that nobody sent", who, len(rest))
		}
	}
}

func (j *judge) stored(ctx context.Context, who string) map[decision.EventKey]int {
	found := map[decision.EventKey]int{}
	ref := j.person(ctx, who)
	if ref.IsZero() {
		return found
	}
	subject, err := j.records.Open(ctx, ref, records.Want{Events: records.AllEvents}, j.now)
	if err != nil {
		j.fault("%s: %v", who, err)
		return found
	}
	for i := range subject.Events {
		found[subject.Events[i].Key]++
	}
	return found
}

func (j *judge) named(message, who string) (decision.EventKey, string) {
	delivery, err := dayDelivery([]string{message}, map[string]string{message: who})
	if err != nil {
		j.fault("%v", err)
		return decision.EventKey{}, ""
	}
	read, err := j.rules.Native(delivery.Body, j.now)
	if err != nil || len(read.Items) != 1 {
		j.fault("%s: %v", message, err)
		return decision.EventKey{}, ""
	}
	key, err := j.records.EventKey(&read.Items[0].Event)
	if err != nil {
		j.fault("%s: %v", message, err)
	}
	return key, read.Items[0].Event.Item
}

func (j *judge) consents(ctx context.Context, erased bool) {
	for who, ids := range j.must.consents {
		if who == "ben" && erased {
			continue
		}
		entries, err := j.ConsentLog(ctx, user(who), maxListed)
		if err != nil {
			j.fault("%s: %v", who, err)
			continue
		}
		at, places := map[string]int{}, map[int64]bool{}
		for i, entry := range entries {
			if _, twice := at[entry.Consent.ID]; twice || entry.Index < 0 || places[entry.Index] {
				j.fault("%s: a record is there twice, or stands at %d", who, entry.Index)
			}
			at[entry.Consent.ID], places[entry.Index] = i, true
		}
		stands, err := j.Consents(ctx, user(who))
		if err != nil {
			j.fault("%s: %v", who, err)
			continue
		}
		for i, id := range ids {
			place, ok := at[id]
			if !ok {
				j.fault("an acknowledged consent of %s is lost", who)
				continue
			}
			j.found.consents++
			if i < len(ids)-2 { // the last two are the last change
				continue
			}
			for _, purpose := range []tactful.Purpose{tactful.Recommendations, tactful.Improvement} {
				// The log is newest first: what stands is the last acknowledged or a later one.
				if now, ok := at[stands.Purposes[purpose].ID]; !ok || entries[now].Consent.Time.Before(entries[place].Consent.Time) {
					j.fault("%s: an older answer than the last acknowledged one stands", who)
				}
			}
		}
	}
}

func (j *judge) receipts(ctx context.Context, erased bool) {
	for id, who := range j.must.receipts {
		r, err := j.Receipt(ctx, id)
		if who == "ben" && erased {
			if tactful.KindOf(err) != tactful.NotFound {
				j.fault("a receipt of somebody erased: %v", err)
			}
			continue
		}
		if err != nil {
			j.fault("a receipt of an answered decision: %v", err)
			continue
		}
		j.found.receipts++
		kind, reported := j.must.reported[id]
		if len(r.Feedback) > 1 || reported && (len(r.Feedback) == 0 || r.Feedback[0].Kind != kind) {
			j.fault("%d reports on a decision", len(r.Feedback))
		} else if reported {
			j.found.reports++
		}
	}
}

// acts wants single acts there if they were acknowledged, and none twice.
func (j *judge) acts(ctx context.Context, m *medium) {
	is := func(name string, n int, err error) {
		switch {
		case err != nil:
			j.fault("%s: %v", name, err)
		case n > 1 || n == 0 && j.must.done[name] || n > 0 && !j.may.tried[name]:
			j.fault("%s: there %d times, acknowledged %v", name, n, j.must.done[name])
		case n == 1 && j.must.done[name]:
			j.found.acts++
		}
	}
	keys := 0
	for _, key := range j.Access().List() {
		if key.Name == "the shop" {
			keys++
		}
	}
	is("key", keys, nil)
	gifts, likes, requests := 0, 0, 0
	var err error
	if ref := j.person(ctx, "anna"); !ref.IsZero() {
		var subject *records.Subject
		if subject, err = j.records.Open(ctx, ref, records.Want{Settings: true}, j.now); err == nil && subject.Settings["item-6"].Setting == decision.SettingGift {
			gifts++
		}
	}
	is("gift", gifts, err)
	preferences, err := j.Preferences(ctx, user("anna"))
	if preferences.Topics["Garden"] == tactful.WishMore {
		likes++
	}
	is("likes", likes, err)
	list, err := j.Rights(ctx, user("carl"))
	for i := range list {
		if list[i].Kind == rights.Objection && list[i].Text == "please" {
			requests++
		}
	}
	is("request", requests, err)
	set, err := j.keySet()
	if n := bytes.Count(set, []byte(`"keyData"`)); err != nil || n != 1 {
		j.fault("the key set holds %d keys, %v", n, err)
	}
	names, err := m.beside().List(j.keyDir)
	if slices.Sort(names); err != nil || strings.Join(names, " ") != "keyset.json table" {
		j.fault("beside the keys lies %v, %v", names, err)
	}
}

// again sends every event of the day once more, as clients do that were not
// told, and asks for a list.
func (j *judge) again(ctx context.Context, erased bool) {
	messages, whose := []string(nil), map[string]string{}
	for message, who := range j.may.sent {
		if !j.person(ctx, who).IsZero() {
			messages, whose[message] = append(messages, message), who
		}
	}
	delivery, err := dayDelivery(messages, whose)
	var outcomes []Outcome
	if err == nil && len(messages) > 0 {
		outcomes, err = j.Ingest(ctx, delivery)
	}
	if err != nil {
		j.fault("send again: %v", err)
	}
	for i, o := range outcomes {
		want := []OutcomeStatus{OutcomeDuplicate}
		if whose[messages[i]] == "carl" { // said no in the meantime
			want = append(want, OutcomeRefused)
		}
		if j.must.acked[messages[i]] && !slices.Contains(want, o.Status) {
			j.fault("an acknowledged event sent again is %s %s", o.Status, o.Reason)
		}
	}
	r := tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("anna")}
	if d, err := j.Decide(ctx, &r); err != nil || d.ID == "" {
		j.fault("a list: %v", err)
	}
}

// faultPoints is how many places of each kind `go test` tries, spread evenly;
// TACTFUL_FAULTS=all tries every one, another number so many.
func faultPoints(t *testing.T, most int) int {
	t.Helper()
	points := 24
	if testing.Short() {
		points = 6
	}
	if all := os.Getenv("TACTFUL_FAULTS"); all == "all" {
		return most
	} else if all != "" {
		n, err := strconv.Atoi(all)
		if err != nil || n < 1 {
			t.Fatalf("TACTFUL_FAULTS=%q: give a number, or all", all)
		}
		points = n
	}
	return min(points, most)
}

// spread are so many of the numbers below most, evenly, with the first and the last.
func spread(points, most int) []int {
	list := make([]int, points)
	for i := range list {
		list[i] = i * (most - 1) / max(points-1, 1)
	}
	return slices.Compact(list)
}

// undisturbed lives the day once and says how many writes and fsyncs it makes.
func undisturbed(t *testing.T) (writes, syncs int) {
	t.Helper()
	m, d := newMedium(), newDiary()
	liveOn(t, m, d, nil)
	found, wrong := judgeMedium(m.afterPower(0, 0), d, d)
	if len(wrong) > 0 {
		t.Fatalf("without any fault: %s", strings.Join(wrong, "; "))
	}
	if len(d.done) != len(d.tried)-countAnswers(d) || len(d.acked) != len(d.sent) || len(d.receipts) != 5 || len(d.reported) != 5 || found.erased != 1 || found.acts < 4 {
		t.Fatalf("the day is not whole: done %v of %v; %d of %d events; %d receipts; %v", d.done, d.tried, len(d.acked), len(d.sent), len(d.receipts), found)
	}
	return m.writes, m.syncs
}

func countAnswers(d *diary) (n int) {
	for name := range d.tried {
		if strings.HasPrefix(name, "answer ") {
			n++
		}
	}
	return n
}

// TestNoFaultAtAnyWriteOfADayLosesWhatWasAcknowledged fails one write after
// another of a whole day (both stores, models and the key set), starts again on
// what a power cut or a mere restart would leave, and looks for everything.
func TestNoFaultAtAnyWriteOfADayLosesWhatWasAcknowledged(t *testing.T) {
	writes, syncs := undisturbed(t)
	t.Logf("the day makes %d writes, %d of them fsyncs", writes, syncs)
	for _, how := range []fault{faultOnce, faultFull, faultSync} {
		t.Run(how.String(), func(t *testing.T) {
			most := writes
			if how == faultSync {
				most = syncs
			}
			var all judged
			unopened, unhit, whole := 0, 0, 0
			points := spread(faultPoints(t, most), most)
			for _, at := range points {
				m, d := newMedium(), newDiary()
				m.how, m.at = how, at
				liveOn(t, m, d, nil)
				if m.hit == nil { // the background made a few writes less than when they were counted
					unhit++
					continue
				}
				switch {
				case len(d.tried) == 0:
					unopened++
				case d.done["fit again"] && d.done["erase"]:
					whole++
				}
				found, wrong := judgeMedium(m.afterPower(100*(at%2), uint64(at)), d, d)
				if all.add(found); len(wrong) > 0 {
					t.Errorf("fault at %d (%+v): %s", at, *m.hit, strings.Join(wrong, "; "))
				}
			}
			t.Logf("%d of %d places; %d did not open, %d went through the day all the same, %d not reached; %v", len(points), most, unopened, whole, unhit, all)
			if unhit > len(points)/4+1 || all.events == 0 && len(points) > 3 {
				t.Error("too few faults were reached to prove anything")
			}
		})
	}
}

// crashes lives the day and copies the medium before some of its writes as a
// loss of power there would leave it.
func crashes(t *testing.T, places []int, percent int, watch func(*Options), judgeOne func(at int, op errorfs.Op, left *medium, must, may *diary)) {
	t.Helper()
	type copied struct {
		at        int
		op        errorfs.Op
		left      *medium
		must, may *diary
	}
	const batch = 64 // copies that are held at once
	for len(places) > 0 {
		n := min(batch, len(places))
		m, d := newMedium(), newDiary()
		var copies []copied
		m.before = func(write int, op errorfs.Op) {
			if _, ok := slices.BinarySearch(places[:n], write); ok {
				must := d.copied()
				left := m.afterPower(percent, uint64(write))
				copies = append(copies, copied{write, op, left, must, d.copied()})
			}
		}
		liveOn(t, m, d, watch)
		m.mu.Lock()
		m.before = nil
		m.mu.Unlock()
		for _, c := range copies {
			judgeOne(c.at, c.op, c.left, c.must, c.may)
		}
		places = places[n:]
	}
}

// TestNoLossOfPowerAtAnyWriteOfADayLosesWhatWasAcknowledged drops what was not
// synced, all of it or half, before one write after another.
func TestNoLossOfPowerAtAnyWriteOfADayLosesWhatWasAcknowledged(t *testing.T) {
	writes, _ := undisturbed(t)
	for _, percent := range []int{0, 50} {
		t.Run(fmt.Sprintf("%d percent of what was not synced is there", percent), func(t *testing.T) {
			var all judged
			places := spread(faultPoints(t, writes), writes)
			crashes(t, places, percent, nil, func(at int, op errorfs.Op, left *medium, must, may *diary) {
				found, wrong := judgeMedium(left, must, may)
				if all.add(found); len(wrong) > 0 {
					t.Errorf("the power failed before write %d (%+v): %s", at, op, strings.Join(wrong, "; "))
				}
			})
			t.Logf("%d of %d places; %v", len(places), writes, all)
			if all.days < len(places)*3/4 || all.events == 0 {
				t.Error("too few places were reached to prove anything")
			}
		})
	}
}

// TestAStartThatIsCutShortTooLosesNothing lets the power fail once in the day and
// again while the next start puts things in order: replays the logs, finishes an
// erasure or a rotation, gives leaves their places.
func TestAStartThatIsCutShortTooLosesNothing(t *testing.T) {
	writes, _ := undisturbed(t)
	var all judged
	starts, least := 0, 0
	places := spread(faultPoints(t, writes)/2+1, writes)
	crashes(t, places, 0, nil, func(at int, _ errorfs.Op, left *medium, must, may *diary) {
		count := left.afterPower(100, 0)
		start := func(m *medium) {
			if e, err := openOn(m, &clock{now: noon.Add(time.Hour)}, &syncLog{}, nil); err == nil {
				_ = e.Close(context.Background())
			}
		}
		start(count)
		cuts := spread(min(8, count.writes), count.writes)
		var copies []*medium
		again := left.afterPower(100, 0)
		again.before = func(write int, _ errorfs.Op) {
			if _, ok := slices.BinarySearch(cuts, write); ok {
				copies = append(copies, again.afterPower(50*(write%2), uint64(write)))
			}
		}
		start(again)
		starts, least = starts+1, least+len(cuts)*3/4
		for i, m := range copies {
			found, wrong := judgeMedium(m, must, may)
			if all.add(found); len(wrong) > 0 {
				t.Errorf("the power failed before write %d, and in the next start (%d of %d): %s", at, i, len(copies), strings.Join(wrong, "; "))
			}
		}
	})
	if t.Logf("%d starts cut; %v", starts, all); all.days < least || all.events == 0 {
		t.Error("too few starts were cut to prove anything")
	}
}

// TestAnEngineThatAcknowledgesBeforeItSyncsIsCaught is the control: over a file
// system that only says that it syncs, the same days must be found wanting.
func TestAnEngineThatAcknowledgesBeforeItSyncsIsCaught(t *testing.T) {
	writes, _ := undisturbed(t)
	for _, c := range []struct {
		name  string
		about func(string) bool
		says  string
	}{
		{"the stores' logs", func(name string) bool { return strings.HasSuffix(name, ".log") }, "lost"},
		{"the key set", func(name string) bool { return strings.Contains(name, "keyset.json") }, "does not open"},
		{"the directory of the keys", func(name string) bool { return strings.HasSuffix(name, "/keys") }, "does not open"},
		{"the name of the data directory", func(name string) bool { return strings.HasSuffix(name, "/tactful") }, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			caught, days := 0, 0
			lie := func(opt *Options) {
				on := lying{opt.storeFiles, c.about}
				opt.storeFiles, opt.files = on, beside{on}
			}
			crashes(t, spread(12, writes), 0, lie, func(_ int, _ errorfs.Op, left *medium, must, may *diary) {
				_, wrong := judgeMedium(left, must, may)
				days++
				if strings.Contains(strings.Join(wrong, "; "), c.says) {
					caught++
				}
			})
			if t.Logf("caught at %d of %d losses of power", caught, days); caught == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

// TestAModelThatTheDiskLostIsRefusedAndFittedAnew lets the disk lie about the
// model's file alone: after a loss of power it is empty under its right name.
func TestAModelThatTheDiskLostIsRefusedAndFittedAnew(t *testing.T) {
	writes, _ := undisturbed(t)
	lie := func(opt *Options) {
		on := lying{opt.storeFiles, func(name string) bool { return strings.Contains(name, ".model-") }}
		opt.storeFiles, opt.files = on, beside{on}
	}
	var all judged
	crashes(t, spread(16, writes), 0, lie, func(at int, _ errorfs.Op, left *medium, must, may *diary) {
		found, wrong := judgeMedium(left, must, may)
		if all.add(found); len(wrong) > 0 {
			t.Errorf("the power failed before write %d: %s", at, strings.Join(wrong, "; "))
		}
	})
	if t.Log(all); all.refused == 0 {
		t.Error("no model was refused")
	}
}
