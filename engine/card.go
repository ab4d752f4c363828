package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/store"
)

// ModelCard says what the model in use is made of. It holds numbers about the
// crowd only.
type ModelCard struct {
	Hash        string        `json:"hash"`        // of the model file, which it names
	Fitted      time.Time     `json:"fitted"`      // when this fit ended
	People      int64         `json:"people"`      // whose consent to improvement stood then
	Items       int           `json:"items"`       // in the model
	Weights     int           `json:"weights"`     // in the model
	Columns     int           `json:"columns"`     // solved by this fit; the others were taken over unchanged
	Fits        uint64        `json:"fits"`        // so far
	Forgettings uint64        `json:"forgettings"` // times that something was taken out of the sums again: an erased person, a withdrawn consent, a "don't use this"
	Epoch       uint32        `json:"epoch"`       // of the parameters of contributions
	Numbered    uint32        `json:"numbered"`    // highest item number that all contributions know of
	Settings    linearSummary `json:"settings"`
}

// linearSummary is the part of the settings that decides the numbers.
type linearSummary struct {
	K        int     `json:"k"`
	Exponent float64 `json:"exponent"`
	Ridge    float64 `json:"ridge"`
	Dropout  float64 `json:"dropout"`
	Rank     float64 `json:"rank"`
	Support  uint32  `json:"support"`
	Explore  float64 `json:"explore"`
}

func summarise(s linear.Settings, exponent float64) linearSummary {
	return linearSummary{K: s.K, Exponent: exponent, Ridge: s.Ridge, Dropout: s.Dropout, Rank: s.Rank, Support: s.Support, Explore: s.Explore}
}

// ModelCard returns the card of the model in use; NotFound before the first fit.
func (e *Engine) ModelCard() (ModelCard, error) {
	card := e.card.Load()
	if card == nil || card.Hash == "" {
		return ModelCard{}, tactful.Errorf(tactful.NotFound, "there is no model yet")
	}
	return *card, nil
}

// nextCard writes the card for a result.
func (e *Engine) nextCard(r learn.Result, now time.Time) ModelCard {
	card := ModelCard{
		Hash: r.Model.Hash(), Fitted: now, People: e.school.people, Items: r.Model.Len(), Weights: r.Model.Edges(), Columns: r.Columns,
		Fits: 1, Forgettings: e.school.forgotten.Swap(0), Epoch: e.school.learner.Parameters().ID, Numbered: e.school.numbered,
		Settings: summarise(e.cfg.Learn.Settings(), e.cfg.Learn.UserExponent),
	}
	if last := e.card.Load(); last != nil {
		card.Fits += last.Fits
		card.Forgettings += last.Forgettings
	}
	return card
}

// The row that says which model is in use, with its card.
var (
	modelPartition = store.Partition{Section: store.Duties, ID: [16]byte{'m', 'o', 'd', 'e', 'l'}}
	modelKey       = []byte("current")
)

// nameModel makes a card the current one, durably.
func (e *Engine) nameModel(ctx context.Context, card ModelCard) error {
	plain, err := json.Marshal(card)
	if err != nil {
		return fmt.Errorf("name the model: %w", err)
	}
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: modelPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("name the model: %w", err)
		}
		sealed := e.vault.Tenant().Seal(nil, modelPartition, store.State, modelKey, plain)
		results, err := e.data.Write(ctx, []store.Batch{{Partition: modelPartition, Expect: answers[0].Version, State: []store.Row{{Key: modelKey, Value: sealed}}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("name the model: %w", err)
		}
		e.card.Store(&card)
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the current model is changing too fast")
}

// readCard reads the current card, nil before the first fit.
func (e *Engine) readCard(ctx context.Context) (*ModelCard, error) {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: modelPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return nil, fmt.Errorf("find the model: %w", err)
	}
	if len(answers[0].Rows) == 0 {
		return nil, nil
	}
	row := answers[0].Rows[0]
	plain, err := e.vault.Tenant().Open(nil, modelPartition, store.State, row.Key, row.Value)
	if err != nil {
		return nil, fmt.Errorf("find the model: %w", err)
	}
	card := new(ModelCard)
	if err := json.Unmarshal(plain, card); err != nil {
		return nil, fmt.Errorf("read the model's card: %w", err)
	}
	return card, nil
}
