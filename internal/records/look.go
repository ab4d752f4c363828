package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// A look is kept twice. The row in the person's partition says who, when, why
// and what, sealed under the person's key; it ends with the person. The row in
// the index of the key and day says when and what, but not whose: the two share
// eight random bytes, so that the index leads to somebody only through the
// partition that names the bytes. After an erasure nothing leads anywhere.
//
//	Log   l time tag random   by an operator: one row a look
//	Log   l day tag           by a service: one row a day, key and kind of data
//
// The tag is a keyed hash of the API key's id and, for services, the kind of
// data, so that a driver cannot tell whose looks these are.
const (
	lookType    = 'l'
	lookTag     = 8
	lookRandom  = 8
	lookKeyLen  = 1 + 6 + lookTag + lookRandom
	dayKeyLen   = 1 + 6 + lookTag
	indexKeyLen = 1 + 6 + lookRandom
)

var readsKey = []byte{1} // State of an index partition: how often the key read that day

// StoredLook is a look with the id of the key that it was made with.
type StoredLook struct {
	tactful.Look
	Key string
}

// IndexedLook is what the index of a key knows: not whose data it was.
type IndexedLook struct {
	Time   time.Time
	Kind   tactful.ActorKind
	Opened tactful.Opened
}

// tag names a key in the rows of people; services have one for each kind of data.
func (r *Records) tag(key string, kind tactful.ActorKind, opened tactful.Opened) [lookTag]byte {
	name := "look " + key
	if kind == tactful.ActorService {
		name = fmt.Sprintf("look %s %d", key, opened)
	}
	hash := r.vault.MessageID(name)
	return [lookTag]byte(hash[:lookTag])
}

// lookPartition is the index of one key and day.
func (r *Records) lookPartition(key string, day int64) store.Partition {
	return store.Partition{Section: store.Looks, ID: r.vault.MessageID(fmt.Sprintf("looks %s %d", key, day))}
}

func dayStart(t time.Time) time.Time { return time.Unix(dayNumber(t)*secondsPerDay, 0).UTC() }

// AppendLook records, durably, that somebody opened this person's data, in the
// person's partition and in the key's index. A service's looks are one row a
// day for each kind of data; call it for one kind at a time.
func (r *Records) AppendLook(ctx context.Context, ref tactful.Ref, look StoredLook, expires time.Time) error {
	refused, err := r.AppendLooks(ctx, []tactful.Ref{ref}, look, expires)
	if err == nil && len(refused) > 0 {
		err = errNoSubject()
	}
	return err
}

// AppendLooks is AppendLook for many people at once. It returns those who are
// not there any more.
func (r *Records) AppendLooks(ctx context.Context, refs []tactful.Ref, look StoredLook, expires time.Time) (gone []tactful.Ref, err error) {
	release := r.holds.hold(refs...)
	defer release()
	sealers, err := r.vault.Sealers(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("append a look: %w", err)
	}
	random := make([]byte, lookRandom*len(refs))
	if err := r.draw(random); err != nil {
		return nil, fmt.Errorf("append a look: %w", err)
	}
	tag := r.tag(look.Key, look.Kind, look.Opened)
	index := store.Batch{Partition: r.lookPartition(look.Key, dayNumber(look.Time)), Expect: store.Blind}
	value := appendIndexed(nil, IndexedLook{Time: look.Time, Kind: look.Kind, Opened: look.Opened})
	var batches []store.Batch
	for i, ref := range refs {
		if sealers[i] == nil {
			gone = append(gone, ref)
			continue
		}
		chance := random[i*lookRandom : (i+1)*lookRandom]
		key, indexKey, ok := lookKeys(look, tag, chance)
		if !ok {
			return nil, tactful.Errorf(tactful.Internal, "a look outside of time")
		}
		p := subjectPartition(ref)
		batches = append(batches, store.Batch{Partition: p, Expect: store.Blind,
			Log: []store.Row{sealedRow(sealers[i], p, store.Log, key, appendLook(nil, &look), expires)}})
		index.Log = append(index.Log, sealedRow(r.vault.Tenant(), index.Partition, store.Log, indexKey, value, expires))
	}
	if len(batches) == 0 {
		return gone, nil
	}
	// The index first: a crash between may leave a line too many in it, never a
	// look that the index does not know.
	results, err := r.data.Write(ctx, append([]store.Batch{index}, batches...))
	if err == nil {
		err = firstError(results)
	}
	if err != nil {
		return nil, fmt.Errorf("append a look: %w", kindly(err))
	}
	return gone, nil
}

