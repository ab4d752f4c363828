package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/records"
)

// fewest is the smallest count of people that is ever told.
const fewest = 20

// PanelCount is how many people told one value and agree to protection now.
type PanelCount struct {
	Attribute string
	Value     string
	People    int  // 0 where they are too few to be counted
	Few       bool // fewer than 20, perhaps none
}

// Blindness is two groups whose difference the model cannot see.
type Blindness struct {
	Attribute string
	Values    [2]string
}

// SetPanel records what a person told about themselves so that others are
// protected. It needs their yes to protection, and serves nothing else.
func (e *Engine) SetPanel(ctx context.Context, a tactful.Alias, attribute, value string) error {
	declared := e.cfg.Protection.find(attribute)
	switch {
	case declared == nil:
		return tactful.InvalidField("attribute", "is not declared", "send one of engine.protection.attributes")
	case !slices.Contains(declared.Values, value):
		return tactful.InvalidField("value", "is not one of the attribute's values", "send one that engine.protection.attributes lists")
	}
	return e.changePanel(ctx, a, func(told records.Panel, s *records.Standing, now time.Time) (time.Time, error) {
		if !e.mayProtect(s, now) {
			return time.Time{}, &tactful.Error{Kind: tactful.Refused, Detail: "there is no live yes to protection", Remedy: "ask the person, and record the answer first"}
		}
		told[attribute] = value
		return s.Consents.Purposes[tactful.Protection].Expires, nil
	})
}

// RemovePanel takes back what a person told. There is nothing to take back for
// somebody who told nothing, and that is no error.
func (e *Engine) RemovePanel(ctx context.Context, a tactful.Alias, attribute string) error {
	return e.changePanel(ctx, a, func(told records.Panel, s *records.Standing, _ time.Time) (time.Time, error) {
		delete(told, attribute) // also one that is not declared any more
		return s.Consents.Purposes[tactful.Protection].Expires, nil
	})
}

// changePanel reads, changes and writes what a person told, again if somebody
// else was faster.
func (e *Engine) changePanel(ctx context.Context, a tactful.Alias, change func(records.Panel, *records.Standing, time.Time) (time.Time, error)) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, 0)
	if err != nil {
		return err
	}
	if ref.IsZero() {
		return tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	for range writeTries {
		told, standing, err := e.records.ReadPanel(ctx, ref, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the panel: %w", err)
		}
		expires, err := change(told, standing, now)
		if err != nil {
			return err
		}
		_, err = e.records.WritePanel(ctx, ref, standing.Version, told, expires)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("write the panel: %w", err)
		}
		e.school.note(1)
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// mayProtect asks consent whether what this person told may be used now.
func (e *Engine) mayProtect(s *records.Standing, now time.Time) bool {
	return e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.Protection}, now).Allowed
}

// Panels counts who told what, among those who agree now. A count below 20 is
// not told.
func (e *Engine) Panels(ctx context.Context) ([]PanelCount, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	members, err := e.members(ctx, e.clock.Now())
	if err != nil {
		return nil, err
	}
	var counts []PanelCount
	for _, a := range e.cfg.Protection.Attributes {
		for _, v := range a.Values {
			count := PanelCount{Attribute: a.Name, Value: v}
			for _, m := range members {
				if m.told[a.Name] == v {
					count.People++
				}
			}
			if count.People < fewest {
				count.People, count.Few = 0, true
			}
			counts = append(counts, count)
		}
	}
	return counts, nil
}

// member is one person of the panels.
type member struct {
	ref          tactful.Ref
	told         records.Panel
	contribution *linear.Contribution // empty without the person's yes to improvement
}

// members returns everybody who told something and agrees to protection now, by
// reference.
func (e *Engine) members(ctx context.Context, now time.Time) ([]member, error) {
	var told []member
	for shard := range surveyShards {
		err := e.records.ScanPanels(ctx, shard, surveyShards, now, func(ref tactful.Ref, p records.Panel) error {
			told = append(told, member{ref: ref, told: p})
			return ctx.Err()
		})
		if err != nil {
			return nil, fmt.Errorf("look at the panel: %w", err)
		}
	}
	var members []member
	for part := range slices.Chunk(told, pupils) {
		refs := make([]tactful.Ref, len(part))
		for i, m := range part {
			refs[i] = m.ref
		}
		subjects, err := e.records.OpenAll(ctx, refs, records.Want{Contribution: true}, now)
		if err != nil {
			return nil, fmt.Errorf("look at the panel: %w", err)
		}
		for i, s := range subjects {
			if s != nil && e.mayProtect(s.Standing, now) {
				part[i].contribution = s.Contribution
				members = append(members, part[i])
			}
		}
	}
	slices.SortFunc(members, func(a, b member) int { return bytes.Compare(a.ref[:], b.ref[:]) })
	return members, nil
}

