package records

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Bounds of what a merge moves with one write.
const (
	MaxMergeEvents = 5000  // of either
	MaxMergeRows   = 20000 // of the one that is given up
)

// Both are the two histories of a merge as they stand at its moment.
type Both struct {
	Into, From *Standing
	Names      int // of the one that is given up
}

// Moved is what a merge moved.
type Moved struct {
	Events, Showings, Receipts, Consents int
}

// moving are the references that are being given up at this moment.
type moving struct {
	count atomic.Int32
	mu    sync.Mutex
	refs  map[tactful.Ref]int
}

func (m *moving) begin(ref tactful.Ref) (end func()) {
	m.count.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refs == nil {
		m.refs = map[tactful.Ref]int{}
	}
	m.refs[ref]++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.refs[ref]--; m.refs[ref] == 0 {
			delete(m.refs, ref)
		}
		m.count.Add(-1)
	}
}

func (m *moving) has(ref tactful.Ref) bool {
	if m.count.Load() == 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refs[ref] > 0
}

// awaitMoves waits for the merges of these references, and reports whether there
// were any: then they lead elsewhere by now.
func (r *Records) awaitMoves(refs []tactful.Ref) (any bool) {
	for _, ref := range refs {
		if !ref.IsZero() && r.moving.has(ref) {
			any = true
			r.holds.hold(ref)()
		}
	}
	return any
}

// Merge moves everything of one subject to another. Of both, every writer waits
// until it is done, so that no cap is counted by one of two counters, and nothing
// that was acknowledged is left behind. Judge is asked when nobody can write any
// more, and before anything is changed; nil repeats, over an older copy of the data,
// a merge that was judged. What makes them one is a single write; what
// is before it can be taken back by Unmerge, what comes after it is found done or is
// done when it is repeated.
func (r *Records) Merge(ctx context.Context, m *Merge, judge func(Both) error, now time.Time) (moved Moved, err error) {
	defer r.moving.begin(m.From)()
	release := r.holds.excludeAll([]tactful.Ref{m.From, m.Into})
	defer release()
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{m.Into, m.From})
	if err != nil {
		return moved, fmt.Errorf("merge: %w", err)
	}
	mv := &mover{Records: r, merge: m, into: sealers[0], from: sealers[1], now: now}
	if mv.from == nil {
		if mv.from, err = r.vault.Retired(ctx, m.From); err != nil {
			return moved, fmt.Errorf("merge: %w", err)
		}
	}
	if mv.into == nil {
		return moved, errNoSubject()
	}
	done, err := r.merged(ctx, mv.into, m)
	if err == nil && !done {
		if judge != nil {
			mv.most = MaxMergeRows + 1
		}
		err = mv.unite(ctx, judge)
	}
	if err == nil && mv.from != nil {
		mv.most = 0
		err = mv.leave(ctx)
	}
	if err != nil {
		return mv.moved, fmt.Errorf("merge: %w", err)
	}
	return mv.moved, nil
}

// Merged reports whether a merge has made the two one.
func (r *Records) Merged(ctx context.Context, m *Merge) (bool, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{m.Into})
	if err != nil || sealers[0] == nil {
		return false, err
	}
	return r.merged(ctx, sealers[0], m)
}

func (r *Records) merged(ctx context.Context, into *vault.Sealer, m *Merge) (bool, error) {
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(m.Into, joinedKey, after(joinedKey), time.Unix(0, 0))})
	if err != nil {
		return false, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return false, nil
	}
	list, err := openJoined(into, m.Into, answers[0].Rows[0])
	return slices.ContainsFunc(list, func(j Joined) bool { return j.No == m.No }), err
}

// Unmerge takes back a merge that has not made the two one.
func (r *Records) Unmerge(ctx context.Context, m *Merge) error {
	release := r.holds.excludeAll([]tactful.Ref{m.From, m.Into})
	defer release()
	done, err := r.Merged(ctx, m)
	switch {
	case err != nil:
		return err
	case done:
		return tactful.Errorf(tactful.Conflict, "the two are one already")
	}
	if err := r.vault.Revive(ctx, m.From); err != nil {
		return err
	}
	if _, err := r.ForgetMerge(ctx, m.From); err != nil {
		return err
	}
	return r.EndMerge(ctx, m)
}

// mover is one merge on its way; nobody else writes to either.
type mover struct {
	*Records
	merge      *Merge
	into, from *vault.Sealer
	now        time.Time
	most       int               // rows read of the one that is given up; 0: all
	ended      []store.FamilyKey // what the one who is left had of tests that the other left
	moved      Moved
}

