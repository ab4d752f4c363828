package centre

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/rights"
)

// Picker decides, and keeps the record of what it decided.
type Picker interface {
	Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error)
	Receipt(ctx context.Context, id string) (*tactful.Receipt, error)
	Receipts(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error)
	Report(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error
	TakeBackReport(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error
}

// Permissions knows what people allowed.
type Permissions interface {
	Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error)
	SetConsents(ctx context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error)
	Notices(language string) []engine.Notice
	MayAsk(ctx context.Context, a tactful.Alias, region string) ([]tactful.Purpose, error)
	GPCStatus(c tactful.Consents, signalled bool) engine.GPCStatus
	HonourGPC(ctx context.Context, a tactful.Alias) error
}

// Memory knows what people did, as far as they allowed it.
type Memory interface {
	History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error)
	SetHistories(ctx context.Context, a tactful.Alias, said map[string]string) error
	Events(ctx context.Context, a tactful.Alias, limit int) ([]engine.PersonEvent, error)
	Forgets() time.Time
	WithdrawEvents(ctx context.Context, a tactful.Alias, which rights.Selection) (engine.Withdrawn, error)
}

// Interest knows what decisions would rest on, by topic.
type Interest interface {
	Interests(ctx context.Context, a tactful.Alias) (engine.Interests, error)
	SetInterest(ctx context.Context, a tactful.Alias, topic, word string, at time.Time) (engine.InterestChange, error)
}

// Wishes knows what people declared.
type Wishes interface {
	Preferences(ctx context.Context, a tactful.Alias) (tactful.Preferences, error)
	PatchPreferences(ctx context.Context, a tactful.Alias, patch tactful.PreferencesPatch) (engine.PreferencesChange, error)
	Declarable() *engine.Declarable
}

// Placing knows what is kept of where somebody is, and removes it.
type Placing interface {
	Whereabouts(ctx context.Context, a tactful.Alias) (engine.Located, error)
	Locate(ctx context.Context, a tactful.Alias, precision place.Precision, points []place.Point) (engine.Located, error)
}

// Switches are what people turn on beside their consents.
type Switches interface {
	Control(ctx context.Context, a tactful.Alias) (engine.Control, error)
	Pause(ctx context.Context, a tactful.Alias, until time.Time) error
	Restrict(ctx context.Context, a tactful.Alias) error
	Unrestrict(ctx context.Context, a tactful.Alias) error
	Object(ctx context.Context, a tactful.Alias) error
	Unobject(ctx context.Context, a tactful.Alias) error
	SetMinor(ctx context.Context, a tactful.Alias) error
}

// Office takes requests, and says who looked.
type Office interface {
	OpenRight(ctx context.Context, r engine.RightRequest) (engine.Right, error)
	Rights(ctx context.Context, a tactful.Alias) ([]engine.Right, error)
	TakeBackRight(ctx context.Context, a tactful.Alias, id string) (rights.Request, error)
	Looks(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Look, error)
	ConsentLog(ctx context.Context, a tactful.Alias, limit int) ([]engine.LedgerEntry, error)
	ConsentReceipt(ctx context.Context, a tactful.Alias, recordID string) ([]byte, error)
	ImportSubject(ctx context.Context, r engine.ImportRequest, file io.Reader) (engine.Imported, error)
	Export(ctx context.Context, r engine.ExportRequest, w io.Writer) error
	Erase(ctx context.Context, a tactful.Alias) (engine.ErasureReceipt, error)
	ErasureReceipt(ctx context.Context, id string) (engine.ErasureReceipt, error)
}

// Laboratory knows the tests of variants that somebody is in, and lets them leave.
type Laboratory interface {
	Tests(ctx context.Context, a tactful.Alias, language string) ([]engine.Test, error)
	LeaveTest(ctx context.Context, a tactful.Alias, name string) error
}

// Engine is what the centre asks of the engine; *engine.Engine is one. It has
// many parts since every right of a person has its page here
// (docs/ARCHITECTURE.md, the privacy centre).
type Engine interface {
	Picker
	Permissions
	Memory
	Interest
	Wishes
	Placing
	Switches
	Office
	Laboratory
	Item(id string) (tactful.Item, error)
	Categories() []engine.CategoryCount
}

var _ Engine = (*engine.Engine)(nil)

// Papers are the documents that are made from the live configuration.
type Papers interface {
	HowItWorks(language string) *datamap.Document
	Notice(language string) *datamap.Document
}

// Visitor is whose centre a request opens.
type Visitor struct {
	Alias  tactful.Alias // zero: nobody in particular
	Guest  bool          // nobody in particular, who may answer and choose all the same
	Level  tactful.Level // chosen by a guest
	SaidNo bool          // by a guest
	Maker  string        // id of the key whose link began the visit, "" for a session of the business's own

	Beginning *engine.Beginning // of a visit that began when nobody knew them; nil: no such visit
}

// Identity knows who sits before the page, and keeps what a guest says.
type Identity interface {
	Who(r *http.Request) Visitor
	// Join gives a guest a name of their own, once they said yes to something.
	Join(w http.ResponseWriter, r *http.Request) (tactful.Alias, error)
	// Note keeps a guest's level and no, without naming them.
	Note(w http.ResponseWriter, r *http.Request, v Visitor)
	// Leave ends it, here and wherever else it was begun: the next request is by nobody.
	Leave(w http.ResponseWriter, r *http.Request) error
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

// Options are what a centre is made from. Engine, Identity, Papers and Clock are needed.
type Options struct {
	Engine         Engine
	Identity       Identity
	Links          Redeemer // nil: nobody enters by a link; else Identity must be *Sessions
	Papers         Papers
	Clock          tactful.Clock
	Settings       config.Centre
	LanguageCookie string // shared with the business's pages; "" is the centre's own
	Shelf          Shelf
	Tell           Tell
	Log            *slog.Logger // nil: nothing is logged
}