func lookKeys(look StoredLook, tag [lookTag]byte, chance []byte) (key, index []byte, ok bool) {
	at := look.Time
	if look.Kind == tactful.ActorService {
		at = dayStart(at)
	}
	if key, ok = appendMilli([]byte{lookType}, at); !ok {
		return nil, nil, false
	}
	key = append(key, tag[:]...)
	if look.Kind != tactful.ActorService {
		key = append(key, chance...)
	}
	if index, ok = appendMilli([]byte{lookType}, look.Time); !ok {
		return nil, nil, false
	}
	return key, append(index, chance...), true
}

// LookedToday reports whether this service's look of this kind is on record for the day.
func (r *Records) LookedToday(ctx context.Context, ref tactful.Ref, look StoredLook, now time.Time) (bool, error) {
	key, _, ok := lookKeys(look, r.tag(look.Key, look.Kind, look.Opened), nil)
	if !ok {
		return false, tactful.Errorf(tactful.Internal, "a look outside of time")
	}
	answers, err := r.data.Read(ctx, []store.Query{{Partition: subjectPartition(ref), Family: store.Log, From: key, To: after(key), Limit: 1, Now: now}})
	if err != nil {
		return false, fmt.Errorf("look for a look: %w", kindly(err))
	}
	return len(answers[0].Rows) > 0, nil
}

// Looks returns the newest looks at a person, newest first. Limit 0 means all.
func (r *Records) Looks(ctx context.Context, ref tactful.Ref, limit int, now time.Time) ([]StoredLook, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read looks: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, lookType, limit, now)})
	if err != nil {
		return nil, fmt.Errorf("read looks: %w", kindly(err))
	}
	looks := make([]StoredLook, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err == nil {
			looks[i], err = decodeLook(plain)
		}
		if err != nil {
			return nil, unreadable("look", err)
		}
	}
	return looks, nil
}

// LooksBy returns what the index knows of a key from one moment to another,
// oldest first.
func (r *Records) LooksBy(ctx context.Context, key string, from, to, now time.Time) ([]IndexedLook, error) {
	var queries []store.Query
	for day := dayNumber(from); day <= dayNumber(to); day++ {
		queries = append(queries, store.Query{Partition: r.lookPartition(key, day), Family: store.Log, From: []byte{lookType}, To: []byte{lookType + 1}, Now: now})
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read the looks of a key: %w", kindly(err))
	}
	var looks []IndexedLook
	for i, answer := range answers {
		for _, row := range answer.Rows {
			if len(row.Key) != indexKeyLen {
				return nil, unreadable("look", errWire)
			}
			plain, err := r.vault.Tenant().Open(nil, queries[i].Partition, store.Log, row.Key, row.Value)
			var look IndexedLook
			if err == nil {
				look, err = decodeIndexed(plain)
			}
			if err != nil {
				return nil, unreadable("look", err)
			}
			if !look.Time.Before(from) && !look.Time.After(to) {
				looks = append(looks, look)
			}
		}
	}
	return looks, nil
}

// AddReads adds to how often a key read on a day.
func (r *Records) AddReads(ctx context.Context, key string, day int64, reads uint64, expires time.Time) error {
	p := r.lookPartition(key, day)
	return retry("count reads", func() error {
		before, version, err := r.reads(ctx, p)
		if err != nil {
			return err
		}
		plain := binary.AppendUvarint([]byte{wireVersion}, before+reads)
		_, err = r.write(ctx, store.Batch{Partition: p, Expect: version,
			State: []store.Row{sealedRow(r.vault.Tenant(), p, store.State, readsKey, plain, expires)}})
		return err
	})
}

// Reads returns how often a key read from one day to another, both included.
func (r *Records) Reads(ctx context.Context, key string, from, to int64) (uint64, error) {
	sum := uint64(0)
	for day := from; day <= to; day++ {
		n, _, err := r.reads(ctx, r.lookPartition(key, day))
		if err != nil {
			return 0, fmt.Errorf("count reads: %w", err)
		}
		sum += n
	}
	return sum, nil
}

func (r *Records) reads(ctx context.Context, p store.Partition) (uint64, store.Version, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, From: readsKey, To: after(readsKey), Now: time.Unix(0, 0)}})
	if err != nil {
		return 0, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return 0, answers[0].Version, nil
	}
	plain, err := r.vault.Tenant().Open(nil, p, store.State, readsKey, answers[0].Rows[0].Value)
	if err != nil {
		return 0, 0, unreadable("count of reads", err)
	}
	in := read(plain)
	n := in.uvarint()
	if err := in.end(); err != nil {
		return 0, 0, unreadable("count of reads", err)
	}
	return n, answers[0].Version, nil
}

