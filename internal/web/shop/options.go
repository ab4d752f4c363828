package shop

import (
	"context"
	"html/template"
	"io"
	"log/slog"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Picker decides.
type Picker interface {
	Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error)
	Offer(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error)
}

// Permissions knows what people allowed.
type Permissions interface {
	Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error)
	SetConsents(ctx context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error)
}

// Memory knows what people did, as far as they allowed it.
type Memory interface {
	Ingest(ctx context.Context, d engine.Delivery) ([]engine.Outcome, error)
	History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error)
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

// Ask is the privacy centre's question for whoever a request is by, as part of
// a page; "" when it may not be put. The answer leads back to the given path.
type Ask func(r *http.Request, back string) (template.HTML, error)

// Options are what a shop is made from. All but Ask and Log are needed.
type Options struct {
	Engine  Engine
	Clock   tactful.Clock
	Entropy io.Reader // for visitor and message ids
	People  []Person
	Ask     Ask          // nil: nobody is asked here
	Log     *slog.Logger // nil: nothing is logged
}
