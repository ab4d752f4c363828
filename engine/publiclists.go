package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// edition is what is published now; nil for nothing.
type edition struct {
	now   atomic.Pointer[report.Edition]
	again atomic.Pointer[time.Time] // when the background tries again
}

// theEdition is the question that the one row of an edition answers: a new one
// takes the place of the one before.
const theEdition = "edition"

// reissueEvery is how soon the background tries again after an edition was refused.
const reissueEvery = time.Hour

func errListsOff() error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "no lists are published here", Remedy: "set engine.reports.lists.published"}
}

// PublicLists returns the edition in force.
func (e *Engine) PublicLists(ctx context.Context) (*report.Edition, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if !e.cfg.Reports.Lists.Published {
		return nil, errListsOff()
	}
	d := e.edition.now.Load()
	if d == nil || !d.Until.After(e.clock.Now()) {
		return nil, tactful.Errorf(tactful.NotFound, "no edition of public lists stands")
	}
	return d, ctx.Err()
}

// PublicList returns what is published of one item, without what is no longer
// listed or was found sensitive since.
func (e *Engine) PublicList(ctx context.Context, item string) (*report.Edition, []*tactful.Item, error) {
	d, err := e.PublicLists(ctx)
	if err != nil {
		return nil, nil, err
	}
	ground := e.ground.Load()
	var list []*tactful.Item
	if ground.items != nil && e.mayList(ground, ground.items.ByID(item)) {
		for _, id := range d.Of(item) {
			if one := ground.items.ByID(id); e.mayList(ground, one) {
				list = append(list, one)
			}
		}
	}
	if len(list) == 0 {
		return nil, nil, tactful.Errorf(tactful.NotFound, "this item has no public list")
	}
	return d, list, nil
}

// mayList keeps what is sensitive or harmful out of lists that everybody sees.
func (e *Engine) mayList(ground *ground, item *tactful.Item) bool {
	return item != nil && ground.labels != nil && ground.labels.At(item.No)&(ground.labels.Sensitive|ground.labels.Harm) == 0
}

// PublishLists makes the next edition, if its time has come. It is charged in the
// write that keeps it, before anybody sees it; one that was killed before that was
// never made, one that was killed after it is found again.
func (e *Engine) PublishLists(ctx context.Context) (*report.Edition, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if !e.cfg.Reports.Lists.Published {
		return nil, errListsOff()
	}
	if e.ground.Load().items == nil {
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "there is no catalogue yet", Remedy: "bring items first"}
	}
	now := e.latest.see(e.clock.Now()) // a clock that is set back brings no edition forward
	if err := e.reporting.take(ctx); err != nil {
		return nil, fmt.Errorf("publish lists: %w", err)
	}
	defer e.reporting.give()
	ledger, kept, err := e.reportLedger(ctx, report.PublicLists, theEdition, now)
	if err != nil {
		return nil, err
	}
	before, err := standing(kept)
	if err != nil {
		return nil, err
	}
	if before != nil && now.Before(before.Next) {
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "the edition that stands is not old enough: lists change seldom, and together",
			Remedy: "publish again from " + before.Next.UTC().Format(time.RFC3339)}
	}
	set := &e.cfg.Reports.Lists
	if err := ledger.AffordsEdition(set, now); err != nil { // before anything is read
		return nil, err
	}
	next, err := e.drawEdition(ctx, before, now)
	if err != nil {
		return nil, fmt.Errorf("publish lists: %w", err)
	}
	if err := ledger.ChargeEdition(set, now); err != nil {
		return nil, err
	}
	if kept.Ledger, err = ledger.Encode(); err != nil {
		return nil, fmt.Errorf("publish lists: %w", err)
	}
	if kept.Answer, err = next.Encode(); err != nil {
		return nil, fmt.Errorf("publish lists: %w", err)
	}
	if err := e.records.WriteReport(ctx, report.PublicLists, theEdition, kept, next.Until); err != nil {
		return nil, err
	}
	e.edition.now.Store(next)
	e.log.Info("public lists", "items", len(next.Items), "next", next.Next)
	return next, nil
}