// ScanLooks visits every person of a shard whose data was opened with the key
// since, with what was opened. Days of services count whole.
func (r *Records) ScanLooks(ctx context.Context, shard, shards int, key string, since, now time.Time, visit func(tactful.Ref, tactful.Opened) error) error {
	operator := r.tag(key, tactful.ActorOperator, 0)
	services := map[[lookTag]byte]tactful.Opened{}
	for kind := tactful.Opened(1); kind.Known() && kind != 0; kind <<= 1 {
		services[r.tag(key, tactful.ActorService, kind)] = kind
	}
	from, ok := appendMilli([]byte{lookType}, dayStart(since))
	if !ok {
		return tactful.InvalidField("since", "is out of range", "send a time since 1970")
	}
	moment, _ := appendMilli([]byte{lookType}, since)
	var found []lookedAt
	flush := func() error {
		if err := r.openLooked(ctx, found, visit); err != nil {
			return err
		}
		found = found[:0]
		return nil
	}
	span := store.Range{Section: store.Subjects, Family: store.Log, From: from, To: []byte{lookType + 1}, Shard: shard, Shards: shards, Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			at := lookedAt{ref: p.ID}
			for _, row := range rows {
				switch {
				case len(row.Key) == dayKeyLen:
					at.opened |= services[[lookTag]byte(row.Key[7:])]
				case len(row.Key) != lookKeyLen:
					return unreadable("look", errWire)
				case [lookTag]byte(row.Key[7:]) == operator && string(row.Key[:7]) >= string(moment):
					at.sealed = append(at.sealed, row)
				}
			}
			if at.opened == 0 && len(at.sealed) == 0 {
				return nil
			}
			if found = append(found, at); len(found) == scanChunk {
				return flush()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan looks: %w", kindly(err))
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("scan looks: %w", err)
	}
	return nil
}

// lookedAt is somebody whose data a key opened, with the rows that say what.
type lookedAt struct {
	ref    tactful.Ref
	opened tactful.Opened
	sealed []store.Row // of operators
}

// openLooked fetches the keys of many with one read and visits them.
func (r *Records) openLooked(ctx context.Context, found []lookedAt, visit func(tactful.Ref, tactful.Opened) error) error {
	refs := make([]tactful.Ref, len(found))
	for i := range found {
		refs[i] = found[i].ref
	}
	sealers, err := r.vault.Passing(ctx, refs)
	if err != nil {
		return err
	}
	var plain []byte
	for i := range found {
		if sealers[i] == nil { // shredded since
			continue
		}
		for _, row := range found[i].sealed {
			plain, err = sealers[i].Open(plain[:0], subjectPartition(refs[i]), store.Log, row.Key, row.Value)
			var look StoredLook
			if err == nil {
				look, err = decodeLook(plain)
			}
			if err != nil {
				return unreadable("look", err)
			}
			found[i].opened |= look.Opened
		}
		if err := visit(refs[i], found[i].opened); err != nil {
			return err
		}
	}
	return nil
}

func appendLook(dst []byte, l *StoredLook) []byte {
	dst = appendTime(append(dst, wireVersion, byte(l.Kind)), l.Time)
	for _, s := range [...]string{l.Key, l.Name, l.Reason} {
		dst = appendText(dst, s)
	}
	return binary.AppendUvarint(dst, uint64(l.Opened))
}

func decodeLook(plain []byte) (StoredLook, error) {
	r := read(plain)
	l := StoredLook{Look: tactful.Look{Kind: tactful.ActorKind(r.below(byte(tactful.ActorEngine) + 1)), Time: r.time()}}
	for _, s := range [...]*string{&l.Key, &l.Name, &l.Reason} {
		*s = r.text()
	}
	l.Opened = r.opened()
	if err := r.end(); err != nil {
		return StoredLook{}, err
	}
	return l, nil
}

func (r *reader) opened() tactful.Opened {
	n := r.uvarint()
	if o := tactful.Opened(n); uint64(o) == n && o.Known() {
		return o
	}
	r.fail()
	return 0
}

func appendIndexed(dst []byte, l IndexedLook) []byte {
	return binary.AppendUvarint(appendTime(append(dst, wireVersion, byte(l.Kind)), l.Time), uint64(l.Opened))
}

func decodeIndexed(plain []byte) (IndexedLook, error) {
	r := read(plain)
	l := IndexedLook{Kind: tactful.ActorKind(r.below(byte(tactful.ActorEngine) + 1)), Time: r.time(), Opened: r.opened()}
	if err := r.end(); err != nil {
		return IndexedLook{}, err
	}
	return l, nil
}
