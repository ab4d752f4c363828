package guard

import (
	"errors"
	"fmt"

	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/policy"
)

// Policy keeps the rules that the business wrote itself (package policy). A
// rule refuses or demotes; what another guard has refused stays refused,
// whatever stands here. Rules that cannot be used refuse everything.
type Policy struct {
	Rules *policy.Set // nil: there are none
	Fault error       // why there is no set although there are rules
}

var _ Guard = Policy{}

// policyOf makes the guard from its settings.
func policyOf(set *policy.Settings) Policy {
	rules, err := policy.New(set)
	return Policy{Rules: rules, Fault: err}
}

// Name is the guard's word.
func (Policy) Name() string { return "policy" }

// Promise is the sentence it keeps.
func (Policy) Promise() string {
	return "The shop's own rules can leave things out or move them down, never bring anything in."
}

// File is where it is decided.
func (Policy) File() string { return "internal/guard/policy.go" }

// The details of the policy guard count rules from 1; those of rules that failed
// follow.
const (
	policyRule   uint8 = 1
	policyFailed uint8 = policyRule + policy.MaxRules
)

// Detail says what a verdict's code means.
func (p Policy) Detail(code uint8) string {
	switch n := p.Rules.Len(); {
	case code >= policyRule && int(code-policyRule) < n:
		r := p.Rules.Rule(int(code - policyRule))
		return fmt.Sprintf("rule %s: %s", r.Name, r.Why)
	case code >= policyFailed && int(code-policyFailed) < n:
		return fmt.Sprintf("rule %s could not be worked out, so it refused", p.Rules.Rule(int(code-policyFailed)).Name)
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (p Policy) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	if p.Fault != nil {
		return fmt.Errorf("the rules cannot be used: %w", p.Fault)
	}
	if p.Rules == nil {
		for i := range candidates {
			out[i] = decision.Verdict{Ruling: decision.Allow}
		}
		return nil
	}
	if c == nil {
		return errors.New("there is no case")
	}
	p.Rules.Judge(c, candidates, func(i int, v policy.Verdict) {
		out[i] = decision.Verdict{Ruling: v.Ruling}
		switch {
		case v.Ruling == decision.Allow:
		case v.Failed:
			out[i].Detail = policyFailed + uint8(v.Rule)
		default:
			out[i].Detail = policyRule + uint8(v.Rule)
		}
	})
	return nil
}
