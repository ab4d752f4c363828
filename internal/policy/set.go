package policy

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/tactful/tactful/internal/decision"
)

// maxCost bounds what a rule may cost on one candidate, in CEL's units: about
// one for a comparison. The worst case over the largest item and request counts.
const maxCost = 20_000

// Set is the rules ready to judge. Immutable but for its memory of items, and
// safe for concurrent use. nil is a set without rules.
type Set struct {
	rules   []rule
	ofItems bool // some part depends on the item alone
	known   atomic.Pointer[known]
}

// rule is a compiled rule. Its parts must all be true; each stands where it is
// asked least often.
type rule struct {
	Rule
	ruling decision.Ruling
	cost   uint64
	parts  [perCandidate + 1][]cel.Program
}

// known remembers what the parts about items alone have said. Items are of one
// catalogue snapshot and never change, so their address names them.
type known struct {
	of sync.Map // *tactful.Item to []outcome
	n  atomic.Int64
}

// knownItems bounds the memory; it begins anew when that is full.
const knownItems = 200_000

// outcome is what a rule, or a part of it, says of a candidate.
type outcome uint8

const (
	no outcome = iota
	yes
	undecided // something that it names is not known
	failed
)

// and joins outcomes as CEL does: a no decides whatever failed beside it.
func (o outcome) and(other outcome) outcome {
	if o == no || other == no {
		return no
	}
	return max(o, other)
}