// everything reads all rows of a subject.
func (mv *mover) everything(ctx context.Context, ref tactful.Ref) (state store.Answer, log []store.Row, err error) {
	p := subjectPartition(ref)
	answers, err := mv.data.Read(ctx, []store.Query{
		{Partition: p, Family: store.State, Now: mv.now}, {Partition: p, Family: store.Log, Limit: mv.most, Now: mv.now},
	})
	if err != nil {
		return store.Answer{}, nil, kindly(err)
	}
	return answers[0], answers[1].Rows, nil
}

// unite makes the two one.
func (mv *mover) unite(ctx context.Context, judge func(Both) error) error {
	m := mv.merge
	if mv.from == nil {
		return errNoSubject()
	}
	state, log, err := mv.everything(ctx, m.From)
	if err != nil {
		return err
	}
	other, err := openBelongings(mv.from, m.From, state)
	if err != nil {
		return err
	}
	own, err := mv.owned(ctx)
	if err != nil {
		return err
	}
	if judge != nil {
		if err := judge(Both{Into: own.standing, From: other.standing, Names: len(other.aliases)}); err != nil {
			return err
		}
	}
	rows, said, removed, err := mv.reseal(log)
	if err == nil && judge != nil {
		err = mv.fits(ctx, own, other, len(log))
	}
	if err != nil {
		return err
	}
	if len(removed) > 0 {
		if err := mv.removeToo(ctx, removed); err != nil {
			return err
		}
		if own, err = mv.owned(ctx); err != nil {
			return err
		}
	}
	plan, err := mv.join(own, other, said)
	if err != nil {
		return err
	}
	// From here on nobody finds the one that is given up: whatever fails, what was
	// said no to under either name holds, and no counter counts alone.
	if err := mv.vault.Retire(ctx, m.From); err != nil {
		return err
	}
	marks, err := mv.pendingKeys(ctx, m.From)
	if err != nil {
		return err
	}
	noted, err := mv.noteStops(ctx, own, plan)
	if err != nil {
		return err
	}
	plan.batch.Log, plan.batch.Delete = rows, append(plan.batch.Delete, mv.ended...)
	along := pendingFor(m.Into, marks)
	if len(plan.waiting) > 0 {
		along = append(along, store.Batch{Partition: deliveryPartition(m.Into), Expect: store.Blind, Log: plan.waiting})
	}
	_, err = mv.writeMarked(ctx, m.Into, plan.batch, along...)
	for _, l := range noted {
		mv.tidyStops(ctx, mv.into, m.Into, l, err, mv.now)
	}
	return err
}

// owned opens what the person who is left has.
func (mv *mover) owned(ctx context.Context) (*belongings, error) {
	answers, err := mv.data.Read(ctx, []store.Query{{Partition: subjectPartition(mv.merge.Into), Family: store.State, Now: mv.now}})
	if err != nil {
		return nil, kindly(err)
	}
	return openBelongings(mv.into, mv.merge.Into, answers[0])
}

// fits refuses what is too much for one write, or for one person.
func (mv *mover) fits(ctx context.Context, own, other *belongings, rows int) error {
	if rows > MaxMergeRows {
		return tooMuch("stored rows of the one that is given up, or of events, receipts and looks", MaxMergeRows)
	}
	answers, err := mv.data.Read(ctx, []store.Query{logQuery(subjectPartition(mv.merge.Into), eventType, MaxMergeEvents+1, mv.now)})
	if err != nil {
		return kindly(err)
	}
	switch {
	case mv.moved.Events > MaxMergeEvents || len(answers[0].Rows) > MaxMergeEvents:
		return &tactful.Error{Kind: tactful.Refused, Detail: fmt.Sprintf("one of the two has more than %d events", MaxMergeEvents), Remedy: "keep them apart, or let the person remove what is old"}
	case len(own.joined)+1+len(other.joined) > MaxJoined:
		return tooMuch("joined histories", MaxJoined)
	case len(own.aliases)+len(other.aliases) > MaxAliases:
		return tooMuch("names", MaxAliases)
	}
	return nil
}

// reseal makes of the rows of one subject those of the other. Which variants of
// tests the one that is given up had stays behind, since a person has one; that they
// left a test is a no, comes along, and ends what the other name had of it.
func (mv *mover) reseal(log []store.Row) (rows []store.Row, said []tactful.Consent, removed []decision.EventKey, err error) {
	from, into := subjectPartition(mv.merge.From), subjectPartition(mv.merge.Into)
	mv.moved, mv.ended = Moved{}, nil
	for _, row := range log {
		plain, err := mv.from.Open(nil, from, store.Log, row.Key, row.Value)
		if err != nil {
			return nil, nil, nil, unreadable("row of a subject", err)
		}
		switch row.Key[0] {
		case exposureType:
			if len(row.Key) != exposureKeyLen || row.Key[exposureKeyLen-1] != leftMark {
				continue
			}
			had := Exposure{Test: TestID(row.Key[1:17])}
			mv.ended = append(mv.ended, store.FamilyKey{Family: store.Log, Key: had.key()})
		case consentType:
			c, err := decodeConsent(plain)
			if err != nil {
				return nil, nil, nil, unreadable("consent record", err)
			}
			said = append(said, c)
			mv.moved.Consents++
		case eventType:
			event, err := decodeEvent(string(plain))
			if err != nil || len(row.Key) != eventKeyLen {
				return nil, nil, nil, unreadable("event", errWire)
			}
			if removedEvent(StoredEvent{Event: event}) {
				removed = append(removed, decision.EventKey(row.Key[1:]))
			} else {
				mv.moved.Events++
			}
		case receiptType:
			mv.moved.Receipts++
		case feedbackType, rightType, lookType, nonceType:
		default:
			return nil, nil, nil, tactful.Errorf(tactful.Internal, "a row of a subject that a merge does not know")
		}
		rows = append(rows, sealedRow(mv.into, into, store.Log, row.Key, plain, row.Expires))
	}
	return rows, said, removed, nil
}

