package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/records"
)

// findIntervals learns anew after how long people buy of a category again, and
// puts it to use, if that is wanted. It reads what everybody who permits learning
// bought: a pure function of what is stored, so that somebody erased leaves
// nothing in it. A category in which fewer people bought twice than a reason must
// fit has none.
func (e *Engine) findIntervals(ctx context.Context, now time.Time) error {
	if !e.cfg.Guards.Purchased.Learn {
		return nil
	}
	items := e.ground.Load().items
	rhythms := learn.NewRhythms()
	for shard := range surveyShards {
		var refs []tactful.Ref
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if e.mayLearn(s, now) {
				refs = append(refs, ref)
			}
			return ctx.Err()
		})
		for len(refs) > 0 && err == nil {
			n := min(pupils, len(refs))
			var people []*records.Subject
			people, err = e.records.OpenAll(ctx, refs[:n], records.Want{Events: records.AllEvents}, now)
			for _, s := range people {
				if s == nil || !e.mayLearn(s.Standing, now) {
					continue
				}
				var buys []learn.Buy
				for i := range s.Events {
					event := &s.Events[i].Event
					if item := items.ByID(event.Item); item != nil && event.Action == tactful.Purchased {
						buys = append(buys, learn.Buy{Categories: item.Categories, Time: event.Time})
					}
				}
				rhythms.Add(buys)
			}
			refs = refs[n:]
		}
		if err != nil {
			return fmt.Errorf("find intervals: %w", err)
		}
	}
	e.relay.Lock()
	defer e.relay.Unlock()
	next := *e.ground.Load()
	next.intervals = rhythms.Intervals(int(e.cfg.Guards.Support))
	e.ground.Store(&next)
	return nil
}
