package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/records"
)

// labelsOf labels a catalogue snapshot: what is the same as under the ground
// before keeps its classes, the rest is looked at. An item that is no longer
// listed is of every class, since what it was is not kept. The caller holds relay.
func (e *Engine) labelsOf(before *ground, items *catalog.Snapshot) *decision.Labels {
	l := e.classes
	l.Own = nil
	if all := items.All(); len(all) > 0 {
		l.Own = make([]decision.Classes, all[len(all)-1].No+1)
	}
	for no := range l.Own {
		l.Own[no] = ^decision.Classes(0)
	}
	var fresh []*tactful.Item
	for _, item := range items.All() {
		if before != nil && before.items != nil && before.items.ByNo(item.No) == item && !e.rulings.changed(item.ID) {
			l.Own[item.No] = before.labels.Own[item.No]
			continue
		}
		fresh = append(fresh, item)
	}
	e.each((len(fresh)+labelChunk-1)/labelChunk, func(chunk int) {
		for _, item := range fresh[chunk*labelChunk : min((chunk+1)*labelChunk, len(fresh))] {
			l.Own[item.No] = label.Set(e.labeller.Of(item, e.rulings.of(item.ID)))
		}
	})
	e.rulings.settled()
	l.Of = e.variants(&l, items)
	return &l
}

// variants gives each item the sensitive and harm classes of all items of its
// group: the double pack tells what the single one tells. Only what operators took
// away from the item itself stays away. The caller holds relay.
func (e *Engine) variants(l *decision.Labels, items *catalog.Snapshot) []decision.Classes {
	private := l.Sensitive | l.Harm
	groups := map[string]decision.Classes{}
	for _, item := range items.All() {
		if found := l.Own[item.No] & private; found != 0 && item.Group != "" {
			groups[item.Group] |= found
		}
	}
	if len(groups) == 0 {
		return l.Own
	}
	of := slices.Clone(l.Own)
	for _, item := range items.All() {
		if shared := groups[item.Group] &^ of[item.No]; shared != 0 && item.Group != "" {
			of[item.No] |= shared &^ e.takenAway(item)
		}
	}
	return of
}

// takenAway returns the classes that operators took away from an item as it is.
// The caller holds relay.
func (e *Engine) takenAway(item *tactful.Item) (gone decision.Classes) {
	decided := e.rulings.of(item.ID)
	if len(decided) == 0 {
		return 0
	}
	classes, print := e.labeller.Taxonomy().Classes(), label.Fingerprint(item)
	for i := range decided {
		class, known := e.labeller.Taxonomy().Class(decided[i].Class)
		if known && decided[i].Stands(classes[class].Kind, print) == label.IsNot {
			gone = gone.With(class)
		}
	}
	return gone
}

// labelChunk is how many items a processor labels at once: at a start it is the
// whole catalogue.
const labelChunk = 256

// buildLabels makes the labeller and what is the same for every snapshot.
func (e *Engine) buildLabels() (err error) {
	if e.labeller, err = label.New(&e.cfg.Labels); err != nil {
		return err
	}
	t := e.labeller.Taxonomy()
	e.classes = decision.Labels{Names: t.Names(), Sensitive: t.Sensitive(), Harm: t.Harm(), Quality: t.Quality()}
	for name, policy := range e.cfg.Guards.Harm {
		class, known := t.Class(name)
		if !known {
			continue
		}
		switch policy {
		case guard.HarmSearched:
			e.classes.Searched = e.classes.Searched.With(class)
		case guard.HarmDemote:
			e.classes.Demoted = e.classes.Demoted.With(class)
		case guard.HarmNote:
			e.classes.Noted = e.classes.Noted.With(class)
		case guard.HarmNever:
		}
	}
	return nil
}

