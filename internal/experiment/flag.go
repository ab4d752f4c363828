package experiment

import (
	"math"
	"slices"
)

// Type is the type of a flag's values.
type Type string

// The types.
const (
	Boolean Type = "boolean"
	String  Type = "string"
	Number  Type = "number"
	Object  Type = "object"
)

// Flag is a named value with variants. Without an experiment everybody gets what
// its rules say about the request's own context, and nothing of a person is read.
type Flag struct {
	Key      string          `yaml:"key" json:"key"`
	Type     Type            `yaml:"type" json:"type"`
	Variants map[string]any  `yaml:"variants" json:"variants"` // by name
	Control  string          `yaml:"control" json:"control"`   // the variant of everybody who is in no experiment
	Context  map[string]Type `yaml:"context" json:"context,omitempty"`
	Rules    []Rule          `yaml:"rules" json:"rules,omitempty"` // the first that holds counts
	Layer    string          `yaml:"layer" json:"layer,omitempty"` // experiments of one layer share nobody; "" is the flag's own
}

// Rule gives a variant where all of its conditions hold.
type Rule struct {
	When    []Condition `yaml:"when" json:"when"`
	Variant string      `yaml:"variant" json:"variant"`
}

// Condition compares one declared attribute of the request's context. Exactly
// one of its comparisons is set.
type Condition struct {
	Name    string   `yaml:"name" json:"name"`
	Is      any      `yaml:"is" json:"is,omitempty"`
	In      []string `yaml:"in" json:"in,omitempty"`
	AtLeast *float64 `yaml:"at_least" json:"at_least,omitempty"`
	Below   *float64 `yaml:"below" json:"below,omitempty"`
}

// Holds reports whether the context says so. What is missing, or of another
// type, does not.
func (c *Condition) Holds(context map[string]any) bool {
	value, there := context[c.Name]
	if !there {
		return false
	}
	switch {
	case c.Is != nil:
		if want, ok := number(c.Is); ok {
			got, ok := number(value)
			return ok && got == want
		}
		return scalar(value) && value == c.Is
	case len(c.In) > 0:
		text, ok := value.(string)
		return ok && slices.Contains(c.In, text)
	}
	n, ok := number(value)
	return ok && (c.AtLeast == nil || n >= *c.AtLeast) && (c.Below == nil || n < *c.Below)
}

func hold(all []Condition, context map[string]any) bool {
	for i := range all {
		if !all[i].Holds(context) {
			return false
		}
	}
	return true
}

// scalar keeps == from values that cannot be compared.
func scalar(v any) bool {
	switch v.(type) {
	case bool, string, float64, int, int64:
		return true
	}
	return false
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// typeOf is the type of a value, "" for what no flag may have.
func typeOf(v any) Type {
	switch v.(type) {
	case bool:
		return Boolean
	case string:
		return String
	case map[string]any:
		return Object
	}
	if _, ok := number(v); ok {
		return Number
	}
	return ""
}

// Mistyped returns the first declared attribute, by name, that a context gives
// with another type; "" if there is none.
func (f *Flag) Mistyped(context map[string]any) string {
	wrong := ""
	for name, want := range f.Context {
		if value, there := context[name]; there && typeOf(value) != want && (wrong == "" || name < wrong) {
			wrong = name
		}
	}
	return wrong
}

// Choose returns the variant that the flag's rules give, and whether one held.
func (f *Flag) Choose(context map[string]any) (variant string, ruled bool) {
	for i := range f.Rules {
		if hold(f.Rules[i].When, context) {
			return f.Rules[i].Variant, true
		}
	}
	return f.Control, false
}

// LayerOf is the layer that the flag's experiments are in.
func (f *Flag) LayerOf() string {
	if f.Layer != "" {
		return f.Layer
	}
	return "flag " + f.Key
}
