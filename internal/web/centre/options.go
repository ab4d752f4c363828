package centre

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
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
	History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error)
	SetHistory(ctx context.Context, a tactful.Alias, item, setting string) error
}

// Forgetter erases a person.
type Forgetter interface {
	Erase(ctx context.Context, a tactful.Alias) error
}

// Engine is what the centre asks of the engine; *engine.Engine is one.
type Engine interface {
	Picker
	Permissions
	Memory
	Forgetter
	Item(id string) (tactful.Item, error)
}

var _ Engine = (*engine.Engine)(nil)

// Visitor is whose centre a request opens.
type Visitor struct {
	Alias  tactful.Alias // zero: nobody in particular
	Guest  bool          // nobody in particular, who may answer and choose all the same
	Level  tactful.Level // chosen by a guest
	SaidNo bool          // by a guest
}

// Identity knows who sits before the page, and keeps what a guest says.
type Identity interface {
	Who(r *http.Request) Visitor
	// Join gives a guest a name of their own, once they said yes to something.
	Join(w http.ResponseWriter, r *http.Request) (tactful.Alias, error)
	// Note keeps a guest's level and no, without naming them.
	Note(w http.ResponseWriter, r *http.Request, v Visitor)
	// Leave ends it: the next request is by nobody.
	Leave(w http.ResponseWriter, r *http.Request)
}

// Shelf draws and links items where the business's own pages can; nil
// functions leave pictures or links out. Pictures must be of the same origin:
// another would learn what somebody looks at.
type Shelf struct {
	Picture, Page func(it tactful.Item) string
}

// Tell leaves a message for a page of the business to which somebody returns
// from a form of the centre that stood there.
type Tell func(w http.ResponseWriter, r *http.Request, key, item string)

// Options are what a centre is made from. Engine, Identity and Clock are needed.
type Options struct {
	Engine         Engine
	Identity       Identity
	Clock          tactful.Clock
	Settings       config.Centre
	LanguageCookie string // shared with the business's pages; "" is the centre's own
	Shelf          Shelf
	Tell           Tell
	Log            *slog.Logger // nil: nothing is logged
}