// removeToo removes of the person who is left what was removed under the other
// name: the same message, sent under both, is one event.
func (mv *mover) removeToo(ctx context.Context, removed []decision.EventKey) error {
	for chunk := range slices.Chunk(removed, removeChunk) {
		rows, _, err := mv.eventRows(ctx, mv.merge.Into, chunk, mv.now)
		if err != nil {
			return err
		}
		var live []decision.EventKey
		for _, row := range rows {
			gone, err := isRemoved(mv.into, subjectPartition(mv.merge.Into), row)
			if err != nil {
				return err
			}
			if !gone {
				live = append(live, decision.EventKey(row.Key[1:]))
			}
		}
		if len(live) == 0 {
			continue
		}
		if _, err := mv.noteStop(ctx, mv.into, mv.merge.Into, 0, &stop{Removed: live}, mv.now); err != nil {
			return err
		}
		if _, err := mv.removeSome(ctx, mv.merge.Into, mv.into, live, mv.now); err != nil {
			return err
		}
	}
	return nil
}

// union is the State of the person after a merge.
type union struct {
	batch    store.Batch
	standing Standing
	restsOn  []tactful.Consent
	settings map[string]Setting // nil: not changed
	wishes   []byte             // nil: not changed
	waiting  []store.Row        // the names of messages that are not over
}

// join makes the State of both.
func (mv *mover) join(own, other *belongings, said []tactful.Consent) (*union, error) {
	m, p := mv.merge, subjectPartition(mv.merge.Into)
	u := &union{batch: store.Batch{Partition: p, Expect: own.version}}
	put := func(key, plain []byte, until time.Time) {
		u.batch.State = append(u.batch.State, sealedRow(mv.into, p, store.State, key, plain, until))
	}
	u.standing, u.restsOn = joinedStanding(own.standing, other.standing, said)
	u.standing.Changed = mv.now
	u.batch.State = append(u.batch.State, standingRow(mv.into, m.Into, &u.standing))
	if len(other.settings) > 0 {
		settings, err := joinedSettings(own.settings, other.settings)
		if err != nil {
			return nil, err
		}
		u.settings = settings
		put(settingsKey, appendSettings(nil, settings), time.Time{})
	}
	if other.preferences != nil {
		wishes, err := joinedPreferences(own.preferences, other.preferences)
		if err != nil {
			return nil, err
		}
		u.wishes = appendPreferences(nil, wishes)
		put(preferencesKey, u.wishes, time.Time{})
	}
	if told := joinedTold(own.told, other.told); told != nil && other.told != nil {
		put(toldKey, appendTold(nil, told), later(own.toldUntil, other.toldUntil))
	}
	if other.showings != nil {
		mv.moved.Showings = len(other.showings.Past)
		put(showingsKey, appendShowings(nil, joinedShowings(own.showings, other.showings)), later(own.counted, other.counted))
	}
	if len(other.messages) > 0 {
		messages, err := joinedMessages(own.messages, other.messages)
		if err != nil {
			return nil, err
		}
		plain, until := appendMessages(messages, mv.now)
		put(outboxKey, plain, until)
		for i := range messages {
			if !messages[i].State.Over() {
				u.waiting = append(u.waiting, store.Row{Family: store.Log, Key: Pending{m.Into, messages[i].ID}.key(), Value: []byte{wireVersion}})
			}
		}
	}
	aliases := slices.Clone(own.aliases)
	for _, id := range other.aliases {
		if !slices.Contains(aliases, id) {
			aliases = append(aliases, id)
		}
	}
	u.batch.State = append(u.batch.State, aliasesRow(mv.into, m.Into, aliases))
	if inherited := inheritance(own, other); len(inherited) > 0 {
		put(inheritedKey, appendInherited(nil, inherited), time.Time{})
	}
	recipients, err := joinedRecipients(own.recipients, other.recipients)
	if err != nil {
		return nil, err
	}
	if len(other.recipients) > 0 {
		put(recipientsKey, appendRecipients(nil, recipients), time.Time{})
	}
	if bytes.Compare(other.visits, own.visits) > 0 { // times, the later greater
		put(visitsKey, other.visits, other.visitsUntil)
	}
	joined := append(append(slices.Clone(own.joined), other.joined...), Joined{No: m.No, Ref: m.From, Time: m.Time})
	put(joinedKey, appendJoined(nil, joined), time.Time{})
	withdrawn(&u.batch, &u.standing)
	unplaced(&u.batch, &u.standing)
	if place, until := coarser(own, other); place != own.place && u.standing.Consents.Purposes[tactful.LocationUse].Answer == tactful.Granted {
		put(placeKey, appendPlace(nil, *place), until)
	}
	return u, nil
}

