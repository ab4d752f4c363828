package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Sizes of the row, and what it must come to.
const (
	forgetSynthetic = 400  // people of the synthetic shop
	forgetMovies    = 1500 // people of MovieLens, by chance
	forgetErased    = 20
	forgetAsked     = 150 // of those who stay, whose lists are compared
	forgetGoal      = 1e-9
)

// plant is a build with a fault put into it, which the row must find.
type plant uint8

const (
	sound     plant = iota
	keepModel       // rows and keys go, the model is not told
	leaveRow        // everything is done, and one sealed row is left behind
)

// shopper is one person of the row: an id, and the items they bought.
type shopper struct {
	id    string
	items []uint32
}

// measureForget plays row 13 of reference/creepiness.md: people are erased, and
// then the model, the lists of everybody else and every byte of both stores are
// compared with an engine that never saw them. What a plain shop does, deleting
// the rows and keeping the model, is played in the same run, and so is a build
// that leaves a row: both must be found.
func measureForget(ctx context.Context, opt Options) (Row, error) {
	var rows []Row
	times := repetitions
	if opt.N > 0 {
		times = 2
	}
	for i := range times {
		once := opt
		once.Seed = opt.Seed + uint64(i)
		row, err := forgetFrom(ctx, once, sound)
		if err != nil {
			return Row{}, err
		}
		rows = append(rows, row)
	}
	row := together(rows)
	row.Attack += ", each time other people"
	least := row.Tactful
	for i := range rows {
		least = min(least, rows[i].Tactful)
	}
	row.Interval = [2]float64{least, row.Tactful}
	kept, err := forgetFrom(ctx, opt, keepModel)
	if err != nil {
		return Row{}, err
	}
	left, err := forgetFrom(ctx, opt, leaveRow)
	if err != nil {
		return Row{}, err
	}
	row.Plain = kept.Tactful
	row.Beside = append(row.Beside,
		figure("control, the model is not told: weights differ by", kept.Tactful, fmt.Sprintf("above %g, or the comparison is blind", forgetGoal), 10*forgetGoal),
		figure("control, the model is not told: lists changed", kept.Beside[0].Value, "at least 1", 1),
		figure("control, a row is left behind: bytes found", left.Beside[1].Value, "at least 1, or the look is blind", 1))
	row.judge(row.Tactful <= forgetGoal)
	return row, nil
}

// forgetFrom erases people from a build, sound or not, and measures.
func forgetFrom(ctx context.Context, opt Options, fault plant) (row Row, err error) {
	name, people, items, err := forgetPeople(ctx, opt)
	if err != nil {
		return Row{}, err
	}
	erased := forgetErased
	if opt.N > 0 {
		erased = min(opt.N, len(people)/2)
	}
	dir, err := os.MkdirTemp(opt.Dir, "tactful-forget-")
	if err != nil {
		return Row{}, fmt.Errorf("make a place for the stores: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	gone, stay := people[:erased], people[erased:]
	moment := opt.Clock.Now().Add(-time.Hour).UTC().Truncate(time.Second)

	never, err := openShop(ctx, filepath.Join(dir, "never"), opt)
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, never.close(ctx)) }()
	if err := never.fill(ctx, stay, items, moment); err != nil {
		return Row{}, err
	}
	shop, err := openShop(ctx, filepath.Join(dir, "shop"), opt)
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, shop.close(ctx)) }()
	if err := shop.fill(ctx, people, items, moment); err != nil {
		return Row{}, err
	}
	traces, err := shop.traces(ctx, gone)
	if err != nil {
		return Row{}, err
	}
	others, err := shop.traces(ctx, stay[:erased])
	if err != nil {
		return Row{}, err
	}
	if fault == keepModel {
		err = shop.dropRowsOnly(ctx, gone)
	} else {
		err = shop.erase(ctx, gone, opt)
	}
	if err != nil {
		return Row{}, err
	}
	differ, changed, compared, err := shop.compare(ctx, never, stay[:min(forgetAsked, len(stay))], opt)
	if err != nil {
		return Row{}, err
	}
	if fault == leaveRow {
		if err := shop.putBack(ctx, traces.rows[:1]); err != nil {
			return Row{}, err
		}
	}
	found, looked, err := shop.look(ctx, traces.bytes)
	if err != nil {
		return Row{}, err
	}
	seen, _, err := shop.look(ctx, others.bytes)
	if err != nil {
		return Row{}, err
	}
	row = Row{
		Attack: fmt.Sprintf("erase %d of %d people, then compare with an engine that never saw them (%s)", erased, len(people), name),
		Metric: "largest difference of a weight of the model", Plain: -1, Tactful: differ, Goal: fmt.Sprintf("at most %g", forgetGoal), Bound: forgetGoal,
		N: erased, Seeds: []uint64{opt.Seed}, Interval: [2]float64{differ, differ},
		Beside: []Figure{
			{Name: "lists of others that changed", Value: float64(changed), Goal: "0", Met: changed == 0},
			{Name: fmt.Sprintf("bytes left of them in %d bytes of both stores, models and keys", looked), Value: float64(found), Goal: "0", Met: found == 0},
			figure("lists that were compared", float64(compared), "at least 10", 10),
			figure("traces of them that were looked for", float64(len(traces.bytes)), "at least 5 a person", float64(5*erased)),
			figure("bytes of others that the same look finds", float64(seen), "at least 1", 1),
		},
	}
	row.judge(differ <= forgetGoal)
	return row, nil
}

