package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/panel"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// PanelMeasures sets up what is measured on the panel while the engine runs.
type PanelMeasures struct {
	Epsilon float64 `yaml:"epsilon" doc:"what the measures of a month may tell of one person of the panel (differential privacy; smaller tells less, and is less exact)"`
	Mean    float64 `yaml:"mean" doc:"how much further from even than in histories the groups' shares may be in lists, over all categories"`
	Worst   float64 `yaml:"worst" doc:"the same of any one category"`
	Served  float64 `yaml:"served" doc:"how well the worse served of two groups must be served, by the other"`
}

func (p *PanelMeasures) defaults() {
	set(&p.Epsilon, 3)
	set(&p.Mean, 0.01)
	set(&p.Worst, 0.05)
	set(&p.Served, 0.9)
}

func (p *PanelMeasures) validate() (faults []error) {
	fault := func(field, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.protection.measure."+field, "is out of range", remedy))
	}
	if !(p.Epsilon >= 0.1 && p.Epsilon <= 8) {
		fault("epsilon", "use .1 to 8; 3 is the default")
	}
	if !(p.Mean > 0 && p.Mean <= 1) {
		fault("mean", "use a share above 0; .01 is the default")
	}
	if !(p.Worst > 0 && p.Worst <= 1) {
		fault("worst", "use a share above 0; .05 is the default")
	}
	if !(p.Served > 0 && p.Served <= 1) {
		fault("served", "use a share up to 1; .9 is the default")
	}
	return faults
}

// Bounds of a measurement.
const (
	measuredCategories = 16   // the largest of the catalogue
	measuredPeople     = 4000 // of each value; more make no figure much more exact
	measuredLength     = 20   // of the lists
)

// gauged is what the panel was last found to be shown.
type gauged struct {
	latest atomic.Pointer[panel.Measures]
	tried  time.Time // by the background alone
}

// MeasurePanel measures what lists do with the groups that the panel told: those
// lists that its members would be shown now, of members who agree to protection
// and to lists of their own. There is one measurement a month; within it the
// answer is the same. What leaves are sums with noise, charged to a budget in the
// write that keeps them. Nothing of it is shown to anybody or learned from.
func (e *Engine) MeasurePanel(ctx context.Context) (*panel.Measures, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if len(e.cfg.Protection.Attributes) == 0 {
		return nil, tactful.InvalidField("engine.protection.attributes", "are none", "declare what people may tell for the panel")
	}
	if err := e.reporting.take(ctx); err != nil {
		return nil, fmt.Errorf("measure the panel: %w", err)
	}
	defer e.reporting.give()
	now := e.latest.see(e.clock.Now()) // a clock that is set back renews no budget
	month := report.Month(now)
	budget := e.panelBudget()
	for range writeTries {
		ledger, kept, err := e.reportLedger(ctx, panel.Family, month, now)
		if err != nil {
			return nil, err
		}
		if kept.Answer != nil {
			m, err := panel.DecodeMeasures(kept.Answer)
			if err == nil {
				e.gauged.latest.Store(m)
			}
			return m, err
		}
		if err := ledger.Charge(budget, panel.Family, now); err != nil {
			return nil, err
		}
		m, err := e.makeMeasures(ctx, month, now)
		if err != nil {
			return nil, fmt.Errorf("measure the panel: %w", err)
		}
		if kept.Ledger, err = ledger.Encode(); err != nil {
			return nil, fmt.Errorf("measure the panel: %w", err)
		}
		if kept.Answer, err = m.Encode(); err != nil {
			return nil, fmt.Errorf("measure the panel: %w", err)
		}
		err = e.records.WriteReport(ctx, panel.Family, month, kept, now.Add(answersKept))
		if tactful.KindOf(err) == tactful.Conflict { // nobody saw this answer
			continue
		}
		if err != nil {
			return nil, err
		}
		e.gauged.latest.Store(m)
		e.sayMeasures(m)
		return m, nil
	}
	return nil, &tactful.Error{Kind: tactful.Conflict, Detail: "others measure the panel too fast", Remedy: "ask again"}
}

// panelBudget lets one measurement a month tell as much as is declared.
func (e *Engine) panelBudget() *report.Settings {
	return &report.Settings{Epsilon: e.cfg.Protection.Measure.Epsilon, Delta: e.cfg.Reports.Delta, Answers: 1}
}

