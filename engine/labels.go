package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// Limits of a page of labels.
const (
	MaxLabelPage = 200
	labelsLooked = 5000 // items looked at for one page
)

// LabelState says how far operators are with a label.
type LabelState string

// States of a label.
const (
	LabelOpen    LabelState = "open"    // nobody looked; it acts
	LabelWaiting LabelState = "waiting" // one person took it away, a second one must; it acts
	LabelGiven   LabelState = "given"   // an operator gave it; it acts
	LabelTaken   LabelState = "taken"   // taken away; it does not act
)

// ItemLabel is one class of one item with where it comes from.
type ItemLabel struct {
	Item   tactful.Item
	Class  string
	Kind   label.Kind
	Acts   bool
	Source label.Source // NoSource for one that was taken away
	Saw    string
	State  LabelState
	Votes  []label.Vote // oldest first
}

// LabelQuery narrows a list of labels.
type LabelQuery struct {
	Proposals bool   // only what waits for an operator: guesses nobody looked at, and what a second person must agree to
	Class     string // "" for all
	After     string // id of the item after which to go on
	Limit     int
}

// LabelClass is one class of the live configuration.
type LabelClass struct {
	Name     string
	Kind     label.Kind
	Special  bool   // a special category of personal data
	Ordinary string // the reason why it is not sensitive in this shop, "" if it is
	Asked    bool   // people may be asked for it
	Policy   string // of a harm class
	Items    int    // listed items of it
}

