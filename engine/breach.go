package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/records"
)

// BreachParts is how many parts the answer of a breach has: everybody, cut by
// their random references. Each can be asked for alone.
const BreachParts = 256

// Breach says whose data a leaked key could have read, for the notice to the
// authority (GDPR 33) and to the people (GDPR 34).
type Breach struct {
	Key    access.Key
	Since  time.Time      // not before the key was made
	Until  time.Time      // when it was revoked, or now
	Opens  tactful.Opened // kinds of data that its scopes open
	People int            // of whom there is anything at all
	Could  Exposed        // whose data its scopes open
	Did    Exposed        // whose data it is on record to have opened
	Reads  uint64         // requests of a service's key, by day; counted with part 0
	Looks  int            // lines of the key's index, of those erased since too; counted with part 0
}

// Exposed counts people.
type Exposed struct {
	People int
	Kinds  map[string]int // by kind of data
}

func (x *Exposed) add(kinds tactful.Opened) {
	if kinds == 0 {
		return
	}
	x.People++
	if x.Kinds == nil {
		x.Kinds = map[string]int{}
	}
	for _, word := range kinds.Words() {
		x.Kinds[word]++
	}
}

// Affected is one person in the answer. The reference says who it is to nobody;
// CheckBreach gives the reference of an id that the business has.
type Affected struct {
	Reference  string
	Could, Did tactful.Opened
}

// everything is what there can be to read of a person.
const everything = tactful.OpenedConsents | tactful.OpenedHistory | tactful.OpenedReceipts | tactful.OpenedSuggestions |
	tactful.OpenedPreferences | tactful.OpenedRequests | tactful.OpenedLooks

// opensOf says which kinds of data the scopes open. A key that asks for lists
// reads what their reasons tell of the history, and their receipts. One that
// sends events is told, where one is refused, how the person stands. Keys in
// pages are shown nothing of anybody.
func opensOf(scopes access.Scopes) (opens tactful.Opened) {
	if scopes.Allows(access.Write) {
		opens |= tactful.OpenedConsents
	}
	if scopes.Allows(access.Decide) {
		opens |= tactful.OpenedSuggestions | tactful.OpenedReceipts
	}
	if scopes.Allows(access.Rights) {
		opens |= everything
	}
	return opens
}

// holds says which kinds of data can be read where these rows are: a list tells
// of a person who has a history.
func holds(rows tactful.Opened) tactful.Opened {
	if rows&tactful.OpenedHistory != 0 {
		rows |= tactful.OpenedSuggestions
	}
	return rows
}

// Breach lists whose data a key could have read since a moment, and whose it
// did, in BreachParts parts; each is told of everybody affected, progress of
// each part done.
func (e *Engine) Breach(ctx context.Context, key string, since time.Time, each func(Affected) error, progress func(done, total int)) (Breach, error) {
	var total Breach
	for part := range BreachParts {
		b, err := e.BreachPart(ctx, key, since, part, each)
		if err != nil {
			return Breach{}, err
		}
		total.Add(b)
		if progress != nil {
			progress(part+1, BreachParts)
		}
	}
	return total, nil
}

// Add takes in the counts of another part.
func (b *Breach) Add(part Breach) {
	if b.Key.ID == "" {
		b.Key, b.Since, b.Until, b.Opens = part.Key, part.Since, part.Until, part.Opens
	}
	b.People += part.People
	b.Reads += part.Reads
	b.Looks += part.Looks
	b.Could.merge(part.Could)
	b.Did.merge(part.Did)
}

func (x *Exposed) merge(other Exposed) {
	x.People += other.People
	if x.Kinds == nil && len(other.Kinds) > 0 {
		x.Kinds = map[string]int{}
	}
	for word, n := range other.Kinds {
		x.Kinds[word] += n
	}
}

// BreachPart answers for one of BreachParts.
func (e *Engine) BreachPart(ctx context.Context, idOrName string, since time.Time, part int, each func(Affected) error) (Breach, error) {
	if err := e.enter(); err != nil {
		return Breach{}, err
	}
	defer e.leave()
	if part < 0 || part >= BreachParts {
		return Breach{}, tactful.InvalidField("part", "is out of range", fmt.Sprintf("ask for 0 to %d", BreachParts-1))
	}
	b, err := e.breach(ctx, idOrName, since)
	if err != nil {
		return Breach{}, err
	}
	now := e.clock.Now()
	if part == 0 {
		e.log.Warn("it is listed whose data a key could have read", "key", b.Key.ID, "asked_with", tactful.ActorOf(ctx).Key)
		if err := e.index(ctx, &b, now); err != nil {
			return Breach{}, fmt.Errorf("breach: %w", err)
		}
	}
	did := map[tactful.Ref]tactful.Opened{}
	err = e.records.ScanLooks(ctx, part, BreachParts, b.Key.ID, b.Since, now, func(ref tactful.Ref, opened tactful.Opened) error {
		did[ref] = opened
		return nil
	})
	if err != nil {
		return Breach{}, fmt.Errorf("breach: %w", err)
	}
	err = e.records.ScanHoldings(ctx, part, BreachParts, now, func(ref tactful.Ref, rows tactful.Opened) error {
		b.People++
		a := Affected{Could: holds(rows) & b.Opens, Did: did[ref]}
		b.Could.add(a.Could)
		b.Did.add(a.Did)
		if a.Could|a.Did == 0 {
			return nil
		}
		if a.Reference, err = e.reference(ref); err != nil {
			return err
		}
		return each(a)
	})
	if err != nil {
		return Breach{}, fmt.Errorf("breach: %w", err)
	}
	return b, nil
}

