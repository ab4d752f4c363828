package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// answersKept is how long an answer is given again for nothing.
const answersKept = 400 * dayLength

// ReportState is a family with what it may still tell this month.
type ReportState struct {
	report.Family
	Groups  int        // of one person that count in an answer
	Budget  noise.Cost // of a month
	Spent   noise.Cost // in this month
	Each    noise.Cost // of an answer
	Answers int        // that are left this month
	Renews  time.Time
	Epsilon float64 // of the whole month, at Delta
	Delta   float64
}

// Reports lists the families of reports, what each may tell and what is left.
func (e *Engine) Reports(ctx context.Context) ([]ReportState, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.latest.see(e.clock.Now())
	set := &e.cfg.Reports
	var all []ReportState
	for _, f := range report.Families() {
		ledger, _, err := e.reportLedger(ctx, f.Name, "", now)
		if err != nil {
			return nil, err
		}
		state := ReportState{
			Family: f, Groups: e.reportGroups(f, report.Question{Days: f.Days, Until: now.UTC().Truncate(dayLength)}).most,
			Budget: set.Budget(), Spent: ledger.Spent[report.Month(now)], Each: set.Each(f.Name),
			Answers: int(ledger.Left(set, now) / set.Each(f.Name)), Renews: report.Renews(now), Epsilon: set.Epsilon, Delta: set.Delta,
		}
		all = append(all, state)
	}
	return all, nil
}

// AskReport answers a question about the crowd. The same question has the same
// answer, free of charge; a new one is charged to the family's budget of the
// month in the write that keeps it, before anybody sees it. What counts are
// people, each within the bounds of the family; only those who agreed to
// improvement, and for opt-in rates everybody whose data is not locked.
func (e *Engine) AskReport(ctx context.Context, q report.Question) (*report.Answer, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.latest.see(e.clock.Now()) // a clock that is set back renews no budget
	q, family, err := q.Settle(now)
	if err != nil {
		return nil, err
	}
	if q.Report == report.Places && !e.cfg.Location.Heat.On {
		return nil, errMapsOff()
	}
	if err := e.reporting.take(ctx); err != nil { // each reads the whole store
		return nil, fmt.Errorf("ask for a report: %w", err)
	}
	defer e.reporting.give()
	for range writeTries {
		ledger, kept, err := e.reportLedger(ctx, q.Report, q.Key(), now)
		if err != nil {
			return nil, err
		}
		if kept.Answer != nil {
			return report.DecodeAnswer(kept.Answer)
		}
		if err := ledger.Affords(&e.cfg.Reports, q.Report, now); err != nil { // before anything is read
			if family.MostDays == 0 && ledger.Latest != "" { // it is about today, and nobody can ask for another day's
				return e.keptReport(ctx, q.Report, ledger.Latest, now, err)
			}
			return nil, err
		}
		answer, err := e.makeReport(ctx, q, family, now)
		if err != nil {
			return nil, fmt.Errorf("make a report: %w", err)
		}
		err = e.keepReport(ctx, q, family, ledger, kept, answer, now)
		if tactful.KindOf(err) == tactful.Conflict { // nobody saw this answer: it is drawn anew, or another's is given
			continue
		}
		if err != nil {
			return nil, err
		}
		return answer, nil
	}
	return nil, &tactful.Error{Kind: tactful.Conflict, Detail: "others ask this report too fast", Remedy: "ask again"}
}

// keepReport charges the ledger and stores it with the answer, in one write.
func (e *Engine) keepReport(ctx context.Context, q report.Question, family report.Family, ledger *report.Ledger, kept records.StoredReport, answer *report.Answer, now time.Time) (err error) {
	if err := ledger.Charge(&e.cfg.Reports, q.Report, now); err != nil {
		return err
	}
	if family.MostDays == 0 || q.Report == report.Bestsellers && (answer.Published() || ledger.Latest == "") {
		ledger.Latest = q.Key()
	}
	if kept.Ledger, err = ledger.Encode(); err != nil {
		return fmt.Errorf("keep a report: %w", err)
	}
	if kept.Answer, err = answer.Encode(); err != nil {
		return fmt.Errorf("keep a report: %w", err)
	}
	return e.records.WriteReport(ctx, q.Report, q.Key(), kept, now.Add(answersKept))
}