// LabelClasses returns the classes with how many items each has.
func (e *Engine) LabelClasses() ([]LabelClass, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	ground := e.ground.Load()
	all := make([]LabelClass, 0, len(e.classes.Names))
	for i, c := range e.labeller.Taxonomy().Classes() {
		one := LabelClass{Name: c.Name, Kind: c.Kind, Special: c.Special, Ordinary: e.cfg.Labels.Ordinary[c.Name], Asked: slices.Contains(e.cfg.Labels.Ask, c.Name)}
		if c.Kind == label.Harm {
			if one.Policy = string(e.cfg.Guards.Harm[c.Name]); one.Policy == "" {
				one.Policy = "never"
			}
		}
		for _, item := range ground.items.All() {
			if ground.labels.At(item.No)>>i&1 == 1 {
				one.Items++
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// Labels pages through the labels of listed items, by item. A page may be empty
// and not the last: next says where to go on, "" at the end.
func (e *Engine) Labels(ctx context.Context, q LabelQuery) (page []ItemLabel, next string, err error) {
	if err := e.enter(); err != nil {
		return nil, "", err
	}
	defer e.leave()
	if _, known := e.labeller.Taxonomy().Class(q.Class); q.Class != "" && !known {
		return nil, "", tactful.InvalidField("class", "is not a class", "send one that tactful labels list shows")
	}
	limit := min(max(q.Limit, 1), MaxLabelPage)
	items, next, err := e.ground.Load().items.List(q.After, labelsLooked)
	if err != nil {
		return nil, "", err
	}
	for _, item := range items {
		if err := ctx.Err(); err != nil {
			return nil, "", fmt.Errorf("list labels: %w", err)
		}
		for _, one := range e.labelsOfItem(item) {
			waits := one.State == LabelWaiting || one.State == LabelOpen && one.Source == label.Classifier
			if q.Class != "" && one.Class != q.Class || q.Proposals && !waits {
				continue
			}
			page = append(page, one)
		}
		if len(page) >= limit {
			return page, item.ID, nil
		}
	}
	return page, next, nil
}

// ItemLabels says of which classes an item is and was, and why.
func (e *Engine) ItemLabels(id string) ([]ItemLabel, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	item := e.ground.Load().items.ByID(id)
	if item == nil {
		return nil, errNoItem()
	}
	return e.labelsOfItem(item), nil
}

func (e *Engine) labelsOfItem(item *tactful.Item) (all []ItemLabel) {
	e.relay.Lock()
	decided := e.rulings.of(item.ID)
	e.relay.Unlock()
	classes, print := e.labeller.Taxonomy().Classes(), label.Fingerprint(item)
	found := e.labeller.Of(item, decided)
	for _, r := range found {
		all = append(all, ItemLabel{Item: *item, Class: classes[r.Class].Name, Kind: classes[r.Class].Kind, Acts: true, Source: r.Source, Saw: r.Saw, State: LabelOpen})
	}
	for i := range decided {
		d := &decided[i]
		class, known := e.labeller.Taxonomy().Class(d.Class)
		if !known {
			continue
		}
		kind := classes[class].Kind
		at := slices.IndexFunc(all, func(l ItemLabel) bool { return l.Class == d.Class })
		if at < 0 {
			all = append(all, ItemLabel{Item: *item, Class: d.Class, Kind: kind, State: LabelTaken})
			at = len(all) - 1
		}
		all[at].Votes = d.Votes
		switch {
		case d.Waits(kind, print):
			all[at].State = LabelWaiting
		case d.Stands(kind, print) == label.Is:
			all[at].State = LabelGiven
		}
	}
	return all
}

// LabelDecision is what an operator says of one item and one class.
type LabelDecision struct {
	Item   string
	Class  string
	Answer label.Answer
	Reason string
}

// DecideLabel records what a named operator says, with the reason. A class is
// given by one; a harm class is taken away by one; a sensitive one goes only when
// two people said so of the item as it is. The next decision obeys.
func (e *Engine) DecideLabel(ctx context.Context, in LabelDecision) (ItemLabel, error) {
	if err := e.enter(); err != nil {
		return ItemLabel{}, err
	}
	defer e.leave()
	by, err := labeller(ctx, &in)
	if err != nil {
		return ItemLabel{}, err
	}
	class, known := e.labeller.Taxonomy().Class(in.Class)
	if !known {
		return ItemLabel{}, tactful.InvalidField("class", "is not a class", "send one that tactful labels list shows")
	}
	kind := e.labeller.Taxonomy().Classes()[class].Kind
	for range writeTries {
		item := e.ground.Load().items.ByID(in.Item)
		if item == nil {
			return ItemLabel{}, errNoItem()
		}
		stored, version, err := e.records.ReadLabels(ctx, item.No)
		if err != nil {
			return ItemLabel{}, fmt.Errorf("read labels: %w", err)
		}
		d := label.Decision{Item: in.Item, Class: in.Class}
		if at := slices.IndexFunc(stored, func(l records.StoredLabel) bool { return l.Class == in.Class }); at >= 0 {
			if d, err = label.DecodeDecision(stored[at].Body); err != nil {
				return ItemLabel{}, err
			}
		}
		print := label.Fingerprint(item)
		if kind == label.Sensitive && in.Answer == label.IsNot {
			if err := e.secondEyes(&d, by, print); err != nil {
				return ItemLabel{}, err
			}
		}
		d.Add(label.Vote{Answer: in.Answer, Operator: by.Name, Key: by.Key, Person: access.PersonID(by.Name), Reason: in.Reason, Time: e.clock.Now(), Print: print})
		body, err := label.EncodeDecision(&d)
		if err != nil {
			return ItemLabel{}, err
		}
		err = e.records.WriteLabel(ctx, &records.StoredLabel{Item: item.No, Class: in.Class, Version: version, Body: body})
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return ItemLabel{}, fmt.Errorf("keep a label: %w", err)
		}
		e.relay.Lock()
		e.rulings.put(d)
		e.relay.Unlock()
		e.lay(nil, e.catalogue.Snapshot())
		e.log.Info("an operator decided about a label", "item", in.Item, "class", in.Class, "answer", in.Answer.String(), "by", by.Name)
		for _, one := range e.labelsOfItem(item) {
			if one.Class == in.Class {
				return one, nil
			}
		}
		return ItemLabel{}, tactful.Errorf(tactful.Internal, "a label is gone that was decided about")
	}
	return ItemLabel{}, tactful.Errorf(tactful.Conflict, "the item's labels are changing too fast; try again")
}

// labeller is the operator who decides, checked with what they say.
func labeller(ctx context.Context, in *LabelDecision) (rights.By, error) {
	by := rights.Of(tactful.ActorOf(ctx))
	if by.Kind != tactful.ActorOperator || by.Name == "" {
		return by, &tactful.Error{Kind: tactful.Refused, Detail: "labels are decided by a named operator", Remedy: "use a key of an operator, or --as NAME at the machine itself"}
	}
	if in.Answer != label.Is && in.Answer != label.IsNot {
		return by, tactful.InvalidField("answer", "is unknown", "send is or is_not")
	}
	in.Reason = strings.Join(strings.Fields(in.Reason), " ")
	if n := len(in.Reason); n < 3 || n > label.MaxReasonBytes {
		return by, tactful.InvalidField("reason", "is missing or too long", fmt.Sprintf("say in 3 to %d bytes why", label.MaxReasonBytes))
	}
	return by, nil
}

// secondEyes refuses to take a sensitive label away with one pair of eyes twice:
// the same name however it is written, or a key that the first one made. The
// first to say so is let through, and waits for another.
func (e *Engine) secondEyes(d *label.Decision, by rights.By, print string) error {
	for _, v := range d.Released(print) {
		first := rights.Request{State: rights.Waiting, Received: v.Time, Opened: rights.By{Kind: tactful.ActorOperator, Name: v.Operator, Key: v.Key}}
		if err := e.release(by, &first); err != nil {
			return &tactful.Error{Kind: tactful.Refused, Detail: "a sensitive label is taken away by two people, and you are the first of them already",
				Remedy: "ask another operator to look at it, with a key of their own"}
		}
	}
	return nil
}

// loadLabels reads what operators decided, before the catalogue is labelled.
func (e *Engine) loadLabels(ctx context.Context) error {
	e.relay.Lock()
	defer e.relay.Unlock()
	err := e.records.ScanLabels(ctx, func(l records.StoredLabel) error {
		d, err := label.DecodeDecision(l.Body)
		if err == nil {
			e.rulings.put(d)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read what was decided about labels: %w", err)
	}
	return nil
}