// drawEdition counts who touched which items together, each person with a few of
// theirs, drawn by lot, and makes lists of counts with noise.
func (e *Engine) drawEdition(ctx context.Context, before *report.Edition, now time.Time) (*report.Edition, error) {
	set, ground, source := e.cfg.Reports.Lists, e.ground.Load(), noise.NewSource(e.entropy)
	var people [][]uint32
	touched := map[uint32]int{} // by number of the catalogue
	err := e.crowd(ctx, records.Want{Settings: true, Events: records.AllEvents}, now, func(s *records.Subject) error {
		in := e.touchedBy(s, ground, now.AddDate(0, 0, -set.Days), now)
		if len(in) > set.Items {
			some, err := source.Sample(len(in), set.Items)
			if err != nil {
				return err
			}
			for i, at := range some {
				in[i] = in[at]
			}
			in = in[:len(some)]
		}
		for _, item := range in {
			touched[item]++
		}
		people = append(people, in)
		return nil
	})
	if err != nil {
		return nil, err
	}
	given := now.UTC().Truncate(time.Second)
	next := &report.Edition{
		Given: given, Next: given.Add(set.Every), Until: given.Add(2 * set.Every),
		Least: set.Least, Deviation: set.Deviation, Margin: set.Margin, Groups: set.Items, Cost: set.Cost(),
		Items: []string{}, Lists: [][]int32{},
	}
	var all []uint32
	for item, n := range touched {
		if n >= set.Least {
			all = append(all, item)
		}
	}
	slices.SortFunc(all, func(a, b uint32) int { return cmp.Or(cmp.Compare(touched[b], touched[a]), cmp.Compare(a, b)) })
	all = all[:min(len(all), report.MostListed)]
	if len(all) == 0 {
		return next, nil // it says that nothing was touched by enough people, and costs the same
	}
	slices.Sort(all)
	place := make(map[uint32]uint32, len(all))
	for i, item := range all {
		place[item] = uint32(i)
		next.Items = append(next.Items, ground.items.ByNo(tactful.ItemNo(item)).ID)
	}
	together, err := report.NewTogether(len(all))
	if err != nil {
		return nil, err
	}
	for _, in := range people {
		history := in[:0]
		for _, item := range in {
			if at, listed := place[item]; listed {
				history = append(history, at)
			}
		}
		together.Add(history)
	}
	var stood [][]int32
	if before != nil {
		stood = before.Over(next.Items)
	}
	next.Lists, err = together.Release(ctx, set, stood, source)
	return next, err
}

// touchedBy are the items that somebody viewed, added or bought, ascending and each
// once, without what they put aside, what was concluded of them, and what may not
// be listed.
func (e *Engine) touchedBy(s *records.Subject, ground *ground, from, until time.Time) (in []uint32) {
	for i := range s.Events {
		event := &s.Events[i].Event
		if event.Time.Before(from) || !event.Time.Before(until) || event.Provenance == tactful.Inferred || s.Standing.Forgets(event.Time) ||
			s.Settings[event.Item].Setting != decision.SettingNone || !slices.Contains(towardsPurchase(), event.Action) {
			continue
		}
		if item := ground.items.ByID(event.Item); e.mayList(ground, item) {
			in = append(in, uint32(item.No))
		}
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// standing reads the edition of a row, nil where there is none.
func standing(kept records.StoredReport) (*report.Edition, error) {
	if kept.Answer == nil {
		return nil, nil
	}
	return report.DecodeEdition(kept.Answer)
}

// openEdition puts the edition that stands to use again.
func (e *Engine) openEdition(ctx context.Context) error {
	if !e.cfg.Reports.Lists.Published {
		return nil
	}
	_, kept, err := e.reportLedger(ctx, report.PublicLists, theEdition, e.latest.see(e.clock.Now()))
	if err != nil {
		return err
	}
	d, err := standing(kept)
	if err != nil {
		return err
	}
	e.edition.now.Store(d)
	return nil
}

// reissue makes an edition when its time has come, the first not before there is a
// model: an edition of an empty shop would stand for a week.
func (e *Engine) reissue(ctx context.Context) error {
	now := e.clock.Now()
	if d := e.edition.now.Load(); !e.cfg.Reports.Lists.Published || d != nil && now.Before(d.Next) || e.ground.Load().model == nil {
		return nil
	}
	if again := e.edition.again.Load(); again != nil && now.Before(*again) {
		return nil
	}
	later := now.Add(reissueEvery)
	e.edition.again.Store(&later)
	if _, err := e.PublishLists(ctx); err != nil && tactful.KindOf(err) != tactful.Refused {
		return err
	}
	return nil
}