// keptReport gives the newest answer of a report that is about today, with its date,
// once nothing of the budget is left; without one, why there is no new one.
func (e *Engine) keptReport(ctx context.Context, family, question string, now time.Time, spent error) (*report.Answer, error) {
	_, kept, err := e.reportLedger(ctx, family, question, now)
	if err != nil {
		return nil, err
	}
	if kept.Answer == nil {
		return nil, spent
	}
	return report.DecodeAnswer(kept.Answer)
}

// reportLedger reads what a family has told. One that cannot be read is an
// error, never an empty one.
func (e *Engine) reportLedger(ctx context.Context, family, question string, now time.Time) (*report.Ledger, records.StoredReport, error) {
	kept, err := e.records.ReadReport(ctx, family, question, now)
	if err != nil || kept.Ledger == nil {
		return &report.Ledger{}, kept, err
	}
	ledger, err := report.DecodeLedger(kept.Ledger)
	return ledger, kept, err
}

// counted are the groups of a report and how many of them one person counts in.
type counted struct {
	groups []report.Group
	most   int
}

// reportGroups names what a report counts, from the catalogue, the calendar and
// the configuration: never from what people did.
func (e *Engine) reportGroups(f report.Family, q report.Question) (c counted) {
	add := func(name, of, title string) {
		c.groups = append(c.groups, report.Group{Name: name, Of: of, Title: title})
	}
	switch f.Name {
	case report.Popular, report.Bestsellers:
		for _, item := range e.ground.Load().items.All() {
			add(item.ID, "", item.Title)
		}
		c.most = e.cfg.Reports.Items
	case report.Trends:
		for _, action := range towardsPurchase() {
			for week := q.From(); week.Before(q.Until); week = week.AddDate(0, 0, 7) {
				add(week.Format(report.Dated), action.String(), "")
			}
		}
	case report.Funnel:
		for _, action := range towardsPurchase() {
			add(action.String(), "", "")
		}
	case report.OptIn:
		add(report.All, "", "everybody who is known, but for newcomers who are held")
		for _, p := range e.policy.Purposes() {
			add(string(p), report.Yes, "")
			add(string(p), report.No, "")
		}
		c.most = 1 + len(e.policy.Purposes())
	case report.Guards:
		for _, g := range e.guards {
			add(g.Name(), "", "")
		}
	case report.Creepy:
		add("listed", "", "had a list of their own")
		for kind := tactful.FeedbackShown; kind <= tactful.FeedbackWrong; kind++ {
			add(kind.String(), "", "")
		}
	}
	switch f.Name {
	case report.Places:
		c.most = 1
		return c
	case report.Campaigns:
		c.groups = e.reachGroups()
		c.most = e.cfg.Reports.Items
	case report.Experiments:
		c.groups = e.testGroups(q.Until)
		c.most = e.cfg.Reports.Items
	}
	if c.most <= 0 || c.most > len(c.groups) {
		c.most = len(c.groups)
	}
	return c
}

// towardsPurchase are the steps on the way to a purchase.
func towardsPurchase() []tactful.Action {
	return []tactful.Action{tactful.Viewed, tactful.Added, tactful.Purchased}
}

// makeReport counts and draws. Nothing of it is seen before it is paid for.
func (e *Engine) makeReport(ctx context.Context, q report.Question, f report.Family, now time.Time) (*report.Answer, error) {
	if f.Name == report.Places {
		return e.drawPlaces(ctx, q, f, now)
	}
	c := e.reportGroups(f, q)
	tally := report.NewTally(c.groups, c.most, noise.NewSource(e.entropy))
	var err error
	switch f.Source {
	case report.Events:
		err = e.crowd(ctx, records.Want{Settings: true, Events: records.AllEvents}, now, func(s *records.Subject) error { return tally.Add(groupsOf(s, q, tally)) })
	case report.Reached:
		err = e.crowd(ctx, records.Want{Showings: true}, now, func(s *records.Subject) error { return tally.Add(reachOf(s, q, tally)) })
	case report.Tested:
		err = e.tested(ctx, tally, now)
	case report.Decisions:
		err = e.judged(ctx, q, tally, now)
	case report.Standings:
		err = e.answered(ctx, tally, now)
	default:
		err = tactful.Errorf(tactful.Internal, "a report without a source")
	}
	if err != nil {
		return nil, err
	}
	return tally.Answer(q, f, &e.cfg.Reports, now)
}

