package engine

import "context"

// fewPeople is up to how many people everybody is looked at before a start is
// over. Beyond, it is done beside serving: a start that grows with the people
// would take minutes with a million of them.
const fewPeople = 20_000

// looksAtEverybody reports whether something is learned of everybody and kept in
// memory only, so that it is learned anew at each start.
func (e *Engine) looksAtEverybody() bool {
	return e.cfg.Protection.Cues.Panel || e.cfg.Guards.Purchased.Learn
}

// recollect learns at a start what tells something sensitive and after how long
// people buy again. Until the first is known nothing personal is shown, and until
// the second is, the configuration's intervals hold.
func (e *Engine) recollect(ctx context.Context) {
	if err := e.findCues(ctx, e.clock.Now()); err != nil && ctx.Err() == nil {
		e.log.Error("what tells something sensitive is not known; lists are general until the next fit", "err", err)
	}
	if err := e.findIntervals(ctx, e.clock.Now()); err != nil && ctx.Err() == nil {
		e.log.Error("repurchase intervals are those of the configuration until the next fit", "err", err)
	}
}

// recollectLater is recollect beside serving. It holds the lesson, so that nobody
// is erased between being looked at and what was learned being put to use.
func (e *Engine) recollectLater(ctx context.Context) {
	if e.school.lesson.take(ctx) != nil {
		return // closing
	}
	defer e.school.lesson.give()
	e.recollect(ctx)
	e.recollecting.Store(false)
}

// limited says what is held back until everybody was looked at after a start.
func (e *Engine) limited() string {
	switch {
	case !e.recollecting.Load():
		return ""
	case e.cfg.Protection.Cues.Panel:
		return "after the start everybody who agreed to protection is looked at again; until that is done no list rests on a person"
	default:
		return "after the start everybody's purchases are looked at again; until that is done the configured repurchase intervals hold"
	}
}
