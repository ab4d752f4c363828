package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Registration is everything that is said of an experiment before it starts.
// Nothing of it can be changed afterwards: it is locked by its hash.
type Registration struct {
	Name       string            `yaml:"name" json:"name"`
	Flag       string            `yaml:"flag" json:"flag"`
	Hypothesis string            `yaml:"hypothesis" json:"hypothesis"`
	Population Population        `yaml:"population" json:"population"`
	Arms       map[string]int    `yaml:"arms" json:"arms"` // variant: weight; the flag's control is one of them
	Metric     Metric            `yaml:"metric" json:"metric"`
	Guardrails []Guardrail       `yaml:"guardrails" json:"guardrails"`
	Window     time.Duration     `yaml:"window" json:"window"` // from a person's first use; what they do later does not count
	Stop       Stopping          `yaml:"stop" json:"stop"`
	Review     Review            `yaml:"harm_review" json:"harm_review"`
	Consent    string            `yaml:"consent" json:"consent"` // the purpose; there is one
	Owner      string            `yaml:"owner" json:"owner"`     // who registers it
	Aim        map[string]string `yaml:"aim" json:"aim"`         // language: what people read about it
}

// Population says who of those who agreed can be in it.
type Population struct {
	Share float64     `yaml:"share" json:"share"` // of those who agreed
	Where []Condition `yaml:"where" json:"where,omitempty"`
}

// Guardrail is a metric with the most harm that is put up with: Ratio is the rate
// of an arm over that of control. Of harms it is an upper bound, 1 for none more
// than control; of conversion and click a lower one, its floor.
type Guardrail struct {
	Metric Metric  `yaml:"metric" json:"metric"`
	Ratio  float64 `yaml:"ratio" json:"ratio"`
}

// Stopping ends an experiment by itself.
type Stopping struct {
	People int  `yaml:"people" json:"people"` // in all arms together
	Days   int  `yaml:"days" json:"days"`
	Early  bool `yaml:"early" json:"early,omitempty"` // also once the metric's interval leaves zero out
}

// Review is what somebody else found who looked for harm.
type Review struct {
	Approver string `yaml:"approver" json:"approver"`
	Risks    string `yaml:"risks" json:"risks"`
	Measures string `yaml:"measures" json:"measures"`
}

// Document is what is registered together: the experiment and the flag as it is
// while the experiment runs.
type Document struct {
	Flag         Flag         `json:"flag"`
	Registration Registration `json:"registration"`
}

// Canonical is the one form of a document: JSON with fields in order and the
// keys of maps sorted.
func (d *Document) Canonical() ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write an experiment: %w", err)
	}
	return text, nil
}

// Lock is the SHA-256 of the canonical form, in hex.
func (d *Document) Lock() (string, error) {
	text, err := d.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Names returns the arms in a fixed order: control first, then by name.
func (d *Document) Names() []string { return d.Registration.names(d.Flag.Control) }
