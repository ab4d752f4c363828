package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/evidence"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/recommend"
	"github.com/tactful/tactful/internal/report"
)

// Config sets up the engine. Its zero value, completed by Defaults, is the
// careful choice: opt-in everywhere and no property kept that is not declared.
type Config struct {
	Controller string             `yaml:"controller" doc:"who is responsible, as named in receipts"`
	Language   string             `yaml:"language" doc:"language of sentences when a request names none that we have"`
	Parties    Parties            `yaml:"parties" doc:"who stands behind the data, and who else gets any"`
	Receipts   Receipts           `yaml:"receipts" doc:"receipts"`
	Consent    consent.Config     `yaml:"consent" doc:"purposes, their texts, and what the law of a place asks for"`
	Ingest     ingest.Config      `yaml:"ingest" doc:"what may be kept of an event, and for how long"`
	Evidence   evidence.Rules     `yaml:"evidence" doc:"what counts how much, and for how long"`
	Recommend  recommend.Settings `yaml:"recommend" doc:"the shop's own merchandising"`
	Guards     guard.Settings     `yaml:"guards" doc:"what the guards hold to"`
	Labels     label.Config       `yaml:"labels" doc:"which items are sensitive or harmful, and what people may ask for"`
	Learn      Learn              `yaml:"learn" doc:"the model and when it is fitted"`
	Rights     Rights             `yaml:"rights" doc:"what people may ask of us, and how they show who they are"`
	Looks      Looks              `yaml:"looks" doc:"what happens when somebody of the business opens one person's data"`
	Protection Protection         `yaml:"protection" doc:"what the model must not tell of people"`

	Reports     report.Settings `yaml:"reports" doc:"what numbers about crowds may tell of each person"`
	Campaigns   Campaigns       `yaml:"campaigns" doc:"offers and messages"`
	Location    Location        `yaml:"location" doc:"what is kept of where people are, if they agree, and maps of it"`
	Preferences Declarable      `yaml:"preferences" doc:"what people may declare of themselves"`
	Erasure     Erasure         `yaml:"erasure" doc:"what an erasure reaches, and what remains of it"`
	Experiments Experiments     `yaml:"experiments" doc:"tests of variants, with those who agreed to them"`
}

// Receipts says how long receipts are kept.
type Receipts struct {
	Keep time.Duration `yaml:"keep" doc:"how long a receipt is kept"`
}

// Learn sets up the model and the background fits.
type Learn struct {
	Neighbours   int           `yaml:"neighbours" doc:"items that each item's score may rest on (k)"`
	Ridge        float64       `yaml:"ridge" doc:"ridge that is the same for all items (l)"`
	Dropout      float64       `yaml:"dropout" doc:"dropout p; adds p/(1-p) times an item's count to the ridge"`
	UserExponent float64       `yaml:"user_exponent" doc:"a person with n items weighs n^-b; a change makes every contribution anew"`
	Rank         float64       `yaml:"rank" doc:"exponent of neighbour selection: 0 favours the popular, 1 the rare"`
	Support      int           `yaml:"support" doc:"distinct people that a pair of items needs before it counts in ranking; 1 keeps all pairs"`
	Explore      float64       `yaml:"explore" doc:"exponent a that lifts rare items; 0 does not"`
	HalfLife     time.Duration `yaml:"half_life" doc:"age at which an event counts half in the sums; 0: no decay"`
	Every        time.Duration `yaml:"every" doc:"a fit is due so long after the last one, if anything has changed"`
	Changes      int           `yaml:"changes" doc:"a fit is due as soon as so many people have changed"`
	Check        time.Duration `yaml:"check" doc:"how often the background looks whether a fit is due"`
	Newcomers    Newcomers     `yaml:"newcomers" doc:"how many new people of one source may teach the model, so that made-up people cannot"`
}

// Settings are the model's part of it.
func (l *Learn) Settings() linear.Settings {
	s := linear.DefaultSettings()
	s.K, s.Ridge, s.Dropout, s.Rank, s.Support, s.Explore = l.Neighbours, l.Ridge, l.Dropout, l.Rank, uint32(l.Support), l.Explore
	return s
}