// protected is what the learner was last given.
type protected struct {
	learner *learn.Learner
	sum     [sha256.Size]byte // of who told what, and did what
	blind   []Blindness
}

// protect gives the learner the panels as they are now. It reports whether they
// are others than those of the last fit: then every column must be solved
// again. The lesson is held, and the sums are current.
func (e *Engine) protect(ctx context.Context, now time.Time) (changed bool, err error) {
	next := protected{learner: e.school.learner}
	var panels []learn.Members
	if len(e.cfg.Protection.Attributes) > 0 {
		members, err := e.members(ctx, now)
		if err != nil {
			return false, err
		}
		panels = next.assemble(e.cfg.Protection.Attributes, members, next.learner.Parameters().ID)
	}
	last := &e.school.protected
	if last.learner == next.learner && last.sum == next.sum || last.learner != next.learner && len(panels) == 0 {
		*last = next
		return false, nil
	}
	if err := e.school.learner.ProtectMembers(panels); err != nil {
		return false, fmt.Errorf("protect: %w", err)
	}
	*last = next
	return true, nil
}

// assemble sums up, for each attribute, each value against the largest group.
func (p *protected) assemble(attributes []Attribute, members []member, epoch uint32) (panels []learn.Members) {
	hash := sha256.New()
	var scratch []byte
	for i := range attributes {
		a := &attributes[i]
		groups := make([][]member, len(a.Values))
		for _, m := range members {
			at := slices.Index(a.Values, m.told[a.Name])
			if at >= 0 && !m.contribution.Empty() && m.contribution.Epoch == epoch && len(groups[at]) < maxGroup {
				groups[at] = append(groups[at], m)
			}
		}
		largest := 0
		for v := range groups {
			if len(groups[v]) > len(groups[largest]) {
				largest = v
			}
		}
		for v := range groups {
			if v == largest || !a.enough(len(groups[v]), len(groups[largest])) {
				continue
			}
			var panel learn.Members
			for which, group := range [][]member{groups[largest], groups[v]} {
				scratch = binary.AppendUvarint(append(append(scratch[:0], a.Name...), 0), uint64(len(group)))
				for _, m := range group {
					panel[which] = append(panel[which], m.contribution)
					scratch = m.contribution.AppendBinary(append(scratch, m.ref[:]...))
					_, _ = hash.Write(scratch) // a hash never fails
					scratch = scratch[:0]
				}
			}
			panels = append(panels, panel)
			p.blind = append(p.blind, Blindness{Attribute: a.Name, Values: [2]string{a.Values[largest], a.Values[v]}})
		}
	}
	if len(panels) > 0 {
		hash.Sum(p.sum[:0])
	}
	return panels
}

// maxGroup is how many people of a value count; more add nothing to a mean.
const maxGroup = 1 << 20

// refit solves what has changed: the touched columns, or every column when the
// panels have changed, which costs the time it returns and logs. The lesson is held.
func (e *Engine) refit(ctx context.Context, now time.Time, progress linear.Progress) (result learn.Result, full time.Duration, err error) {
	changed, err := e.protect(ctx, now)
	if err != nil {
		return result, 0, err
	}
	if err := e.findCues(ctx, now); err != nil {
		return result, 0, err
	}
	if err := e.findIntervals(ctx, now); err != nil {
		return result, 0, err
	}
	if err := e.countArms(ctx, now); err != nil {
		return result, 0, err
	}
	begun := e.clock.Now()
	e.school.unpublished = true
	if result, err = e.school.learner.Refit(ctx, linear.Day(now), progress); err != nil {
		if ctx.Err() == nil {
			e.school.learner = nil // sums and stored contributions have parted: the next fit rebuilds
		}
		return result, 0, err
	}
	if changed {
		full = max(e.clock.Now().Sub(begun), 1)
		e.log.Info(fmt.Sprintf("panel changed: full fit, %.1f s", full.Seconds()), "columns", result.Columns)
	}
	return result, full, nil
}
