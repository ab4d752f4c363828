package law

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Regime says what the law of a place asks for before personalization.
type Regime string

// Regimes, the stricter one first.
const (
	OptIn  Regime = "opt-in"  // nothing until the person says yes
	OptOut Regime = "opt-out" // what is on the page may be used until the person says no; never stored data
)

// Sensitive says what the law of a place asks for before data on health,
// belief and the like are used.
type Sensitive string

// Rules for sensitive data, the strictest first.
const (
	SensitiveExplicit Sensitive = "explicit consent" // said for this very use
	SensitiveConsent  Sensitive = "consent"
	SensitiveLimit    Sensitive = "right to limit" // used until the person limits it
)

// Signal says what Global Privacy Control means in a place.
type Signal string

// Meanings of the signal, the stricter one first.
const (
	Binding Signal = "binding"     // an opt-out of sale, sharing and targeted advertising
	Wish    Signal = "not binding" // no law gives it force; the engine honours it all the same
)

// Read says how the value was checked. None of it was checked by a lawyer.
type Read string

// Ways of checking.
const (
	Secondary Read = "read in secondary pages"
	Recalled  Read = "known, not read again"
	Ours      Read = "our own choice, stricter than the law or where it names no figure"
)

// Source says where a value comes from.
type Source struct {
	Law     string `json:"law"`
	Article string `json:"article,omitempty"`
	Read    Read   `json:"read"`
	Checked string `json:"checked"` // day, ISO 8601
}

// Ages are the two ages that matter. Below Guardian a guardian must agree;
// below Adult nobody is profiled for advertising, whoever agreed.
type Ages struct {
	Guardian int `json:"guardian"`
	Adult    int `json:"adult"`
}

// Clock is what a person waits for after asking. Extended is the whole period
// from receipt when the answer may be put off, not what is added.
type Clock struct {
	Confirm  Term `json:"confirm,omitzero"`
	Answer   Term `json:"answer"`
	Extended Term `json:"extended,omitzero"`
}

// Value is one entry of the matrix with its source.
type Value[T any] struct {
	Is     T      `json:"is"`
	Source Source `json:"source"`
}

// Row is what applies in one place. Code is an ISO 3166 code, "EU", or
// Unknown for the strictest row.
type Row struct {
	Code      string           `json:"code"`
	Name      string           `json:"name"`
	Regime    Value[Regime]    `json:"regime"`
	Ages      Value[Ages]      `json:"ages"`
	Sensitive Value[Sensitive] `json:"sensitive"`
	Signal    Value[Signal]    `json:"gpc"`
	Rights    Value[Clock]     `json:"rights"`        // access, correction, deletion and the like
	OptOut    Value[Clock]     `json:"optOut"`        // stop selling, sharing, targeting; limit sensitive data
	Breach    Value[Term]      `json:"breach"`        // to tell the authority that data got out
	AskAgain  Value[Term]      `json:"askAgainAfter"` // a no is left alone so long
	Within    []string         `json:"within"`        // codes of wider rows whose law applies too: DE is within EU
	closed    Holidays
}

// Unknown is the code of the row for places that the matrix does not have.
const Unknown = "unknown"

var regionCode = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)

// For returns the row of a region: its own, else its country's, else, for a
// place that is unknown, missing or malformed, the strictest of all.
func For(region string) Row {
	if region == "UK" || strings.HasPrefix(region, "UK-") {
		region = "GB" + region[2:]
	}
	if regionCode.MatchString(region) {
		country, _, _ := strings.Cut(region, "-")
		for _, code := range []string{region, country} {
			if row, ok := matrix()[code]; ok {
				return row
			}
		}
	}
	return matrix()[Unknown]
}

// matrix is built once and never changed.
var matrix = sync.OnceValue(func() map[string]Row {
	rows := map[string]Row{Unknown: Strictest()}
	for _, row := range Rows() {
		rows[row.Code] = row
	}
	return rows
})

// Known reports whether the region has a row of its own or of its country.
func Known(region string) bool { return For(region).Code != Unknown }

// Strictest takes of each column the strictest value that any place has, with
// the source of that place.
func Strictest() Row {
	rows := Rows()
	out := rows[0]
	out.Code, out.Name, out.Within, out.closed = Unknown, "somewhere we have no row for", []string{}, nil
	for _, r := range rows[1:] {
		out.Regime = stricter(out.Regime, r.Regime, func(v Regime) int { return rank(v, OptIn, OptOut) })
		out.Sensitive = stricter(out.Sensitive, r.Sensitive, func(v Sensitive) int { return rank(v, SensitiveExplicit, SensitiveConsent, SensitiveLimit) })
		out.Signal = stricter(out.Signal, r.Signal, func(v Signal) int { return rank(v, Binding, Wish) })
		out.Ages = stricter(out.Ages, r.Ages, func(v Ages) int { return -100*v.Guardian - v.Adult })
		out.Rights = stricter(out.Rights, r.Rights, func(v Clock) int { return v.Answer.atMost() })
		out.OptOut = stricter(out.OptOut, r.OptOut, func(v Clock) int { return v.Answer.atMost() })
		out.Breach = stricter(out.Breach, r.Breach, func(v Term) int { return v.atMost() })
		out.AskAgain = stricter(out.AskAgain, r.AskAgain, func(v Term) int { return -v.atMost() })
	}
	confirm := out.Rights.Is.Confirm
	for _, r := range rows { // the answer's place may have no term to confirm in
		if c := r.Rights.Is.Confirm; confirm.IsZero() || !c.IsZero() && c.atMost() < confirm.atMost() {
			confirm = c
		}
	}
	if !confirm.IsZero() && confirm.atMost() < out.Rights.Is.Answer.atMost() {
		out.Rights.Is.Confirm = confirm
	}
	out.Rights.Is.Extended = Term{} // nobody may put off an answer in a place they do not know
	return out
}

func stricter[T any](a, b Value[T], rank func(T) int) Value[T] {
	if rank(b.Is) < rank(a.Is) {
		return b
	}
	return a
}

func rank[T comparable](v T, order ...T) int { return slices.Index(order, v) }

// atMost is the longest that the term can last, in hours, to compare terms by.
func (t Term) atMost() int {
	switch t.Unit {
	case Hours:
		return t.N
	case Days:
		return 24 * t.N
	case WorkingDays:
		return 24 * (t.N*7/5 + 2)
	case Months:
		return 24 * 31 * t.N
	}
	return 1 << 30
}