// inheritance is what the sums still hold of the one that is given up.
func inheritance(own, other *belongings) []*linear.Contribution {
	list := append(slices.Clone(own.inherited), other.inherited...)
	if !other.contributed.Empty() {
		list = append(list, other.contributed)
	}
	return list
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// noteStops writes down beside the keys what the person says no to from now on.
func (mv *mover) noteStops(ctx context.Context, own *belongings, u *union) (noted []latest, err error) {
	note := func(kind stopKind, s *stop) error {
		key, err := mv.noteStop(ctx, mv.into, mv.merge.Into, own.version, s, mv.now)
		if err == nil {
			noted = append(noted, latest{key: key, kind: kind})
		}
		return err
	}
	if forbids(&u.standing) {
		said, err := mv.saidBefore(ctx, mv.into, mv.merge.Into, &u.standing, u.restsOn, mv.now)
		if err == nil {
			err = note(standingStop, &stop{Standing: &u.standing, Said: said})
		}
		if err != nil {
			return nil, err
		}
	}
	if u.settings != nil {
		if err := note(settingsStop, &stop{Settings: u.settings}); err != nil {
			return nil, err
		}
	}
	if u.wishes != nil {
		if err := note(wishesStop, &stop{Wishes: u.wishes}); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

// leave lets names and requests of the one that was given up lead to the one that is
// left, and drops what is left of it. Where its rows are gone, all that is done.
func (mv *mover) leave(ctx context.Context) error {
	m := mv.merge
	if err := mv.vault.Retire(ctx, m.From); err != nil { // also where an older copy brought it back
		return err
	}
	state, log, err := mv.everything(ctx, m.From)
	if err != nil {
		return err
	}
	for _, row := range state.Rows {
		if !bytes.Equal(row.Key, aliasesKey) {
			continue
		}
		ids, err := openAliases(mv.from, m.From, store.Answer{Rows: []store.Row{row}})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := mv.repoint(ctx, store.Partition{Section: store.Aliases, ID: id}); err != nil {
				return err
			}
		}
	}
	if err := mv.requests(ctx, log); err != nil {
		return err
	}
	waiting, err := mv.PendingOf(ctx, m.From)
	if err == nil {
		err = mv.Unpend(ctx, waiting)
	}
	if err != nil {
		return err
	}
	return mv.dropRows(ctx, m.From)
}

// repoint lets a name lead to the person who is left.
func (mv *mover) repoint(ctx context.Context, p store.Partition) error {
	return retry("move a name", func() error {
		answers, err := mv.data.Read(ctx, []store.Query{aliasQuery(p, mv.now)})
		if err != nil {
			return kindly(err)
		}
		there, err := mv.target(p, answers[0])
		if err != nil || there != mv.merge.From { // moved before, or another was faster: it is theirs
			return err
		}
		batch := mv.aliasBatch(p, mv.merge.Into)
		batch.Expect = answers[0].Version
		_, err = mv.write(ctx, batch)
		return err
	})
}

// requests lets the requests for rights lead to the person who is left.
func (mv *mover) requests(ctx context.Context, log []store.Row) error {
	seen := map[CaseID]bool{}
	for _, row := range log {
		if row.Key[0] != rightType || len(row.Key) != rightKeyLen || seen[CaseID(row.Key[1:17])] {
			continue
		}
		id := CaseID(row.Key[1:17])
		seen[id] = true
		err := retry("move a request", func() error {
			p := casePartition(id)
			answers, err := mv.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, From: caseKey, To: after(caseKey), Now: mv.now}})
			if err != nil {
				return kindly(err)
			}
			if len(answers[0].Rows) == 0 {
				return nil
			}
			c, err := mv.openCase(p, answers[0].Rows[0])
			if err != nil || c.Ref != mv.merge.From {
				return err
			}
			c.Ref, c.Version = mv.merge.Into, answers[0].Version
			return mv.WriteCase(ctx, &c, answers[0].Rows[0].Expires)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
