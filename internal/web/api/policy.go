package api

import (
	"context"
	"time"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/web/api/wire"
)

const (
	policyLogShown = 100
	dryRunHours    = 24
)

// GetPolicy returns the business's own rules and the log of their changes.
func (s *server) GetPolicy(ctx context.Context, _ wire.GetPolicyRequestObject) (wire.GetPolicyResponseObject, error) {
	log, err := s.opt.Engine.PolicyLog(ctx, policyLogShown)
	if err != nil {
		return nil, err
	}
	rules := s.opt.Engine.Rules()
	answer := wire.GetPolicy200JSONResponse{Version: engine.RulesVersion(rules), Rules: rulesOut(rules), Log: make([]wire.PolicyChange, len(log))}
	for i := range log {
		c := &log[i]
		answer.Log[i] = wire.PolicyChange{No: int64(c.No), Time: c.Time, By: c.By, Why: c.Why, Version: c.Version,
			Added: append([]string{}, c.Added...), Removed: append([]string{}, c.Removed...), Changed: append([]string{}, c.Changed...)}
	}
	for _, v := range policy.WithTypes() {
		answer.Variables = append(answer.Variables, wire.PolicyVariable{Name: v.Name, Type: v.Type, Means: v.Means})
	}
	return answer, nil
}

// DiffPolicy tries rules on the lists of the past.
func (s *server) DiffPolicy(ctx context.Context, r wire.DiffPolicyRequestObject) (wire.DiffPolicyResponseObject, error) {
	hours := orDefault(r.Body.Hours, dryRunHours)
	d, err := s.opt.Engine.DiffPolicy(ctx, rulesIn(r.Body.Rules), time.Duration(hours)*time.Hour)
	if err != nil {
		return nil, err
	}
	answer := wire.DiffPolicy200JSONResponse{
		From: d.From, To: d.To, Version: d.Version, Next: d.Next, Lists: int64(d.Lists), Truncated: d.Truncated, Shown: int64(d.Shown), Unlisted: int64(d.Unlisted),
		ListsChanged: int64(d.ListsChanged), Refused: int64(d.Refused), Demoted: int64(d.Demoted), Open: int64(d.Open),
		MayComeBack: int64(d.MayComeBack), RefusedUnnamed: int64(d.RefusedUnnamed), Rules: make([]wire.RuleDiff, len(d.Rules)),
	}
	for i := range d.Rules {
		one := &d.Rules[i]
		answer.Rules[i] = wire.RuleDiff{Rule: one.Rule, Then: wire.RuleDiffThen(one.Then), Refused: int64(one.Refused), Demoted: int64(one.Demoted),
			Open: int64(one.Open), Failed: int64(one.Failed), Items: append([]string{}, one.Items...)}
	}
	return answer, nil
}

func rulesIn(list []wire.PolicyRule) []policy.Rule {
	rules := make([]policy.Rule, len(list))
	for i, r := range list {
		rules[i] = policy.Rule{Name: r.Name, When: r.When, Then: string(r.Then), Why: r.Why}
	}
	return rules
}

func rulesOut(rules []policy.Rule) []wire.PolicyRule {
	list := make([]wire.PolicyRule, len(rules))
	for i, r := range rules {
		list[i] = wire.PolicyRule{Name: r.Name, When: r.When, Then: wire.PolicyRuleThen(r.Then), Why: r.Why}
	}
	return list
}