// Defaults fills what is not set; zero is not set. A zero that is meant, such as
// Learn.Rank of 0, is written afterwards, as package config does.
func (c *Config) Defaults() {
	set(&c.Controller, "this shop")
	set(&c.Language, "en")
	set(&c.Receipts.Keep, 90*24*time.Hour)
	c.Labels.Defaults()
	classNotices(&c.Labels, &c.Consent)
	c.Consent.Defaults()
	c.Ingest.Defaults()
	c.Evidence.Defaults()
	c.Recommend.Defaults()
	c.Guards.Defaults()
	c.Looks.Defaults()
	c.Campaigns.Defaults()
	c.Protection.Defaults()
	c.Rights.Defaults()
	c.defaultErasure()
	c.Experiments.Defaults()
	c.Reports.Defaults()
	c.Location.defaults()
	c.freshen()
	fit := linear.DefaultSettings()
	set(&c.Learn.Neighbours, fit.K)
	set(&c.Learn.Ridge, fit.Ridge)
	set(&c.Learn.Dropout, fit.Dropout)
	set(&c.Learn.UserExponent, linear.DefaultExponent)
	set(&c.Learn.Rank, fit.Rank)
	set(&c.Learn.Support, 2)
	set(&c.Learn.Every, time.Hour)
	set(&c.Learn.Changes, 1000)
	set(&c.Learn.Check, 10*time.Second)
	c.Learn.Newcomers.Defaults()
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// under writes faults with the whole path of their settings.
func under(path string, err error) error {
	var many interface{ Unwrap() []error }
	var one *tactful.Error
	switch {
	case errors.As(err, &many):
		var faults []error
		for _, fault := range many.Unwrap() {
			faults = append(faults, under(path, fault))
		}
		return errors.Join(faults...)
	case errors.As(err, &one):
		placed := *one
		placed.Field = path + one.Field
		return &placed
	}
	return err
}

// Validate returns all faults, joined.
func (c *Config) Validate() error {
	faults := []error{under("engine.", c.Consent.Validate()), under("engine.", c.Ingest.Validate()), under("engine.evidence.", c.Evidence.Validate()),
		under("engine.recommend.", c.Recommend.Validate()), under("engine.guards.", c.Guards.Validate())}
	faults = append(faults, under("engine.", c.Labels.Validate()), c.harmFaults())
	faults = append(faults, c.Protection.Validate()...)
	faults = append(faults, c.cueFaults()...)
	faults = append(faults, c.Looks.Validate()...)
	faults = append(faults, c.Campaigns.Validate()...)
	faults = append(faults, c.routeFaults()...)
	declared := make([]tactful.Purpose, len(c.Consent.Purposes))
	for i, p := range c.Consent.Purposes {
		declared[i] = p.Name
	}
	faults = append(faults, c.Parties.validate(declared)...)
	faults = append(faults, c.Preferences.Validate()...)
	faults = append(faults, c.Rights.Validate()...)
	faults = append(faults, c.Erasure.Validate()...)
	faults = append(faults, under("engine.", c.Reports.Validate()))
	faults = append(faults, c.Location.validate()...)
	faults = append(faults, c.Experiments.Validate()...)
	between := func(field string, value, low, high float64) {
		if !(value >= low && value <= high) {
			faults = append(faults, tactful.InvalidField("engine."+field, "is out of range", fmt.Sprintf("between %g and %g", low, high)))
		}
	}
	between("receipts.keep (hours)", c.Receipts.Keep.Hours(), 1, 24*365*10)
	between("learn.neighbours", float64(c.Learn.Neighbours), 1, 1000)
	between("learn.ridge", c.Learn.Ridge, 0.001, 1e6)
	between("learn.dropout", c.Learn.Dropout, 0, 0.99)
	between("learn.user_exponent", c.Learn.UserExponent, 0, 1)
	between("learn.rank", c.Learn.Rank, 0, 2)
	between("learn.support", float64(c.Learn.Support), 1, 1e6)
	between("learn.explore", c.Learn.Explore, 0, 1)
	between("learn.half_life (hours)", c.Learn.HalfLife.Hours(), 0, 24*365*20)
	between("learn.every (hours)", c.Learn.Every.Hours(), 1.0/3600, 24*365)
	between("learn.changes", float64(c.Learn.Changes), 1, 1e9)
	between("learn.check (hours)", c.Learn.Check.Hours(), 0.1/3600, 24)
	faults = append(faults, c.Learn.Newcomers.Validate()...)
	if len(c.Controller) > 200 {
		faults = append(faults, tactful.InvalidField("engine.controller", "is too long", "write at most 200 bytes"))
	}
	return errors.Join(faults...)
}
