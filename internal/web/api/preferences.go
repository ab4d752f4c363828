package api

import (
	"context"
	"maps"
	"slices"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// GetPreferences returns what a person declared, and what can be declared.
func (s *server) GetPreferences(ctx context.Context, r wire.GetPreferencesRequestObject) (wire.GetPreferencesResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	p, err := s.opt.Engine.Preferences(ctx, who)
	if err != nil {
		return nil, err
	}
	may := s.opt.Engine.Declarable()
	answer := wire.GetPreferences200JSONResponse{
		Preferences: preferencesOut(&p), Changed: p.Changed,
		Needs: make([]wire.DeclarableNeed, len(may.Needs)), Occasions: make([]string, len(may.Occasions)),
	}
	for i, n := range may.Needs {
		answer.Needs[i] = wire.DeclarableNeed{Name: n.Name, Values: slices.Sorted(maps.Keys(n.Values))}
	}
	for i, o := range may.Occasions {
		answer.Occasions[i] = o.Name
	}
	return answer, nil
}

// SetPreferences replaces what a person declared.
func (s *server) SetPreferences(ctx context.Context, r wire.SetPreferencesRequestObject) (wire.SetPreferencesResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	change, err := s.opt.Engine.SetPreferences(ctx, who, preferencesIn(r.Body))
	if err != nil {
		return nil, err
	}
	return wire.SetPreferences200JSONResponse{Before: preferencesOut(&change.Before), After: preferencesOut(&change.After)}, nil
}

// PatchPreferences changes a part of what a person declared.
func (s *server) PatchPreferences(ctx context.Context, r wire.PatchPreferencesRequestObject) (wire.PatchPreferencesResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	change, err := s.opt.Engine.PatchPreferences(ctx, who, patchIn(r.Body))
	if err != nil {
		return nil, err
	}
	return wire.PatchPreferences200JSONResponse{
		Before: preferencesOut(&change.Before), After: preferencesOut(&change.After), Undo: patchOut(&change.Undo),
	}, nil
}

// GetInterests returns a person's interests.
func (s *server) GetInterests(ctx context.Context, r wire.GetInterestsRequestObject) (wire.GetInterestsResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	found, err := s.opt.Engine.Interests(ctx, who)
	if err != nil {
		return nil, err
	}
	return wire.GetInterests200JSONResponse{Used: found.Used, Because: found.Because, Interests: interestsOut(found.List)}, nil
}

// SetInterest takes an interest out, or back.
func (s *server) SetInterest(ctx context.Context, r wire.SetInterestRequestObject) (wire.SetInterestResponseObject, error) {
	who, err := alias(r.SubjectId, r.Params.Kind)
	if err != nil {
		return nil, err
	}
	change, err := s.opt.Engine.SetInterest(ctx, who, r.Body.Topic, string(r.Body.Setting), r.Body.At)
	if err != nil {
		return nil, err
	}
	return wire.SetInterest200JSONResponse{Items: int32(change.Items), At: change.At, Forgets: s.opt.Engine.Forgets().UTC()}, nil
}

func interestsOut(list []engine.Interest) []wire.Interest {
	out := make([]wire.Interest, len(list))
	for i := range list {
		one := &list[i]
		out[i] = wire.Interest{Topic: one.Topic, Share: one.Share, Further: int32(one.Further), Pieces: make([]wire.InterestPiece, len(one.Pieces))}
		if one.Wish != tactful.WishNone {
			out[i].Wish = wire.TopicWish(one.Wish.String())
		}
		if len(one.Parts) > 0 {
			out[i].Parts = interestsOut(one.Parts)
		}
		for j, p := range one.Pieces {
			out[i].Pieces[j] = wire.InterestPiece{
				Item: p.Item.ID, Title: p.Item.Title, Action: wire.Action(p.Action.String()),
				Day: openapi_types.Date{Time: p.Day.UTC()}, Share: p.Share, Setting: wire.Setting(p.Setting),
			}
		}
	}
	return out
}

// preferencesIn takes them as they are; the engine judges them. The schema
// knows the words.
func preferencesIn(in *wire.Preferences) tactful.Preferences {
	p := tactful.Preferences{
		Needs: in.Needs, Languages: in.Languages, EasyReading: in.EasyReading, Discreet: in.Discreet, KeepOnDevice: in.KeepOnDevice,
		Messages: limitsIn(&in.Messages),
	}
	p.Place, _ = tactful.ParsePlaceLimit(in.Place)
	for topic, word := range in.Topics {
		if p.Topics == nil {
			p.Topics = make(map[string]tactful.TopicWish, len(in.Topics))
		}
		p.Topics[topic], _ = tactful.ParseTopicWish(string(word))
	}
	for name, days := range daysIn(in.Occasions) {
		if days == nil {
			continue // not skipped
		}
		if p.Occasions == nil {
			p.Occasions = make(map[string]tactful.Days, len(in.Occasions))
		}
		p.Occasions[name] = *days
	}
	return p
}

func patchIn(in *wire.PreferencesPatch) tactful.PreferencesPatch {
	p := tactful.PreferencesPatch{
		Needs: in.Needs, Occasions: daysIn(in.Occasions), Languages: in.Languages,
		EasyReading: in.EasyReading, Discreet: in.Discreet, KeepOnDevice: in.KeepOnDevice,
	}
	for topic, word := range in.Topics {
		if p.Topics == nil {
			p.Topics = make(map[string]tactful.TopicWish, len(in.Topics))
		}
		p.Topics[topic], _ = tactful.ParseTopicWish(string(word))
	}
	if in.Place != nil {
		limit, _ := tactful.ParsePlaceLimit(*in.Place)
		p.Place = &limit
	}
	if in.Messages != nil {
		limits := limitsIn(in.Messages)
		p.Messages = &limits
	}
	return p
}

// daysIn reads occasions; nil for one that is not skipped.
func daysIn(in map[string]wire.Occasion) map[string]*tactful.Days {
	if in == nil {
		return nil
	}
	out := make(map[string]*tactful.Days, len(in))
	for name, o := range in {
		out[name] = nil
		if o.Skip {
			out[name] = &tactful.Days{From: dateIn(o.From), Until: dateIn(o.Until)}
		}
	}
	return out
}

func dateIn(d *openapi_types.Date) time.Time {
	if d == nil {
		return time.Time{}
	}
	return d.UTC()
}

func limitsIn(in *wire.MessageLimits) tactful.MessageLimits {
	m := tactful.MessageLimits{LessOften: in.LessOften, Quiet: tactful.Quiet{From: in.QuietFrom, Until: in.QuietUntil}, Zone: in.Zone}
	for _, channel := range in.Only {
		m.Only = append(m.Only, tactful.Channel(channel))
	}
	if in.PerWeek != nil {
		m.PerWeek, _ = tactful.ParseWeeklyLimit(int(*in.PerWeek))
	}
	return m
}

func preferencesOut(p *tactful.Preferences) wire.Preferences {
	out := wire.Preferences{
		Needs: p.Needs, Languages: p.Languages, EasyReading: p.EasyReading, Discreet: p.Discreet, KeepOnDevice: p.KeepOnDevice,
		Messages: limitsOut(&p.Messages), Place: p.Place.String(),
	}
	if len(p.Topics) > 0 {
		out.Topics = make(map[string]wire.TopicWish, len(p.Topics))
	}
	for topic, wish := range p.Topics {
		out.Topics[topic] = wire.TopicWish(wish.String())
	}
	if len(p.Occasions) > 0 {
		out.Occasions = make(map[string]wire.Occasion, len(p.Occasions))
	}
	for name, days := range p.Occasions {
		out.Occasions[name] = occasionOut(&days)
	}
	return out
}

func patchOut(p *tactful.PreferencesPatch) wire.PreferencesPatch {
	out := wire.PreferencesPatch{
		Needs: p.Needs, Languages: p.Languages, EasyReading: p.EasyReading, Discreet: p.Discreet, KeepOnDevice: p.KeepOnDevice,
	}
	if p.Place != nil {
		limit := p.Place.String()
		out.Place = &limit
	}
	if out.Languages != nil && *out.Languages == nil {
		out.Languages = &[]string{} // none, and not null
	}
	if len(p.Topics) > 0 {
		out.Topics = make(map[string]wire.PreferencesPatchTopics, len(p.Topics))
	}
	for topic, wish := range p.Topics {
		out.Topics[topic] = wire.PreferencesPatchTopics(wish.String())
	}
	if len(p.Occasions) > 0 {
		out.Occasions = make(map[string]wire.Occasion, len(p.Occasions))
	}
	for name, days := range p.Occasions {
		out.Occasions[name] = occasionOut(days)
	}
	if p.Messages != nil {
		limits := limitsOut(p.Messages)
		out.Messages = &limits
	}
	return out
}

func occasionOut(days *tactful.Days) wire.Occasion {
	if days == nil {
		return wire.Occasion{}
	}
	date := func(t time.Time) *openapi_types.Date {
		if t.IsZero() {
			return nil
		}
		return &openapi_types.Date{Time: t}
	}
	return wire.Occasion{Skip: true, From: date(days.From), Until: date(days.Until)}
}

func limitsOut(m *tactful.MessageLimits) wire.MessageLimits {
	out := wire.MessageLimits{LessOften: m.LessOften, QuietFrom: m.Quiet.From, QuietUntil: m.Quiet.Until, Zone: m.Zone}
	for _, channel := range m.Only {
		out.Only = append(out.Only, wire.MessageLimitsOnly(channel))
	}
	if most, set := m.PerWeek.Most(); set {
		n := wire.MessageLimitsPerWeek(most)
		out.PerWeek = &n
	}
	return out
}
