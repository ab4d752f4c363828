package engine

import (
	"context"

	"github.com/tactful/tactful"
)

// Engine is one running instance. Safe for concurrent use.
type Engine struct{}

// Ingest takes one delivery and says the fate of each event. The error is for
// deliveries that cannot be read at all; then nothing was stored.
func (e *Engine) Ingest(ctx context.Context, d Delivery) ([]Outcome, error) { return nil, errDraft }

// Decide answers a request with a list, its reasons and its receipt.
func (e *Engine) Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	return nil, errDraft
}

// Receipt returns the record of one decision; NotFound for unknown and malformed ids alike.
func (e *Engine) Receipt(ctx context.Context, id string) (*tactful.Receipt, error) {
	return nil, errDraft
}

// Receipts returns a subject's latest receipts, newest first.
func (e *Engine) Receipts(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error) {
	return nil, errDraft
}

// Report records what a person says about a decision (shown, clicked, dismissed, creepy, wrong).
func (e *Engine) Report(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error {
	return errDraft
}

// Consents returns a subject's standing; the zero Consents if nobody is known by that name.
func (e *Engine) Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error) {
	return tactful.Consents{}, errDraft
}

// SetConsents records what a person said and returns the new standing.
func (e *Engine) SetConsents(ctx context.Context, a tactful.Alias, c ConsentChange) (tactful.Consents, error) {
	return tactful.Consents{}, errDraft
}

// Notices returns the current purpose texts in the best matching language.
func (e *Engine) Notices(language string) []Notice { return nil }

// History returns what a person did, newest first, one entry per item.
func (e *Engine) History(ctx context.Context, a tactful.Alias, limit int) ([]HistoryEntry, error) {
	return nil, errDraft
}

// SetHistory records what a person says about an item of their history: "none", "unused", "gift" or "wrong".
func (e *Engine) SetHistory(ctx context.Context, a tactful.Alias, item, setting string) error {
	return errDraft
}

// PutItems lists or changes items; all or none.
func (e *Engine) PutItems(ctx context.Context, items []tactful.Item) error { return errDraft }

// DeleteItem takes an item off the list; NotFound if it is not there.
func (e *Engine) DeleteItem(ctx context.Context, id string) error { return errDraft }

// Item returns a listed item.
func (e *Engine) Item(id string) (tactful.Item, error) { return tactful.Item{}, errDraft }

// Items pages through the listed items in order of number; after is the last id seen, "" to begin.
func (e *Engine) Items(after string, limit int) ([]tactful.Item, error) { return nil, errDraft }

// Categories returns the top-level categories with their number of items, by name.
func (e *Engine) Categories() []CategoryCount { return nil }

// InCategory returns the items of a category, by number.
func (e *Engine) InCategory(name string, limit int) []tactful.Item { return nil }

// CategoryCount is a category and how many items it lists.
type CategoryCount struct {
	Name  string
	Items int
}

// Train fits the model from the present data and puts it to use.
func (e *Engine) Train(ctx context.Context, progress func(stage string, done, total int)) (TrainReport, error) {
	return TrainReport{}, errDraft
}

// Erase forgets a subject: unlearn, purge, shred.
func (e *Engine) Erase(ctx context.Context, a tactful.Alias) error { return errDraft }

// Health reports readiness.
func (e *Engine) Health() Health { return Health{} }

// Tally returns the counters since the start.
func (e *Engine) Tally() Tally { return Tally{} }

// Diagnose looks at all subjects and says what bounds personalization.
func (e *Engine) Diagnose(ctx context.Context) (Diagnosis, error) { return Diagnosis{}, errDraft }

// Close stops background work, waits for it and closes the stores.
func (e *Engine) Close(ctx context.Context) error { return nil }

var errDraft = tactful.Errorf(tactful.Unavailable, "not built yet")