// crowd opens everybody who permits learning from them, now.
func (e *Engine) crowd(ctx context.Context, want records.Want, now time.Time, visit func(*records.Subject) error) error {
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
			people, err = e.records.OpenAll(ctx, refs[:n], want, now)
			for _, s := range people {
				if s == nil || !e.mayLearn(s.Standing, now) || err != nil {
					continue
				}
				err = visit(s)
			}
			refs = refs[n:]
		}
		if err != nil {
			return fmt.Errorf("count people: %w", err)
		}
	}
	return nil
}

// groupsOf is where one person counts in a report about events. What they put
// aside, and what somebody concluded of them, does not count.
func groupsOf(s *records.Subject, q report.Question, tally *report.Tally) (in []int32) {
	from := q.From()
	for i := range s.Events {
		event := &s.Events[i].Event
		if event.Time.Before(from) || !event.Time.Before(q.Until) || event.Provenance == tactful.Inferred || s.Standing.Forgets(event.Time) ||
			s.Settings[event.Item].Setting != decision.SettingNone || !slices.Contains(towardsPurchase(), event.Action) {
			continue
		}
		switch q.Report {
		case report.Popular, report.Bestsellers:
			if event.Action == tactful.Purchased {
				in = append(in, tally.Place(event.Item, ""))
			}
		case report.Trends:
			week := int(event.Time.Sub(from) / (7 * dayLength))
			in = append(in, tally.Place(from.AddDate(0, 0, 7*week).Format(report.Dated), event.Action.String()))
		case report.Funnel:
			in = append(in, tally.Place(event.Action.String(), ""))
		}
	}
	return in
}

// judged counts people by what became of their lists.
func (e *Engine) judged(ctx context.Context, q report.Question, tally *report.Tally, now time.Time) error {
	may := map[tactful.Ref]bool{}
	for shard := range surveyShards {
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if e.mayLearn(s, now) {
				may[ref] = true
			}
			return ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("count people: %w", err)
		}
	}
	return e.records.ScanDecisions(ctx, q.From(), q.Until, now, func(ref tactful.Ref) bool { return !may[ref] }, func(receipts []*tactful.Receipt) error {
		var in []int32
		for _, r := range receipts {
			if q.Report == report.Guards {
				for i := range r.Withheld {
					if r.Withheld[i].Count > 0 {
						in = append(in, tally.Place(r.Withheld[i].Guard, ""))
					}
				}
				continue
			}
			in = append(in, tally.Place("listed", ""))
			for _, said := range r.Feedback {
				in = append(in, tally.Place(said.Kind.String(), ""))
			}
		}
		return errors.Join(tally.Add(in), ctx.Err())
	})
}

// answered counts people by their answers that stand.
func (e *Engine) answered(ctx context.Context, tally *report.Tally, now time.Time) error {
	for shard := range surveyShards {
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(_ tactful.Ref, s *records.Standing) error {
			if s.Frozen || s.Held != "" {
				return ctx.Err()
			}
			in := []int32{tally.Place(report.All, "")}
			for purpose, c := range s.Consents.Purposes {
				answer := report.No
				switch {
				case c.Answer == tactful.Granted && (c.Expires.IsZero() || c.Expires.After(now)):
					answer = report.Yes
				case c.Answer == tactful.Granted: // it has run out: no answer
					continue
				}
				in = append(in, tally.Place(string(purpose), answer))
			}
			return errors.Join(tally.Add(in), ctx.Err())
		})
		if err != nil {
			return fmt.Errorf("count answers: %w", err)
		}
	}
	return nil
}