// breach is what can be said of the key itself.
func (e *Engine) breach(ctx context.Context, idOrName string, since time.Time) (Breach, error) {
	key, err := e.access.Find(idOrName)
	if err != nil {
		return Breach{}, err
	}
	now := e.clock.Now()
	b := Breach{Key: key, Since: since.UTC(), Until: key.Revoked, Opens: opensOf(key.Scopes)}
	b.Key.Hash = ""
	if b.Until.IsZero() {
		b.Until = now
	}
	if b.Since.Before(key.Created) {
		b.Since = key.Created
	}
	if b.Since.After(now) {
		return Breach{}, tactful.InvalidField("since", "is in the future", "say since when the key may have been in other hands")
	}
	return b, nil
}

// index adds what the key's own index says, which is of nobody in particular.
func (e *Engine) index(ctx context.Context, b *Breach, now time.Time) error {
	looks, err := e.records.LooksBy(ctx, b.Key.ID, b.Since, now, now)
	if err != nil {
		return err
	}
	b.Looks = len(looks)
	if b.Reads, err = e.records.Reads(ctx, b.Key.ID, dayOf(b.Since), dayOf(now)); err != nil {
		return err
	}
	for _, unsaved := range e.pace.unsaved(b.Key.ID) {
		if unsaved.day >= dayOf(b.Since) {
			b.Reads += unsaved.reads
		}
	}
	return nil
}

// reference names a person in the list of a breach: always the same, and
// nothing to anybody who has not our secret.
func (e *Engine) reference(ref tactful.Ref) (string, error) {
	text, err := e.vault.SealID(append([]byte{'b'}, ref[:]...))
	if err != nil {
		return "", fmt.Errorf("make a reference: %w", err)
	}
	return text, nil
}

// MaxBreachCheck is how many ids one call of CheckBreach takes.
const MaxBreachCheck = 500

// CheckBreach says of ids that the business has whether the key could have read
// their data. Whoever is known has been looked up, so an operator asks, with a
// reason, and each of them can see it. Their number is not slowed: in a breach
// thousands may have to be told within hours.
func (e *Engine) CheckBreach(ctx context.Context, idOrName string, since time.Time, ids []tactful.Alias) ([]Affected, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if len(ids) == 0 || len(ids) > MaxBreachCheck {
		return nil, tactful.InvalidField("ids", "are none or too many", fmt.Sprintf("send 1 to %d", MaxBreachCheck))
	}
	a := tactful.ActorOf(ctx)
	if a.Kind != tactful.ActorOperator {
		return nil, tactful.Errorf(tactful.Refused, "only an operator may ask whom a leaked key exposed")
	}
	if err := named(&a); err != nil {
		e.pace.count("refused", "no_reason")
		return nil, err
	}
	for _, id := range ids {
		if err := id.Validate("ids"); err != nil {
			return nil, err
		}
	}
	b, err := e.breach(ctx, idOrName, since)
	if err != nil {
		return nil, err
	}
	now := e.clock.Now()
	refs, err := e.records.Lookup(ctx, ids, now)
	if err != nil {
		return nil, fmt.Errorf("check a breach: %w", err)
	}
	var known []tactful.Ref
	at := map[tactful.Ref]int{}
	for _, ref := range refs {
		if _, seen := at[ref]; !seen && !ref.IsZero() {
			at[ref] = len(known)
			known = append(known, ref)
		}
	}
	out := make([]Affected, len(ids))
	if len(known) == 0 {
		return out, nil
	}
	look := records.StoredLook{Key: a.Key, Look: tactful.Look{Time: now, Kind: a.Kind, Name: a.Name, Reason: a.Reason, Opened: tactful.OpenedExposure}}
	gone, err := e.records.AppendLooks(ctx, known, look, e.latest.see(now).Add(e.cfg.Looks.Keep))
	if err != nil {
		return nil, fmt.Errorf("record the look: %w", err)
	}
	for _, ref := range gone {
		delete(at, ref)
	}
	rows, err := e.records.Holdings(ctx, known, now)
	if err != nil {
		return nil, fmt.Errorf("check a breach: %w", err)
	}
	for i, ref := range refs {
		n, ok := at[ref]
		if !ok {
			continue
		}
		out[i].Could = holds(rows[n]) & b.Opens
		if out[i].Did, err = e.openedBy(ctx, ref, &b, now); err != nil {
			return nil, err
		}
		if out[i].Could|out[i].Did == 0 {
			continue
		}
		if out[i].Reference, err = e.reference(ref); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openedBy is what the key opened of one person.
func (e *Engine) openedBy(ctx context.Context, ref tactful.Ref, b *Breach, now time.Time) (opened tactful.Opened, err error) {
	looks, err := e.records.Looks(ctx, ref, 0, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("check a breach: %w", err)
	}
	for _, l := range looks {
		since := b.Since
		if l.Kind == tactful.ActorService {
			since = time.Unix(dayOf(since)*24*60*60, 0)
		}
		if l.Key == b.Key.ID && !l.Time.Before(since) {
			opened |= l.Opened
		}
	}
	return opened, nil
}