// forgetPeople are the people of the row, in an order by chance: the first ones
// are those who will be erased.
func forgetPeople(ctx context.Context, opt Options) (name string, people []shopper, items int, err error) {
	var baskets [][]uint32
	size := forgetSynthetic
	if opt.Data == "" {
		h := supermarket(opt.Seed, 0)
		name, baskets, items = h.name, h.baskets, shopItems
	} else {
		p, err := readMovies(ctx, opt.Data)
		if err != nil {
			return "", nil, 0, err
		}
		name, baskets, items, size = p.name, p.pairs.People, p.pairs.Items-1, forgetMovies
	}
	if opt.N > 0 {
		size = min(size, 20*opt.N)
	}
	for _, u := range rand.New(rand.NewPCG(opt.Seed, 13)).Perm(len(baskets))[:min(size, len(baskets))] {
		if len(baskets[u]) > 1 {
			people = append(people, shopper{id: "person-" + strconv.Itoa(u), items: baskets[u]})
		}
	}
	return name, people, items, nil
}

// shopOf is an engine with people in it.
type shopOf struct {
	*house
}

func openShop(ctx context.Context, dir string, opt Options) (*shopOf, error) {
	s := &shopOf{&house{dir: dir, opt: opt}}
	return s, s.open(ctx)
}

func (s *shopOf) open(ctx context.Context) error {
	cfg := settings()
	cfg.Learn.Check, cfg.Learn.Support = time.Hour, 1 // no fits but those of the row, and no pair of theirs pruned away
	e, err := engine.Open(ctx, cfg, engine.Options{
		Dir: filepath.Join(s.dir, "data"), KeyDir: filepath.Join(s.dir, "keys"), Clock: s.opt.Clock, Entropy: s.opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return fmt.Errorf("open an engine: %w", err)
	}
	s.engine = e
	return nil
}

// fill lists the items, lets the people say yes and buy, and fits.
func (s *shopOf) fill(ctx context.Context, people []shopper, items int, moment time.Time) error {
	var list []tactful.Item
	for no := 1; no <= items; no++ {
		list = append(list, tactful.Item{ID: "item-" + strconv.Itoa(no), Title: "Item " + strconv.Itoa(no), Categories: []string{"Shelf " + strconv.Itoa(no%20)}, Price: -1})
		if len(list) == 500 || no == items {
			if err := s.engine.PutItems(ctx, list); err != nil {
				return err
			}
			list = list[:0]
		}
	}
	for i, p := range people {
		s.opt.report("forget: people", i, len(people))
		if err := agree(ctx, s.engine, p.id, tactful.Personal); err != nil {
			return err
		}
		for at := 0; at < len(p.items); at += 200 {
			var events []map[string]any
			for _, item := range p.items[at:min(at+200, len(p.items))] {
				events = append(events, map[string]any{"messageId": p.id + "-" + strconv.Itoa(int(item)), "userId": p.id, "action": "purchased",
					"item": "item-" + strconv.Itoa(int(item)), "quantity": 1, "source": "web", "time": moment.Format(time.RFC3339)})
			}
			body, err := json.Marshal(map[string]any{"events": events})
			if err != nil {
				return err
			}
			n, err := s.deliver(ctx, engine.Native, body)
			if err != nil {
				return err
			}
			if n != len(events) {
				return fmt.Errorf("%d of %d purchases were taken", n, len(events))
			}
		}
	}
	_, err := s.engine.Train(ctx, nil)
	return err
}

func alias(id string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: id} }

