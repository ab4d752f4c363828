package shop

import (
	"context"
	"io"
	"log/slog"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Picker decides, and keeps the record of what it decided.
type Picker interface {
	Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error)
	Receipt(ctx context.Context, id string) (*tactful.Receipt, error)
	Receipts(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error)
	Report(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error
}

// Permissions knows what people allowed.
type Permissions interface {
	Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error)
	SetConsents(ctx context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error)
	Notices(language string) []engine.Notice
}

// Memory knows what people did, as far as they allowed it.
type Memory interface {
	Ingest(ctx context.Context, d engine.Delivery) ([]engine.Outcome, error)
	History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error)
	SetHistory(ctx context.Context, a tactful.Alias, item, setting string) error
}

// Shelves knows what there is to sell.
type Shelves interface {
	Item(id string) (tactful.Item, error)
	Categories() []engine.CategoryCount
	InCategory(name string, limit int) []tactful.Item
}

// Engine is what the shop asks of the engine; *engine.Engine is one.
type Engine interface {
	Picker
	Permissions
	Memory
	Shelves
}

var _ Engine = (*engine.Engine)(nil)

// Person is a customer of the data whose eyes a visitor can borrow. They have
// a number and no name.
type Person struct {
	Number string
	Alias  tactful.Alias
	Taste  string // the category that sets them apart
}

// Options are what a shop is made from. All but Log are needed.
type Options struct {
	Engine  Engine
	Clock   tactful.Clock
	Entropy io.Reader // for visitor and message ids
	People  []Person
	Log     *slog.Logger // nil: nothing is logged
}