// classify says for one decision which classes are open: what the request is
// about, what the person asked for, and whether others see the answer.
func (e *Engine) classify(c *decision.Case, ground *ground, subject *records.Subject) {
	c.Labels = ground.labels
	c.Visible = c.Request.Surface.Seen() || c.Wishes != nil && c.Wishes.Discreet // the person said that others see it
	switch c.Request.Placement {
	case tactful.Search:
		c.Sought, c.Around = e.labeller.Sought(c.Request.Query)
	case tactful.Similar:
		c.Sought = ground.about(c.Request.Items)
	case tactful.ForYou, tactful.Basket, tactful.Popular, tactful.PlacementUnknown:
	}
	c.Around &= ground.labels.Harm
	c.Asked = e.asked(c, subject)
}

// about returns the classes that the page is about: those of its first item
// alone. What was seen before it, in the same request, asks for nothing.
func (g *ground) about(items []string) decision.Classes {
	if len(items) == 0 {
		return 0
	}
	item := g.items.ByID(items[0])
	if item == nil {
		return 0
	}
	return g.labels.At(item.No)
}

// asked returns the classes that the person said yes to, each for itself, as of
// the same moment at which their history was read.
func (e *Engine) asked(c *decision.Case, subject *records.Subject) (classes decision.Classes) {
	p := &c.Permit
	if subject == nil || subject.Standing == nil || !p.Allowed || p.Frozen || p.Level < tactful.Personal {
		return 0
	}
	for _, name := range e.cfg.Labels.Ask {
		ask := consent.Ask{Purpose: label.PurposeOf(name), Want: c.Request.Level, GPC: c.Request.GPC, Region: c.Request.Region}
		yes := e.policy.Permit(e.standing(subject.Standing, c.Now), ask, c.Now)
		if class, known := e.labeller.Taxonomy().Class(name); known && yes.Allowed && !yes.Frozen && yes.Level >= tactful.Personal {
			classes = classes.With(class)
		}
	}
	return classes
}

// classNamed returns a class as a set, none for "".
func (e *Engine) classNamed(name string) decision.Classes {
	if class, known := e.labeller.Taxonomy().Class(name); known {
		return decision.Classes(0).With(class)
	}
	return 0
}

// mutedClasses returns the classes that a person muted by name: label:alcohol.
func (e *Engine) mutedClasses(p *tactful.Preferences) (muted decision.Classes) {
	for i, name := range e.classes.Names {
		if class := decision.Class(i); p.Topics[tactful.LabelPrefix+name] == tactful.WishMuted && (e.classes.Sensitive | e.classes.Harm).Has(class) {
			muted = muted.With(class)
		}
	}
	return muted
}

// blind takes the weight from what serves nothing. The candidates and the guards
// look again.
func blind(c *decision.Case, pieces []decision.Piece) {
	for i := range pieces {
		if _, ok := c.Serves(&pieces[i]); !ok {
			pieces[i].Weight = 0
		}
	}
}

// harmFaults names policies of classes that are not harmful, and needs of classes
// that are not sensitive.
func (c *Config) harmFaults() error {
	l := label.TaxonomyOf(&c.Labels)
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(c.Guards.Harm)) {
		if class, known := l.Class(name); !known || !l.Harm().Has(class) {
			faults = append(faults, tactful.InvalidField("engine.guards.harm."+name, "is no harm class", "name one that tactful labels list shows"))
		}
	}
	for i, n := range c.Preferences.Needs {
		if class, known := l.Class(n.Class); n.Class != "" && (!known || !l.Sensitive().Has(class)) {
			faults = append(faults, tactful.InvalidField(fmt.Sprintf("engine.preferences.needs[%d].class", i), "is no sensitive class", "name one that tactful labels list shows, or leave it out"))
		}
	}
	return errors.Join(faults...)
}

// classNotices declares a purpose for each class that people may be asked for,
// with our question unless the operator wrote their own.
func classNotices(labels *label.Config, c *consent.Config) {
	for _, name := range labels.Ask {
		purpose := consent.PurposeConfig{
			Name: label.PurposeOf(name), Version: label.NoticeVersion, Text: label.Notice(name),
			Expires: 182 * 24 * time.Hour, GPC: consent.GPCRefuses,
		}
		own := false
		for i := range c.Purposes {
			if c.Purposes[i].Name == purpose.Name {
				own = true
			}
		}
		if !own {
			c.Purposes = append(c.Purposes, purpose)
		}
	}
}