// erase is what the row is about.
func (s *shopOf) erase(ctx context.Context, people []shopper, opt Options) error {
	for i, p := range people {
		opt.report("forget: erase", i, len(people))
		if _, err := s.engine.Erase(ctx, alias(p.id)); err != nil {
			return err
		}
	}
	return nil
}

// leavings are what the files hold of some people.
type leavings struct {
	bytes [][]byte
	rows  []leaving
}

type leaving struct {
	partition store.Partition
	row       store.Row
}

// traces reads, from the closed stores, under which names and as which sealed
// bytes people lie there.
func (s *shopOf) traces(ctx context.Context, people []shopper) (found leavings, err error) {
	if err := s.close(ctx); err != nil {
		return found, err
	}
	data, table, v, err := openFiles(ctx, s.dir, s.opt)
	if err != nil {
		return found, err
	}
	defer func() {
		err = errors.Join(err, data.Close(), table.Close())
		if err == nil {
			err = s.open(ctx)
		}
	}()
	now := s.opt.Clock.Now()
	aliases := make([]tactful.Alias, len(people))
	for i, p := range people {
		aliases[i] = alias(p.id)
	}
	refs, err := records.New(data, v, s.opt.Entropy, nil).Lookup(ctx, aliases, now)
	if err != nil {
		return found, err
	}
	for i, ref := range refs {
		if ref.IsZero() {
			return found, fmt.Errorf("person %d is not there", i)
		}
		name := v.AliasID(aliases[i])
		found.bytes = append(found.bytes, ref[:], name[:])
		subject := store.Partition{Section: store.Subjects, ID: ref}
		for _, q := range []struct {
			in interface {
				Read(context.Context, []store.Query) ([]store.Answer, error)
			}
			store.Query
		}{
			{data, store.Query{Partition: subject, Family: store.State, Now: now}}, {data, store.Query{Partition: subject, Family: store.Log, Now: now}},
			{data, store.Query{Partition: store.Partition{Section: store.Aliases, ID: name}, Family: store.State, Now: now}},
			{table, store.Query{Partition: store.Partition{Section: store.Keys, ID: ref}, Family: store.State, Now: now}},
		} {
			answers, err := q.in.Read(ctx, []store.Query{q.Query})
			if err != nil {
				return found, err
			}
			for _, row := range answers[0].Rows {
				row.Family = q.Family
				found.bytes = append(found.bytes, row.Value)
				if q.Partition == subject {
					found.rows = append(found.rows, leaving{subject, row})
					if len(row.Key) > 8 { // the keys of events and consents
						found.bytes = append(found.bytes, row.Key)
					}
				}
			}
		}
	}
	return found, nil
}

// dropRowsOnly is the fault of forgetting to unlearn.
func (s *shopOf) dropRowsOnly(ctx context.Context, people []shopper) (err error) {
	if err := s.close(ctx); err != nil {
		return err
	}
	data, table, v, err := openFiles(ctx, s.dir, s.opt)
	if err != nil {
		return err
	}
	r := records.New(data, v, s.opt.Entropy, nil)
	for _, p := range people {
		refs, err := r.Lookup(ctx, []tactful.Alias{alias(p.id)}, s.opt.Clock.Now())
		if err == nil {
			var emptied []store.Partition
			if emptied, err = r.Drop(ctx, refs[0]); err == nil {
				err = data.Purge(ctx, emptied)
			}
		}
		if err != nil {
			return errors.Join(err, data.Close(), table.Close())
		}
	}
	if err := errors.Join(data.Close(), table.Close()); err != nil {
		return err
	}
	return s.open(ctx)
}

