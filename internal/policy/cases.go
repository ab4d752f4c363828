package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Case is one example of what the rules must say, as `tactful policy test` reads
// it. What is left out is empty, and the moment is the one that Check is given.
type Case struct {
	Name      string        `yaml:"name"`
	Item      caseItem      `yaml:"item"`
	Request   caseRequest   `yaml:"request"`
	Candidate caseCandidate `yaml:"candidate"`
	Level     string        `yaml:"level"`
	Now       time.Time     `yaml:"now"`
	Expect    string        `yaml:"expect"` // allow, demote or refuse
	Rule      string        `yaml:"rule"`   // which one decides; "" any
}

type caseItem struct {
	ID           string            `yaml:"id"`
	Title        string            `yaml:"title"`
	Categories   []string          `yaml:"categories"`
	Labels       []string          `yaml:"labels"`
	Attributes   map[string]string `yaml:"attributes"`
	Price        *int64            `yaml:"price"`
	Currency     string            `yaml:"currency"`
	Availability string            `yaml:"availability"`
	Group        string            `yaml:"group"`
	Classes      []string          `yaml:"classes"`
}

type caseRequest struct {
	Placement string   `yaml:"placement"`
	Region    string   `yaml:"region"`
	Language  string   `yaml:"language"`
	Query     string   `yaml:"query"`
	Items     []string `yaml:"items"`
	Count     int      `yaml:"count"`
	Visible   bool     `yaml:"visible"`
	Sought    []string `yaml:"sought"`
}

type caseCandidate struct {
	Origin string  `yaml:"origin"`
	Score  float64 `yaml:"score"`
	People uint32  `yaml:"people"`
	Pieces int     `yaml:"pieces"`
}

// Limits of a file of cases.
const (
	MaxCaseBytes = 4 << 20
	maxCases     = 10_000
	maxPieces    = 1000
)

// ReadCases reads a file of cases: a list in YAML. Unknown keys and words are
// faults.
func ReadCases(text []byte) ([]Case, error) {
	if len(text) > MaxCaseBytes {
		return nil, tactful.InvalidField("cases", "are too large", fmt.Sprintf("write at most %d bytes", MaxCaseBytes))
	}
	var cases []Case
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&cases); err != nil && !errors.Is(err, io.EOF) {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "cases", Detail: "cannot be read: " + firstLine(err.Error()), Remedy: "see tactful policy test --help for an example", Err: err}
	}
	if len(cases) == 0 || len(cases) > maxCases {
		return nil, tactful.InvalidField("cases", fmt.Sprintf("are %d", len(cases)), fmt.Sprintf("write 1 to %d", maxCases))
	}
	var f faults
	for i := range cases {
		cases[i].check(&f, fmt.Sprintf("cases[%d].", i))
	}
	return cases, f.err()
}

func (c *Case) check(f *faults, at string) {
	word := func(field, word string, known bool, remedy string) {
		if !known && word != "" {
			f.add(at+field, 0, "is unknown", remedy)
		}
	}
	if c.Name == "" {
		f.add(at+"name", 0, "is missing", "say what the case shows")
	}
	if !slices.Contains([]string{"allow", Demote, Refuse}, c.Expect) {
		f.add(at+"expect", 0, "is missing or unknown", "write allow, demote or refuse")
	}
	_, known := tactful.ParsePlacement(c.Request.Placement)
	word("request.placement", c.Request.Placement, known, "write for_you, similar, basket, popular or search")
	_, known = tactful.ParseLevel(c.Level)
	word("level", c.Level, known, "write generic, context, personal or full")
	_, known = tactful.ParseAvailability(c.Item.Availability)
	word("item.availability", c.Item.Availability, known, "write in_stock, out_of_stock, preorder or discontinued")
	word("candidate.origin", c.Candidate.Origin, originOf(c.Candidate.Origin) != tactful.OriginUnknown, "write ranked, filler, pinned, boosted, bestseller or match")
	if c.Candidate.Pieces < 0 || c.Candidate.Pieces > maxPieces {
		f.add(at+"candidate.pieces", 0, "is out of range", fmt.Sprintf("write 0 to %d", maxPieces))
	}
	if n := len(c.Item.Classes) + len(c.Request.Sought); n > decision.MaxClasses {
		f.add(at+"item.classes", 0, "are too many", fmt.Sprintf("name at most %d classes in a case", decision.MaxClasses))
	}
}

func originOf(word string) tactful.Origin {
	for o := tactful.Ranked; o <= tactful.Match; o++ {
		if o.String() == word {
			return o
		}
	}
	return tactful.OriginUnknown
}

// Says is what the rules say of a case, in the words of Expect, and which rule
// decided.
type Says struct {
	Word string
	Rule string
	Met  bool // as expected
}

// Check has the rules judge a case at its moment, or at now if it names none.
func (s *Set) Check(c *Case, now time.Time) Says {
	said := Says{Word: "allow"}
	if s.Len() > 0 {
		situation, candidate := c.build(now)
		s.Judge(situation, []decision.Candidate{*candidate}, func(_ int, v Verdict) {
			switch v.Ruling {
			case decision.Demote:
				said.Word, said.Rule = Demote, s.rules[v.Rule].Name
			case decision.Allow:
			default:
				said.Word, said.Rule = Refuse, s.rules[v.Rule].Name
			}
		})
	}
	said.Met = said.Word == c.Expect && (c.Rule == "" || c.Rule == said.Rule)
	return said
}

func (c *Case) build(now time.Time) (*decision.Case, *decision.Candidate) {
	if !c.Now.IsZero() {
		now = c.Now
	}
	placement, _ := tactful.ParsePlacement(c.Request.Placement)
	level, _ := tactful.ParseLevel(c.Level)
	available, _ := tactful.ParseAvailability(c.Item.Availability)
	item := &tactful.Item{
		ID: c.Item.ID, No: 1, Title: c.Item.Title, Categories: c.Item.Categories, Labels: c.Item.Labels, Attributes: c.Item.Attributes, Price: -1,
		Currency: c.Item.Currency, Availability: available, Group: c.Item.Group,
	}
	if c.Item.Price != nil {
		item.Price = *c.Item.Price
	}
	labels := &decision.Labels{Of: make([]decision.Classes, 2)}
	set := func(names []string) (all decision.Classes) {
		for _, name := range names {
			at := slices.Index(labels.Names, name)
			if at < 0 {
				at = len(labels.Names)
				labels.Names = append(labels.Names, name)
			}
			all = all.With(decision.Class(at))
		}
		return all
	}
	labels.Of[1] = set(c.Item.Classes)
	return &decision.Case{
			Now: now, Labels: labels, Sought: set(c.Request.Sought), Visible: c.Request.Visible, Permit: decision.Permit{Level: level},
			Request: &tactful.Request{Placement: placement, Region: c.Request.Region, Language: c.Request.Language, Query: c.Request.Query, Items: c.Request.Items, Count: c.Request.Count},
		}, &decision.Candidate{
			Item: item, Origin: originOf(c.Candidate.Origin), Score: c.Candidate.Score, People: c.Candidate.People, Contributions: make([]decision.Contribution, c.Candidate.Pieces),
		}
}