// New compiles the rules. The error names all faults, each with its field and
// line. No rules are a nil Set.
func New(s *Settings) (*Set, error) {
	var f faults
	s.shape(&f)
	if len(s.Rules) == 0 || len(s.Rules) > MaxRules {
		return nil, f.err()
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	set := &Set{rules: make([]rule, len(s.Rules))}
	set.known.Store(new(known))
	for i := range s.Rules {
		r := rule{Rule: s.Rules[i], ruling: decision.Withhold}
		if r.Then == Demote {
			r.ruling = decision.Demote
		}
		if strings.TrimSpace(r.When) != "" && len(r.When) <= maxWhenBytes {
			r.compile(env, &f, fmt.Sprintf("rules[%d].when", i))
		}
		set.ofItems = set.ofItems || len(r.parts[perItem]) > 0
		set.rules[i] = r
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return set, nil
}

func environment() (*cel.Env, error) {
	options := []cel.EnvOption{cel.CrossTypeNumericComparisons(true)}
	for _, v := range Variables() {
		options = append(options, cel.Variable(v.Name, v.typ))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the rules: %w", err)
	}
	return env, nil
}

func (r *rule) compile(env *cel.Env, f *faults, field string) {
	checked, issues := env.Compile(r.When)
	if issues != nil && issues.Err() != nil {
		for _, e := range issues.Errors() {
			detail, remedy := r.told(e.Location.Line(), e.Location.Column(), firstLine(e.Message))
			r.fault(f, field, e.Location.Line(), e.Location.Column(), detail, remedy)
		}
		return
	}
	if checked.OutputType() != cel.BoolType {
		r.fault(f, field, 1, 0, "is "+checked.OutputType().String()+", not true or false", "compare something: item.price > 10000")
		return
	}
	estimate, err := env.EstimateCost(checked, newSizes())
	if err != nil || estimate.Max > maxCost {
		r.fault(f, field, 1, 0, "can cost too much on a large item", "do not go over a list inside a list; compare with == or in instead of matches, or split the rule")
		return
	}
	r.cost = estimate.Max
	whole := checked.NativeRep()
	for _, part := range conjuncts(whole.Expr()) {
		program, err := env.PlanProgram(ast.NewCheckedAST(ast.NewAST(part, whole.SourceInfo()), whole.TypeMap(), whole.ReferenceMap()), cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			r.fault(f, field, 1, 0, firstLine(err.Error()), "correct it; a regular expression is RE2")
			return
		}
		at := scopeOf(part, whole)
		r.parts[at] = append(r.parts[at], program)
	}
}

// fault names the place in the file, or in the expression if there is no file.
func (r *rule) fault(f *faults, field string, line, column int, detail, remedy string) {
	if r.whenLine > 0 {
		line += r.whenLine - 1
	}
	f.add(field, line, fmt.Sprintf("column %d: %s", column+1, detail), remedy)
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return text[:min(len(text), 300)]
}

// told says what is wrong in words that help: CEL's own name only the first part of
// a name that is not there, and nothing to do instead.
func (r *rule) told(line, column int, message string) (detail, remedy string) {
	if !strings.Contains(message, "undeclared reference") {
		return message, "write CEL: item.price > 10000 && 'Wine' in item.categories"
	}
	name, called := nameAt(r.When, line, column)
	if name != "" {
		message = fmt.Sprintf("undeclared reference to '%s'", name)
	}
	if called {
		return message, "there are size, contains, startsWith, endsWith and matches; without regard to case: item.title.matches('(?i)candle')"
	}
	names := []string{}
	for _, v := range Variables() {
		names = append(names, v.Name)
	}
	remedy = "known are " + strings.Join(names, ", ")
	if own, is := strings.CutPrefix(name, "item."); is && !strings.Contains(own, ".") {
		remedy = fmt.Sprintf("for an attribute of your own write has(item.attributes.%s) && item.attributes.%s == ...; ", own, own) + remedy
	}
	return message, remedy
}

// nameAt is the whole dotted name around a place in an expression, and whether it
// is called. The place counts letters, as CEL does.
func nameAt(text string, line, column int) (name string, called bool) {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return "", false
	}
	letters := []rune(lines[line-1])
	part := func(at int) bool {
		return at >= 0 && at < len(letters) && (letters[at] == '.' || letters[at] == '_' || unicode.IsLetter(letters[at]) || unicode.IsDigit(letters[at]))
	}
	column = min(column, len(letters))
	if column < len(letters) && letters[column] == '(' {
		column-- // CEL points at what is called
	}
	from, to := column, column
	for part(from - 1) {
		from--
	}
	for part(to) {
		to++
	}
	return string(letters[from:max(to, from)]), to < len(letters) && letters[to] == '('
}

// conjuncts are the parts that must all be true.
func conjuncts(e ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.LogicalAnd {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, arg := range e.AsCall().Args() {
		all = append(all, conjuncts(arg)...)
	}
	return all
}

// scopeOf finds the widest scope among the variables that a part names.
func scopeOf(part ast.Expr, whole *ast.AST) scope {
	widest, ofCase, ofItem := perCase, false, false
	ast.PreOrderVisit(part, ast.NewExprVisitor(func(e ast.Expr) {
		reference, ok := whole.ReferenceMap()[e.ID()]
		if !ok || reference.Name == "" {
			return
		}
		v, known := variable(reference.Name)
		if !known {
			return // of a comprehension, or a constant
		}
		ofCase = ofCase || v.scope == perCase
		ofItem = ofItem || v.scope == perItem
		widest = max(widest, v.scope)
	}))
	if ofCase && ofItem {
		return perCandidate
	}
	return widest
}

// Len is the number of rules.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.rules)
}

// Rule returns a rule by its place.
func (s *Set) Rule(i int) Rule { return s.rules[i].Rule }

// Cost returns the most that a rule can cost on one candidate, and how often it
// is asked: once a decision, once an item, or for each candidate.
func (s *Set) Cost(i int) (most uint64, asked string) {
	r := &s.rules[i]
	switch {
	case len(r.parts[perCandidate]) > 0:
		return r.cost, "each candidate"
	case len(r.parts[perItem]) > 0:
		return r.cost, "once an item"
	}
	return r.cost, "once a decision"
}

// Verdict is what the rules say of one candidate: the first rule that refuses,
// else the first that demotes.
type Verdict struct {
	Ruling decision.Ruling
	Rule   int  // its place; meaningless where Ruling is Allow
	Failed bool // the rule could not be worked out, so it refused
}

// moments keeps the memory of evaluations between decisions.
var moments = sync.Pool{New: func() any { return new(moment) }}

// Judge gives one verdict for each candidate through give.
func (s *Set) Judge(c *decision.Case, candidates []decision.Candidate, give func(i int, v Verdict)) {
	m := moments.Get().(*moment)
	m.c, m.unknown = c, nil
	var ofCase [MaxRules]outcome
	live := false // some rule can hold in this case
	for r := range s.rules {
		ofCase[r] = ask(s.rules[r].parts[perCase], m)
		live = live || ofCase[r] != no
	}
	for i := range candidates {
		if !live {
			give(i, Verdict{Ruling: decision.Allow})
			continue
		}
		m.x = &candidates[i]
		v, _ := s.judge(m, &ofCase, s.ofItem(m))
		give(i, v)
	}
	*m = moment{}
	moments.Put(m)
}

// judge joins the parts. Undecided are the rules that could refuse or demote if
// more were known; in a real decision everything is.
func (s *Set) judge(m *moment, ofCase *[MaxRules]outcome, ofItem []outcome) (v Verdict, open []int) {
	v = Verdict{Ruling: decision.Allow}
	for r := range s.rules {
		rule := &s.rules[r]
		said := ofCase[r]
		if said != no && ofItem != nil {
			said = said.and(ofItem[r])
		}
		if said != no && len(rule.parts[perCandidate]) > 0 {
			said = said.and(ask(rule.parts[perCandidate], m))
		}
		switch said {
		case no:
			continue
		case undecided:
			if m.unknown != nil {
				open = append(open, r)
				continue
			}
			return Verdict{Ruling: decision.Withhold, Rule: r, Failed: true}, nil
		case failed:
			return Verdict{Ruling: decision.Withhold, Rule: r, Failed: true}, open
		case yes:
		}
		if rule.ruling == decision.Withhold {
			return Verdict{Ruling: decision.Withhold, Rule: r}, open
		}
		if v.Ruling == decision.Allow {
			v = Verdict{Ruling: decision.Demote, Rule: r}
		}
	}
	return v, open
}

// ofItem returns what the parts about the item alone say, by rule.
func (s *Set) ofItem(m *moment) []outcome {
	if !s.ofItems {
		return nil
	}
	memory, item := s.known.Load(), m.x.Item
	if item != nil {
		if said, ok := memory.of.Load(item); ok {
			return said.([]outcome)
		}
	}
	said := make([]outcome, len(s.rules))
	for r := range s.rules {
		said[r] = ask(s.rules[r].parts[perItem], m)
	}
	if item == nil {
		return said // not to be remembered: there is nothing to remember it by
	}
	if memory.n.Add(1) > knownItems {
		fresh := new(known)
		s.known.CompareAndSwap(memory, fresh)
		memory = s.known.Load()
		memory.n.Add(1)
	}
	memory.of.Store(item, said)
	return said
}

// ask has all parts answer; none is a yes.
func ask(parts []cel.Program, m *moment) outcome {
	said := yes
	for _, p := range parts {
		if said = said.and(answer(p, m)); said == no {
			return no
		}
	}
	return said
}

// answer works out one part. Whatever is no clear true or false has failed.
func answer(p cel.Program, m *moment) (said outcome) {
	defer func() {
		if recover() != nil {
			said = failed
		}
	}()
	value, _, err := p.Eval(m)
	if err != nil {
		return failed
	}
	switch value := value.(type) {
	case types.Bool:
		if value {
			return yes
		}
		return no
	case *types.Unknown:
		return undecided
	}
	return failed
}

// Try is Judge for one candidate of which not everything is known any more, for
// dry runs: open are the rules that nobody can work out without the rest.
func (s *Set) Try(c *decision.Case, x *decision.Candidate, unknown func(name string) bool) (v Verdict, open []int) {
	if s.Len() == 0 {
		return Verdict{Ruling: decision.Allow}, nil
	}
	m := &moment{c: c, x: x, unknown: unknown}
	var ofCase [MaxRules]outcome
	ofItem := make([]outcome, len(s.rules))
	for r := range s.rules {
		ofCase[r] = ask(s.rules[r].parts[perCase], m)
		ofItem[r] = ask(s.rules[r].parts[perItem], m)
	}
	return s.judge(m, &ofCase, ofItem)
}