// putBack is the fault of leaving a row.
func (s *shopOf) putBack(ctx context.Context, rows []leaving) (err error) {
	if err := s.close(ctx); err != nil {
		return err
	}
	data, table, _, err := openFiles(ctx, s.dir, s.opt)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, data.Close(), table.Close())
		if err == nil {
			err = s.open(ctx)
		}
	}()
	for _, left := range rows {
		results, err := data.Write(ctx, []store.Batch{{Partition: left.partition, Expect: store.Blind, Log: []store.Row{{Key: []byte("left behind"), Value: left.row.Value}}}})
		if err == nil {
			err = results[0].Err
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compare returns the largest difference between a weight here and there, and
// how many of these people are shown another list, of how many lists that are
// not empty.
func (s *shopOf) compare(ctx context.Context, other *shopOf, people []shopper, opt Options) (differ float64, changed, compared int, err error) {
	here, err := s.model()
	if err != nil {
		return 0, 0, 0, err
	}
	there, err := other.model()
	if err != nil {
		return 0, 0, 0, err
	}
	differ = difference(here, there)
	for i, p := range people {
		opt.report("forget: lists", i, len(people))
		var lists [2][]string
		for n, e := range []*engine.Engine{s.engine, other.engine} {
			d, err := e.Decide(ctx, &tactful.Request{Subject: alias(p.id), Placement: tactful.ForYou, Count: 10})
			if err != nil {
				return 0, 0, 0, err
			}
			for j := range d.Suggestions {
				lists[n] = append(lists[n], d.Suggestions[j].Item.ID)
			}
		}
		if len(lists[0])+len(lists[1]) > 0 {
			compared++
		}
		if !slices.Equal(lists[0], lists[1]) {
			changed++
		}
	}
	return differ, changed, compared, nil
}

// model opens the file of the model in use; no other may be there.
func (s *shopOf) model() (*model.Model, error) {
	card, err := s.engine.ModelCard()
	if err != nil {
		return nil, err
	}
	return model.Open(files.OS{}, filepath.Join(s.dir, "data", "models", card.Hash+".model"))
}

// difference is the largest absolute difference between two weights of the same
// pair of items; a weight that only one model has counts whole.
func difference(a, b *model.Model) float64 {
	worst := 0.0
	for _, from := range []*model.Model{a, b} {
		other := b
		if from == b {
			other = a
		}
		for column := range int32(from.Len()) {
			mine := weights(from, column)
			no := from.Number(column)
			theirs := map[tactful.ItemNo]float64{}
			if at, ok := other.Column(no); ok {
				theirs = weights(other, at)
			}
			for target, w := range mine {
				worst = math.Max(worst, math.Abs(w-theirs[target]))
			}
		}
	}
	return worst
}

func weights(m *model.Model, evidence int32) map[tactful.ItemNo]float64 {
	targets, values, _ := m.Row(evidence)
	out := make(map[tactful.ItemNo]float64, len(targets))
	for i, target := range targets {
		out[m.Number(int32(target))] = float64(values[i])
	}
	return out
}

// look closes the engine, counts the bytes of traces in all its files, names of
// files included, and opens it again.
func (s *shopOf) look(ctx context.Context, traces [][]byte) (found, looked int, err error) {
	if err := s.close(ctx); err != nil {
		return 0, 0, err
	}
	index := newTraceIndex(traces)
	err = filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		content := []byte(path[len(s.dir):])
		if !entry.IsDir() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = append(append(content, '\n'), text...)
		}
		looked += len(content)
		found += index.in(content)
		return ctx.Err()
	})
	if err != nil {
		return 0, 0, fmt.Errorf("look through the files: %w", err)
	}
	return found, looked, s.open(ctx)
}

// traceIndex finds many traces in one pass: a big shop has thousands of traces
// and hundreds of megabytes.
type traceIndex struct {
	begins []uint64 // a bit for each first three bytes of a trace
	by     map[[8]byte][][]byte
}

func newTraceIndex(traces [][]byte) *traceIndex {
	x := &traceIndex{begins: make([]uint64, 1<<24/64), by: map[[8]byte][][]byte{}}
	for _, trace := range traces {
		if len(trace) < 8 {
			continue // none is: references and hashes have 16 bytes, sealed rows more
		}
		at := three(trace)
		x.begins[at/64] |= 1 << (at % 64)
		x.by[[8]byte(trace)] = append(x.by[[8]byte(trace)], trace)
	}
	return x
}

func three(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }

// in returns the bytes of all traces that are there, each counted once.
func (x *traceIndex) in(content []byte) (found int) {
	met := map[string]bool{}
	for i := 0; i+8 <= len(content); i++ {
		at := three(content[i:])
		if x.begins[at/64]&(1<<(at%64)) == 0 {
			continue
		}
		for _, trace := range x.by[[8]byte(content[i:])] {
			if bytes.HasPrefix(content[i:], trace) && !met[string(trace)] {
				met[string(trace)] = true
				found += len(trace)
			}
		}
	}
	return found
}
