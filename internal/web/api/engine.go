package api

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/panel"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/report"
)

// Engine is what the door asks of the engine; *engine.Engine is one.
type Engine interface {
	Offers
	Deliveries
	Events
	Catalogue
	Decisions
	Subjects
	Erasures
	Rights
	Operation
	Policies
	Labels
	Reports
	Experiments
}

// Experiments registers what is tested on those who agreed, and tells what came of it.
type Experiments interface {
	RegisterExperiments(ctx context.Context, file []byte, why string) (engine.CheckedExperiments, error)
	ApproveExperiment(ctx context.Context, name, why string) (experiment.Trial, error)
	StartExperiment(ctx context.Context, name, why string) (experiment.Trial, error)
	StopExperiment(ctx context.Context, name, why string) (experiment.Trial, error)
	AllExperiments() ([]experiment.Trial, []engine.ServedFlag, error)
	Experiment(name string) (experiment.Trial, error)
}

// Reports answers for numbers about crowds.
type Reports interface {
	Locate(ctx context.Context, a tactful.Alias, precision place.Precision, points []place.Point) (engine.Located, error)
	Reports(ctx context.Context) ([]engine.ReportState, error)
	PublicLists(ctx context.Context) (*report.Edition, error)
	PublicList(ctx context.Context, item string) (*report.Edition, []*tactful.Item, error)
	PublishLists(ctx context.Context) (*report.Edition, error)
	AskReport(ctx context.Context, q report.Question) (*report.Answer, error)
	MeasurePanel(ctx context.Context) (*panel.Measures, error)
}

// Offers decides on offers, and keeps the campaigns that came by the API.
type Offers interface {
	Offer(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error)
	PlanOffers(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferPlan, error)
	ReleaseOffers(ctx context.Context, id string) error
	ListCampaigns(ctx context.Context) ([]engine.CampaignInfo, error)
	PutCampaign(ctx context.Context, id string, text []byte, confirm string) (*engine.CampaignChange, error)
	DeleteCampaign(ctx context.Context, id string) error
	CampaignLog(ctx context.Context, limit int) ([]engine.CampaignEntry, error)
	CampaignWorth(ctx context.Context, id string) (*engine.Worth, error)
}

// Deliveries hands messages to the tools that send them.
type Deliveries interface {
	DeliverOffer(ctx context.Context, r *tactful.OfferRequest) (*tactful.Delivery, error)
	Delivery(ctx context.Context, id string) (*tactful.Delivery, error)
}

// Labels answers for the classes of items.
type Labels interface {
	LabelClasses() ([]engine.LabelClass, error)
	Labels(ctx context.Context, q engine.LabelQuery) ([]engine.ItemLabel, string, error)
	ItemLabels(id string) ([]engine.ItemLabel, error)
	DecideLabel(ctx context.Context, d engine.LabelDecision) (engine.ItemLabel, error)
}

// Policies answers for the business's own rules.
type Policies interface {
	Rules() []policy.Rule
	PolicyLog(ctx context.Context, limit int) ([]engine.PolicyChange, error)
	Explain(ctx context.Context, q *engine.Question) (*engine.Answer, error)
	Verdicts(ctx context.Context, id, language string) (*engine.Verdicts, error)
	DiffPolicy(ctx context.Context, rules []policy.Rule, since time.Duration) (*engine.PolicyDiff, error)
}

// Events takes deliveries.
type Events interface {
	Ingest(ctx context.Context, d engine.Delivery) ([]engine.Outcome, error)
}

// Catalogue keeps the items.
type Catalogue interface {
	PutItems(ctx context.Context, items []tactful.Item) error
	DeleteItem(ctx context.Context, id string) error
	Item(id string) (tactful.Item, error)
	Items(after string, limit int) ([]tactful.Item, error)
}

// Decisions decides and keeps the receipts.
type Decisions interface {
	Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error)
	Receipt(ctx context.Context, id string) (*tactful.Receipt, error)
	Report(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error
}