// sayMeasures logs what is beyond its bounds. Groups are named, people are not.
func (e *Engine) sayMeasures(m *panel.Measures) {
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		args := []any{"attribute", c.Attribute, "mean", c.Mean.Value, "worst", c.Worst.Value, "served", c.Served.Value}
		if len(c.Beyond) > 0 {
			e.log.Warn("lists treat groups of the panel differently, beyond the declared bounds", append(args, "beyond", c.Beyond)...)
			continue
		}
		e.log.Info("the panel was measured", args...)
	}
}

// remeasure measures once a month by itself. Where groups are too small, or a
// model is missing, it looks again a day later.
func (e *Engine) remeasure(ctx context.Context, now time.Time) error {
	if len(e.cfg.Protection.Attributes) == 0 || e.ground.Load().model == nil {
		return nil
	}
	if m := e.gauged.latest.Load(); m != nil && m.Month == report.Month(e.latest.see(now)) {
		return nil
	}
	if !passed(e.gauged.tried, now, dayLength) {
		return nil
	}
	e.gauged.tried = now
	_, err := e.MeasurePanel(ctx)
	if tactful.KindOf(err) == tactful.Refused {
		return nil
	}
	return err
}

// makeMeasures sums up, adds noise, and compares what has noise.
func (e *Engine) makeMeasures(ctx context.Context, month string, now time.Time) (*panel.Measures, error) {
	ground := e.ground.Load()
	if ground.model == nil {
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "there is no model yet", Remedy: "train one first"}
	}
	members, err := e.members(ctx, now)
	if err != nil {
		return nil, err
	}
	set := &e.cfg.Protection
	mirror := newMirror(e, ground)
	budget := e.panelBudget().Budget()
	variance, err := panel.Variance(budget, len(set.Attributes))
	if err != nil {
		return nil, err
	}
	source := noise.NewSource(e.entropy)
	out := &panel.Measures{Month: month, Given: now.UTC(), Model: ground.version(), Epsilon: set.Measure.Epsilon, Delta: e.cfg.Reports.Delta, Cost: budget, Comparisons: []panel.Comparison{}}
	for i := range set.Attributes {
		a := &set.Attributes[i]
		sums, people, err := mirror.sums(ctx, a, members, now)
		if err != nil {
			return nil, err
		}
		largest := 0
		for v := range people {
			if people[v] > people[largest] {
				largest = v
			}
		}
		for v := range sums {
			if err := sums[v].Noise(source, variance); err != nil {
				return nil, err
			}
		}
		for v := range sums {
			if v == largest || !a.enough(people[v], people[largest]) {
				continue
			}
			out.Comparisons = append(out.Comparisons, panel.Compare(a.Name, [2]string{a.Values[largest], a.Values[v]}, [2]*panel.Sums{sums[largest], sums[v]},
				variance, mirror.names, mirror.groups, panel.Bounds{Mean: set.Measure.Mean, Worst: set.Measure.Worst, Served: set.Measure.Served}))
		}
	}
	if len(out.Comparisons) == 0 { // nothing was told, so nothing is charged
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "too few people of the panel have lists of their own", Remedy: "two values need as many people as engine.protection.attributes says (least)"}
	}
	return out, nil
}

// mirror makes the lists that members would be shown, and forgets them.
type mirror struct {
	e        *Engine
	ground   *ground
	work     *bench
	category map[uint16]int // by shelf: which of the measured ones
	names    []string
	groups   []panel.Items
}

// newMirror chooses what is measured by the catalogue and the configuration, never
// by what people did.
func newMirror(e *Engine, ground *ground) *mirror {
	m := &mirror{e: e, ground: ground, work: new(bench), category: map[uint16]int{}}
	shelves := ground.on.Shelves()
	size := make([]int, len(shelves.Names))
	for _, item := range ground.items.All() {
		if at := shelves.At(item.No); len(at) > 0 {
			size[at[0]]++
		}
	}
	order := make([]uint16, 0, len(size))
	for shelf := range size {
		if size[shelf] > 0 {
			order = append(order, uint16(shelf))
		}
	}
	slices.SortFunc(order, func(a, b uint16) int {
		return cmp.Or(cmp.Compare(size[b], size[a]), cmp.Compare(shelves.Names[a], shelves.Names[b]))
	})
	for _, shelf := range order[:min(len(order), measuredCategories)] {
		m.category[shelf] = len(m.names)
		m.names = append(m.names, shelves.Names[shelf])
	}
	for _, share := range e.cfg.Guards.Fair.Shares {
		m.groups = append(m.groups, panel.Items{Name: share.Attribute + "=" + share.Value, Least: share.Least, Most: share.Most})
	}
	return m
}