// Subjects answers for one person.
type Subjects interface {
	Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error)
	SetConsents(ctx context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error)
	MayAsk(ctx context.Context, a tactful.Alias, region string) ([]tactful.Purpose, error)
	HonourGPC(ctx context.Context, a tactful.Alias) error
	HearGPC(ctx context.Context, a tactful.Alias) error
	GPCStatus(c tactful.Consents, signalled bool) engine.GPCStatus
	ConsentLog(ctx context.Context, a tactful.Alias, limit int) ([]engine.LedgerEntry, error)
	ConsentReceiptAs(ctx context.Context, a tactful.Alias, recordID string, form engine.ReceiptForm) ([]byte, error)
	ProveConsent(ctx context.Context, a tactful.Alias, recordID string) (engine.ConsentProof, error)
	History(ctx context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error)
	SetHistory(ctx context.Context, a tactful.Alias, item, setting string) error
	Receipts(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error)
	Looks(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Look, error)
	Preferences(ctx context.Context, a tactful.Alias) (tactful.Preferences, error)
	SetPreferences(ctx context.Context, a tactful.Alias, p tactful.Preferences) (engine.PreferencesChange, error)
	PatchPreferences(ctx context.Context, a tactful.Alias, patch tactful.PreferencesPatch) (engine.PreferencesChange, error)
	Declarable() *engine.Declarable
	Interests(ctx context.Context, a tactful.Alias) (engine.Interests, error)
	Forgets() time.Time
	SetInterest(ctx context.Context, a tactful.Alias, topic, setting string, at time.Time) (engine.InterestChange, error)
	SetMinor(ctx context.Context, a tactful.Alias) error
	SetAdult(ctx context.Context, a tactful.Alias) error
	Merge(ctx context.Context, into, other tactful.Alias) (engine.Joined, error)
	LookRefused()
	SetPanel(ctx context.Context, a tactful.Alias, attribute, value string) error
	RemovePanel(ctx context.Context, a tactful.Alias, attribute string) error
}

// Erasures forgets people and keeps the receipts of it.
type Erasures interface {
	Erase(ctx context.Context, a tactful.Alias) (engine.ErasureReceipt, error)
	ErasureReceipt(ctx context.Context, id string) (engine.ErasureReceipt, error)
	ErasureReceipts(ctx context.Context, limit int) ([]engine.ErasureReceipt, error)
	ToldByHand(ctx context.Context, id, recipient string) (engine.ErasureReceipt, error)
	UntoldChanges(ctx context.Context) ([]engine.Untold, error)
	ToldOfChange(ctx context.Context, id, recipient string) error
	SetRecipientID(ctx context.Context, a tactful.Alias, recipient, id string) error
	PublicKey() ed25519.PublicKey
}

// Operation is for the operator.
type Operation interface {
	Notices(language string) []engine.Notice
	Train(ctx context.Context, progress func(stage string, done, total int)) (engine.TrainReport, error)
	Diagnose(ctx context.Context) (engine.Diagnosis, error)
	ModelCard() (engine.ModelCard, error)
	Newcomers(ctx context.Context) (engine.Arrivals, error)
	ReleaseNewcomers(ctx context.Context, source string) (int, error)
	ConfigLog(ctx context.Context, limit int) ([]engine.ConfigChange, error)
	LedgerHead(ctx context.Context) (engine.LedgerHead, error)
	VerifyLedger(ctx context.Context, kept string, progress func(stage string, done, total int)) (engine.LedgerReport, error)
	Backup(ctx context.Context, dir string, progress func(stage string, done, total int)) (engine.Backup, error)
	BackupKeys(ctx context.Context, dir string, progress func(stage string, done, total int)) (engine.Backup, error)
	BreachPart(ctx context.Context, key string, since time.Time, part int, each func(engine.Affected) error) (engine.Breach, error)
	CheckBreach(ctx context.Context, key string, since time.Time, ids []tactful.Alias) ([]engine.Affected, error)
}

var _ Engine = (*engine.Engine)(nil)