// sums adds up the members of each value.
func (m *mirror) sums(ctx context.Context, a *Attribute, members []member, now time.Time) ([]*panel.Sums, []int, error) {
	sums, people := make([]*panel.Sums, len(a.Values)), make([]int, len(a.Values))
	for v := range sums {
		sums[v] = panel.NewSums(len(m.names), len(m.groups))
	}
	for i := range members {
		v := slices.Index(a.Values, members[i].told[a.Name])
		if v < 0 || people[v] == measuredPeople {
			continue
		}
		seen, ok, err := m.member(ctx, members[i].ref, now)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			people[v]++
			sums[v].Add(&seen)
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	return sums, people, nil
}

// member makes one person's list, as it is, and without what they did last, to see
// whether it finds that. It is false for who has no list of their own.
func (m *mirror) member(ctx context.Context, ref tactful.Ref, now time.Time) (out panel.Member, ok bool, err error) {
	defer m.work.forget()
	ask := consent.Ask{Purpose: tactful.Recommendations}
	standings, err := m.e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil || standings[0] == nil {
		return out, false, err
	}
	may := func(s *records.Standing) decision.Permit { return m.e.policy.Permit(m.e.standing(s, now), ask, now) }
	if p := may(standings[0]); p.Level < tactful.Personal || !p.Allowed || !m.e.mayProtect(standings[0], now) {
		return out, false, nil
	}
	m.work.deeds.Number = m.ground.items.NumberOf
	want := records.Want{Settings: true, Preferences: true, Told: true, Events: historyRead, Deeds: &m.work.deeds}
	subject, err := m.e.records.OpenSince(ctx, ref, standings[0], want, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return out, false, nil
	}
	if err != nil {
		return out, false, err
	}
	permit := may(subject.Standing)
	if permit.Level < tactful.Personal || !permit.Allowed {
		return out, false, nil
	}
	history, list, err := m.look(subject, permit, now)
	if err != nil || len(history) == 0 || len(subject.Deeds) == 0 {
		return out, false, err
	}
	out.History, out.List = m.mix(history), m.mix(list)
	for _, share := range m.e.cfg.Guards.Fair.Shares {
		n := 0
		for _, item := range list {
			if item.Attributes[share.Attribute] == share.Value {
				n++
			}
		}
		out.Shown = append(out.Shown, float64(n)/max(1, float64(len(list))))
	}
	last := subject.Deeds[0].No
	for i := range subject.Deeds {
		if last = subject.Deeds[i].No; last != 0 && m.ground.items.ByNo(last) != nil {
			break
		}
	}
	without := *subject
	without.Deeds = slices.DeleteFunc(slices.Clone(subject.Deeds), func(d decision.Deed) bool { return d.No == last })
	_, list, err = m.look(&without, permit, now)
	for place, item := range list {
		if item.No == last {
			out.Served = 1 / math.Log2(float64(place+2))
		}
	}
	return out, true, err
}

// look makes a list as a decision does, and writes nothing.
func (m *mirror) look(subject *records.Subject, permit decision.Permit, now time.Time) (history, list []*tactful.Item, err error) {
	r := tactful.Request{Placement: tactful.ForYou, Count: measuredLength}
	if err := r.Validate(); err != nil {
		return nil, nil, err
	}
	c, _ := m.e.situation(m.work, m.ground, &r, subject, permit, now)
	candidates, order, err := m.e.choose(m.work, m.e.guards, m.ground, &c)
	if err != nil {
		return nil, nil, err
	}
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Weight > 0 && p.Listed != nil && (c.Labels == nil || c.Labels.At(p.Item)&c.Labels.Sensitive == 0) { // what is sensitive serves nothing else
			history = append(history, p.Listed)
		}
	}
	for _, i := range order {
		list = append(list, candidates[i].Item)
	}
	return history, list, nil
}

// mix is the share of each measured category among items.
func (m *mirror) mix(items []*tactful.Item) []float64 {
	shares := make([]float64, len(m.names))
	shelves := m.ground.on.Shelves()
	for _, item := range items {
		if at := shelves.At(item.No); len(at) > 0 {
			if k, measured := m.category[at[0]]; measured {
				shares[k] += 1 / float64(len(items))
			}
		}
	}
	return shares
}
