package api

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	document "github.com/tactful/tactful/api"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/panel"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/web/door"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fakeEngine answers from memory and remembers what it was asked.
type fakeEngine struct {
	offers    []*tactful.OfferRequest
	put       string          // the last campaign
	reported  report.Question // the last question about a crowd
	mu        sync.Mutex
	err       error // what every call returns, if set
	decisions []*tactful.Request
	delivered []engine.Delivery
	items     []tactful.Item
	alias     tactful.Alias
	change    engine.ConsentChange
	feedback  tactful.Feedback
	setting   string
	region    string
	honoured  []tactful.Alias
	heard     []tactful.Alias // from a page
	declared  tactful.Preferences
	actor     tactful.Actor
	erased    int
	asked     engine.RightRequest
	withdrew  rights.Selection
	corrected rights.Correction
	question  *engine.Question
	hold      chan struct{} // Decide waits for it, if set
	entered   chan struct{}
	panics    bool
}

func (f *fakeEngine) Ingest(_ context.Context, d engine.Delivery) ([]engine.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delivered = append(f.delivered, d)
	if f.err != nil {
		return nil, f.err
	}
	var body struct{ Events []json.RawMessage }
	if err := json.Unmarshal(d.Body, &body); err != nil || len(body.Events) == 0 {
		return nil, tactful.InvalidField("events", "cannot be read", "send a list of events")
	}
	var all []engine.Outcome
	for i := range body.Events {
		all = append(all, engine.Outcome{Index: i, MessageID: "m", Status: engine.OutcomeStatus(i % 4), Reason: "no_record"})
	}
	return all, nil
}

func (f *fakeEngine) PutItems(_ context.Context, items []tactful.Item) error {
	if f.err == nil {
		f.items = append(f.items, items...)
	}
	return f.err
}
func (f *fakeEngine) DeleteItem(_ context.Context, id string) error { _, err := f.Item(id); return err }
func (f *fakeEngine) Item(id string) (tactful.Item, error) {
	if f.err != nil {
		return tactful.Item{}, f.err
	}
	for _, it := range f.items {
		if it.ID == id {
			return it, nil
		}
	}
	return tactful.Item{}, tactful.Errorf(tactful.NotFound, "no such item")
}
func (f *fakeEngine) Items(after string, limit int) ([]tactful.Item, error) {
	if f.err != nil {
		return nil, f.err
	}
	from := 0
	for i, it := range f.items {
		if it.ID == after {
			from = i + 1
		}
	}
	return f.items[from:min(len(f.items), from+limit)], nil
}

func (f *fakeEngine) Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	if f.panics {
		panic("the engine broke about u1")
	}
	if f.hold != nil {
		f.entered <- struct{}{}
		select {
		case <-f.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decisions = append(f.decisions, r)
	if f.err != nil {
		return nil, f.err
	}
	return aDecision(r, r.Count), nil
}

func aDecision(r *tactful.Request, count int) *tactful.Decision {
	d := &tactful.Decision{ID: "r-1", Time: noon, Placement: r.Placement, Level: tactful.Context, GPC: r.GPC,
		Withheld: []tactful.Withheld{{Guard: "purchased", Count: 3, Items: []string{"secret"}}}, Note: "Fewer than asked."}
	for range count {
		d.Suggestions = append(d.Suggestions, tactful.Suggestion{
			Item: tactful.Item{ID: "85123A", Title: "WHITE HANGING HEART T-LIGHT HOLDER", URL: "/p/85123A", Image: "/i/85123A.svg",
				Categories: []string{"Home", "Candles"}, Price: 295, Currency: "GBP", Availability: tactful.InStock, Labels: []string{"internal"}},
			Score: 0.123456789, Origin: tactful.Ranked,
			Reason: tactful.Reason{Key: "because.purchased", Sentence: "Because you bought \u201cWHITE METAL LANTERN\u201d & others.", Language: "en", Items: []string{"71053"}, Share: 0.625},
		})
	}
	return d
}

func (f *fakeEngine) Receipt(_ context.Context, id string) (*tactful.Receipt, error) {
	if f.err != nil {
		return nil, f.err
	}
	if id != "r-1" {
		return nil, tactful.Errorf(tactful.NotFound, "no such receipt")
	}
	return &tactful.Receipt{ID: id, Time: noon, Placement: tactful.ForYou, Level: tactful.Personal, ModelVersion: "m", PolicyVersion: "p", ConsentID: "c",
		Evidence: []tactful.Used{{Item: "71053", Action: tactful.Purchased, Provenance: tactful.Observed, Day: noon, Share: 1}},
		Shown:    []tactful.Shown{{Item: "85123A", Score: 0.5, Origin: tactful.Ranked, Reason: tactful.Reason{Key: "k", Sentence: "s", Language: "en"}}},
		Withheld: []tactful.Withheld{{Guard: "fresh", Count: 1, Items: []string{"x"}}},
		Feedback: []tactful.Feedback{{Kind: tactful.FeedbackCreepy, Time: noon}}}, nil
}
func (f *fakeEngine) Report(_ context.Context, id string, kind tactful.FeedbackKind, item string) error {
	f.feedback = tactful.Feedback{Kind: kind, Item: item}
	if id == "unknown" {
		return tactful.Errorf(tactful.NotFound, "no such decision")
	}
	return f.err
}
func (f *fakeEngine) Consents(_ context.Context, a tactful.Alias) (tactful.Consents, error) {
	f.alias = a
	return tactful.Consents{Level: tactful.Personal, GPC: true, Purposes: map[tactful.Purpose]tactful.Consent{
		tactful.Recommendations: {ID: "c1", Answer: tactful.Granted, Method: "form", Time: noon},
		tactful.Offers:          {},
	}}, f.err
}
func (f *fakeEngine) SetConsents(_ context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error) {
	f.alias, f.change = a, c
	return tactful.Consents{}, f.err
}
func (f *fakeEngine) MayAsk(_ context.Context, a tactful.Alias, region string) ([]tactful.Purpose, error) {
	f.alias, f.region = a, region
	return []tactful.Purpose{tactful.Improvement}, f.err
}
func (f *fakeEngine) HonourGPC(_ context.Context, a tactful.Alias) error {
	f.honoured = append(f.honoured, a)
	return f.err
}
func (f *fakeEngine) HearGPC(_ context.Context, a tactful.Alias) error {
	f.heard = append(f.heard, a)
	return f.err
}
func (f *fakeEngine) GPCStatus(c tactful.Consents, signalled bool) engine.GPCStatus {
	s := engine.GPCStatus{Honoured: signalled || c.GPC, Kept: c.GPC}
	if s.Honoured {
		s.Stops = []tactful.Purpose{tactful.Offers}
	}
	return s
}
func (f *fakeEngine) ConsentLog(_ context.Context, a tactful.Alias, limit int) ([]engine.LedgerEntry, error) {
	f.alias = a
	record := tactful.Consent{ID: "c1", Purpose: tactful.Recommendations, Answer: tactful.Granted, Method: "form", Time: noon, Expires: noon.Add(time.Hour)}
	return []engine.LedgerEntry{{Consent: record, Index: 7, Leaf: strings.Repeat("b", 64)}, {Consent: record, Index: -1, Leaf: strings.Repeat("c", 64)}}, f.err
}
func (f *fakeEngine) ConsentReceiptAs(_ context.Context, a tactful.Alias, id string, form engine.ReceiptForm) ([]byte, error) {
	f.alias, f.setting = a, id+" as "+string(form)
	return []byte("{\"@type\":\"dpv:ConsentRecord\"}\n"), f.err
}
func (f *fakeEngine) ProveConsent(_ context.Context, a tactful.Alias, id string) (engine.ConsentProof, error) {
	f.alias = a
	return engine.ConsentProof{Kind: engine.ProofKind, PublicKey: "k", Head: "h", Path: []string{"p"}, Nonce: "n", Record: "r",
		Says: engine.ConsentRecord{ID: id, Purpose: "recommendations", Answer: "granted", Time: noon}}, f.err
}
func (f *fakeEngine) LedgerHead(context.Context) (engine.LedgerHead, error) {
	return engine.LedgerHead{Size: 3, Root: strings.Repeat("d", 64), Time: noon, Signed: "head", PublicKey: "key"}, f.err
}
func (f *fakeEngine) VerifyLedger(_ context.Context, kept string, _ func(string, int, int)) (engine.LedgerReport, error) {
	f.setting = kept
	return engine.LedgerReport{Heads: 2, Records: 3, Faults: []string{"a leaf is missing"}, Losses: []engine.LedgerLoss{{Time: noon, Size: 9, Reason: "disk"}}}, f.err
}
func (f *fakeEngine) Backup(_ context.Context, dir string, _ func(string, int, int)) (engine.Backup, error) {
	f.setting = dir
	return engine.Backup{Kind: "data", Made: noon, DeleteBy: noon, Files: 3, Bytes: 9}, f.err
}
func (f *fakeEngine) BackupKeys(_ context.Context, dir string, _ func(string, int, int)) (engine.Backup, error) {
	f.setting = dir
	return engine.Backup{Kind: "keys", Made: noon, DeleteBy: noon, Files: 3, Bytes: 9}, f.err
}
func (f *fakeEngine) History(_ context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error) {
	f.alias = a
	return []engine.HistoryEntry{{Item: tactful.Item{ID: "71053", Title: "LANTERN"}, Action: tactful.Purchased, Source: "import", Day: noon, Setting: "none"}}, f.err
}
func (f *fakeEngine) SetHistory(_ context.Context, a tactful.Alias, item, setting string) error {
	f.alias, f.setting = a, item+"="+setting
	return f.err
}
func (f *fakeEngine) Preferences(_ context.Context, a tactful.Alias) (tactful.Preferences, error) {
	f.alias = a
	return f.declared, f.err
}
func (f *fakeEngine) SetPreferences(ctx context.Context, a tactful.Alias, p tactful.Preferences) (engine.PreferencesChange, error) {
	f.alias, f.actor = a, tactful.ActorOf(ctx)
	change := engine.PreferencesChange{Before: f.declared, After: p}
	f.declared = p
	return change, f.err
}
func (f *fakeEngine) PatchPreferences(ctx context.Context, a tactful.Alias, patch tactful.PreferencesPatch) (engine.PreferencesChange, error) {
	f.alias, f.actor = a, tactful.ActorOf(ctx)
	change := engine.PreferencesChange{Before: f.declared}
	change.After, change.Undo = f.declared.Patched(&patch)
	f.declared = change.After
	return change, f.err
}
func (f *fakeEngine) Declarable() *engine.Declarable {
	return &engine.Declarable{
		Needs:     []engine.Need{{Name: "diet", Values: map[string][]string{"vegan": {"vegan"}}}, {Name: "size.shoes"}},
		Occasions: []engine.Occasion{{Name: "easter"}},
	}
}
func (f *fakeEngine) Interests(_ context.Context, a tactful.Alias) (engine.Interests, error) {
	f.alias = a
	piece := engine.InterestPiece{Item: tactful.Item{ID: "71053", Title: "LANTERN"}, Action: tactful.Purchased, Day: noon, Share: 0.5, Setting: "none"}
	return engine.Interests{Used: true, List: []engine.Interest{{Topic: "Home", Share: 0.5, Wish: tactful.WishMore, Pieces: []engine.InterestPiece{piece}, Further: 2,
		Parts: []engine.Interest{{Topic: "Home/Light", Share: 0.5}}}}}, f.err
}
func (f *fakeEngine) SetInterest(_ context.Context, a tactful.Alias, topic, setting string, at time.Time) (engine.InterestChange, error) {
	f.alias, f.setting = a, topic+"="+setting
	return engine.InterestChange{Items: 3, At: noon}, f.err
}
func (f *fakeEngine) SetPanel(_ context.Context, a tactful.Alias, attribute, value string) error {
	f.alias, f.setting = a, attribute+"="+value
	return f.err
}
func (f *fakeEngine) RemovePanel(_ context.Context, a tactful.Alias, attribute string) error {
	f.alias, f.setting = a, attribute+" taken back"
	return f.err
}
func (f *fakeEngine) Receipts(_ context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error) {
	f.alias = a
	r, err := f.Receipt(context.Background(), "r-1")
	if err != nil {
		return nil, err
	}
	return []tactful.Receipt{*r}, nil
}
func (f *fakeEngine) LookRefused() {}
func (f *fakeEngine) Looks(_ context.Context, a tactful.Alias, limit int) ([]tactful.Look, error) {
	f.alias = a
	return []tactful.Look{
		{Time: noon, Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "she asked <b>by phone</b>", Opened: tactful.OpenedHistory | tactful.OpenedReceipts},
		{Time: noon.Truncate(24 * time.Hour), Kind: tactful.ActorService, Name: "our website", Opened: tactful.OpenedConsents},
	}, f.err
}
func (f *fakeEngine) Erase(_ context.Context, a tactful.Alias) (engine.ErasureReceipt, error) {
	f.alias = a
	f.erased++
	if a.ID == "flood" && f.err == nil {
		return engine.ErasureReceipt{}, &engine.Held{Request: engine.Queued{ID: "0a1b", Request: aRequest()}, Cause: tactful.Errorf(tactful.Refused, "too many")}
	}
	return aReceipt(), f.err
}
func (f *fakeEngine) ErasureReceipt(context.Context, string) (engine.ErasureReceipt, error) {
	return aReceipt(), f.err
}
func (f *fakeEngine) ErasureReceipts(context.Context, int) ([]engine.ErasureReceipt, error) {
	return []engine.ErasureReceipt{aReceipt(), aReceipt()}, f.err
}
func (f *fakeEngine) UntoldChanges(context.Context) ([]engine.Untold, error) {
	return []engine.Untold{{ID: strings.Repeat("a", 32), What: "corrected", Time: noon, Recipients: []engine.UntoldRecipient{{Name: "mailer", Subject: "their-4711", Trouble: "not reached"}}}}, f.err
}
func (f *fakeEngine) ToldOfChange(context.Context, string, string) error { return f.err }
func (f *fakeEngine) ToldByHand(context.Context, string, string) (engine.ErasureReceipt, error) {
	return aReceipt(), f.err
}
func (f *fakeEngine) SetRecipientID(_ context.Context, a tactful.Alias, recipient, id string) error {
	f.alias, f.setting = a, recipient+"="+id
	return f.err
}
func (f *fakeEngine) PublicKey() ed25519.PublicKey {
	return make(ed25519.PublicKey, ed25519.PublicKeySize)
}

// aReceipt is a receipt with something in every field.
func aReceipt() engine.ErasureReceipt {
	r := engine.ErasureReceipt{
		Kind: "tactful.erasure/1", ID: strings.Repeat("0a", 16), Controller: "this shop", State: "done", Asked: noon, By: engine.ErasureActor{Kind: "person", Name: "n"},
		Finished: noon, Changed: noon, Steps: []engine.ErasureStep{{Step: "freeze", Time: noon, Count: 1, What: "stopped"}},
		Recipients: []engine.ErasureRecipient{{Name: "mailer", Received: "event", State: "told", Known: true, Told: noon, Tries: 1, Trouble: "t"}},
		Remains:    []engine.ErasureRemains{{What: "tombstone", Why: "because", Hashes: []string{"00"}, Until: noon}},
	}
	plain, _ := json.Marshal(r)
	r.Signed, _ = json.Marshal(engine.SignedErasure{Receipt: plain, PublicKey: "AA==", Signature: "AA=="})
	return r
}
func (f *fakeEngine) Notices(string) []engine.Notice {
	return []engine.Notice{{Purpose: tactful.Recommendations, Version: "1", Language: "en", Text: "We would like to ...", Hash: strings.Repeat("a", 64)}}
}
func (f *fakeEngine) Train(context.Context, func(string, int, int)) (engine.TrainReport, error) {
	return engine.TrainReport{People: 3, Items: 2, Hash: "h", Took: time.Second,
		Blind: []engine.Blindness{{Attribute: "gender", Values: [2]string{"m", "f"}}}, PanelFit: time.Second}, f.err
}
func (f *fakeEngine) Diagnose(context.Context) (engine.Diagnosis, error) {
	return engine.Diagnosis{Subjects: 2, Because: map[string]int{"no_record": 2}, Refusals: map[string]uint64{"no_record": 5}}, f.err
}

func (f *fakeEngine) SetMinor(_ context.Context, a tactful.Alias) error { f.alias = a; return f.err }
func (f *fakeEngine) Merge(_ context.Context, into, _ tactful.Alias) (engine.Joined, error) {
	f.alias = into
	return engine.Joined{Time: noon, Events: 3, Showings: 2, Receipts: 1, Consents: 2}, f.err
}
func (f *fakeEngine) SetAdult(_ context.Context, a tactful.Alias) error { f.alias = a; return f.err }

func (f *fakeEngine) Explain(_ context.Context, q *engine.Question) (*engine.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.question = q
	e := engine.Explanation{Level: tactful.Personal, Because: "allowed", Model: "h", Policy: "none",
		Evidence:   []engine.Ground{{Item: "b", Action: tactful.Purchased, Provenance: tactful.Observed, Day: noon, Weight: 1}},
		Candidates: []engine.Explained{{Item: "a", Title: "A", Origin: tactful.Ranked, Score: 1, Place: 1, Sentence: "You bought b."}, {Item: "c", Title: "C", Origin: tactful.Ranked, Guard: "policy", Sentence: "Left out.", Detail: "rule x", Verdicts: []engine.Judged{{Guard: "policy", Ruling: "withhold", Detail: "rule x"}}}}}
	answer := &engine.Answer{Now: e}
	if q.WhatIf != nil {
		answer.WhatIf = &e
	}
	return answer, f.err
}

func (f *fakeEngine) Verdicts(_ context.Context, id, _ string) (*engine.Verdicts, error) {
	return &engine.Verdicts{ID: id, Time: noon, Placement: tactful.ForYou, Level: tactful.Personal, Policy: "p", Kept: true, Guards: []string{"policy"}, Count: 1,
		Candidates: []engine.Verdicted{{Item: "c", Title: "C", Guard: "policy", Sentence: "Left out.", Verdicts: []engine.Judged{{Guard: "policy", Ruling: "withhold", Detail: "rule x"}}}}}, f.err
}

func (f *fakeEngine) Rules() []policy.Rule {
	return []policy.Rule{{Name: "a", When: "item.price > 1", Then: policy.Refuse, Why: "w"}}
}

func (f *fakeEngine) PolicyLog(context.Context, int) ([]engine.PolicyChange, error) {
	return []engine.PolicyChange{{No: 1, Time: noon, By: "Ada B.", Why: "the season is over", Version: "v", Added: []string{"a"}, Rules: f.Rules()}}, f.err
}

func (f *fakeEngine) DiffPolicy(_ context.Context, rules []policy.Rule, since time.Duration) (*engine.PolicyDiff, error) {
	return &engine.PolicyDiff{From: noon.Add(-since), To: noon, Version: "v", Next: "w", Lists: 2, Rules: []engine.RuleDiff{{Rule: rules[0].Name, Then: rules[0].Then, Refused: 1}}}, f.err
}

func (f *fakeEngine) LabelClasses() ([]engine.LabelClass, error) {
	return []engine.LabelClass{{Name: "health", Kind: label.Sensitive, Special: true, Asked: true, Items: 3}, {Name: "hate", Kind: label.Harm, Policy: "never"}}, f.err
}

func (f *fakeEngine) Reports(context.Context) ([]engine.ReportState, error) {
	one, err := report.ByName(report.Popular)
	return []engine.ReportState{{Family: one, Groups: 20, Budget: 17_600_000, Each: 4_400_000, Answers: 4, Renews: noon, Epsilon: 1, Delta: 1e-6}}, errors.Join(err, f.err)
}

func (f *fakeEngine) Locate(_ context.Context, a tactful.Alias, p place.Precision, points []place.Point) (engine.Located, error) {
	f.alias = a
	return engine.Located{Precision: p, Cell: "47a84c", Hour: noon, Until: noon}, f.err
}

func (f *fakeEngine) MeasurePanel(context.Context) (*panel.Measures, error) {
	return &panel.Measures{Month: "2026-11", Given: noon, Epsilon: 3, Delta: 1e-6, Comparisons: []panel.Comparison{{Attribute: "gender", Values: [2]string{"f", "m"}, People: [2]int64{210, 190}, Categories: 7,
		Mean: panel.Estimate{Value: -0.01, Give: 0.02}, Worst: panel.Shift{Category: "Toys", Estimate: panel.Estimate{Value: 0.01, Give: 0.09}}, Served: panel.Estimate{Value: 0.97, Give: 0.1}, Worse: "f",
		Exposure: []panel.Exposure{{Of: "f", Group: "seller=a", Least: 0.4, Estimate: panel.Estimate{Value: 0.45, Give: 0.05}}}, Beyond: []string{"served"}}}}, f.err
}

func anEdition() *report.Edition {
	return &report.Edition{Given: noon, Next: noon.AddDate(0, 0, 7), Until: noon.AddDate(0, 0, 14), Least: 100, Deviation: 3, Margin: 12, Groups: 50, Cost: 70_833_333_334, Items: []string{"a/b", "c"}, Lists: [][]int32{{1}, {0}}}
}

func (f *fakeEngine) PublicLists(context.Context) (*report.Edition, error) { return anEdition(), f.err }

func (f *fakeEngine) PublicList(_ context.Context, item string) (*report.Edition, []*tactful.Item, error) {
	if f.err == nil && item != "a/b" {
		return nil, nil, tactful.Errorf(tactful.NotFound, "this item has no public list")
	}
	return anEdition(), []*tactful.Item{{ID: "c", Title: "C"}}, f.err
}

func (f *fakeEngine) PublishLists(context.Context) (*report.Edition, error) {
	return anEdition(), f.err
}

func (f *fakeEngine) AskReport(_ context.Context, q report.Question) (*report.Answer, error) {
	f.reported = q
	return &report.Answer{Report: q.Report, Title: "T", Counts: "people", Unit: report.Unit, Groups: 20, From: "2026-10-27", Until: "2026-11-26", Given: noon, Epsilon: .5, Delta: 1e-6, Rho: .0044,
		Margin: 40, Rows: []report.Row{{Name: "a/b", Title: "=T", People: 120}}, Cost: 4_400_000}, f.err
}

func aLabel() engine.ItemLabel {
	return engine.ItemLabel{Item: tactful.Item{ID: "a/b", Title: "T"}, Class: "health", Kind: label.Sensitive, Acts: true, Source: label.Words, Saw: "pill*", State: engine.LabelWaiting,
		Votes: []label.Vote{{Answer: label.IsNot, Operator: "Ada B.", Reason: "it is a lamp", Time: noon}}}
}

func (f *fakeEngine) Labels(_ context.Context, q engine.LabelQuery) ([]engine.ItemLabel, string, error) {
	return []engine.ItemLabel{aLabel()}, "a/b", f.err
}
func (f *fakeEngine) ItemLabels(string) ([]engine.ItemLabel, error) {
	return []engine.ItemLabel{aLabel()}, f.err
}
func (f *fakeEngine) DecideLabel(_ context.Context, d engine.LabelDecision) (engine.ItemLabel, error) {
	f.setting = d.Item + " " + d.Class + " " + d.Answer.String()
	return aLabel(), f.err
}

// aTrial is a registered experiment that was looked at once.
func aTrial() experiment.Trial {
	d := experiment.Document{
		Flag: experiment.Flag{Key: "a/b", Type: experiment.String, Variants: map[string]any{"control": "A", "calm": "B"}, Control: "control"},
		Registration: experiment.Registration{Name: "calm-button", Flag: "a/b", Hypothesis: "As many people buy.", Population: experiment.Population{Share: .5}, Arms: map[string]int{"control": 1, "calm": 1},
			Metric: experiment.Conversion, Guardrails: []experiment.Guardrail{{Metric: experiment.OptOut, Ratio: 1}}, Window: time.Hour, Stop: experiment.Stopping{People: 400, Days: 3},
			Review: experiment.Review{Approver: "Ben C.", Risks: "Some may not find it.", Measures: "It comes back."}, Consent: "experiments", Owner: "Ada B.", Aim: map[string]string{"en": "We try a label."}},
	}
	look := d.Observe([]experiment.Person{{Arm: "calm", Since: noon}}, nil, noon, noon)
	return experiment.Trial{Document: d, Lock: "ab", State: experiment.Running, Opened: experiment.Signed{By: "Ada B.", Why: "we want to try it", Time: noon}, Left: []uint64{0, 0}, Last: &look, Looks: 1}
}

func (f *fakeEngine) RegisterExperiments(_ context.Context, file []byte, why string) (engine.CheckedExperiments, error) {
	f.setting = string(file) + " " + why
	return engine.CheckedExperiments{Flags: []experiment.Flag{aTrial().Flag}, Experiments: []experiment.Trial{aTrial()}}, f.err
}
func (f *fakeEngine) moved(step, name, why string) (experiment.Trial, error) {
	f.setting = step + " " + name + " " + why
	return aTrial(), f.err
}
func (f *fakeEngine) ApproveExperiment(_ context.Context, name, why string) (experiment.Trial, error) {
	return f.moved("approve", name, why)
}
func (f *fakeEngine) StartExperiment(_ context.Context, name, why string) (experiment.Trial, error) {
	return f.moved("start", name, why)
}
func (f *fakeEngine) StopExperiment(_ context.Context, name, why string) (experiment.Trial, error) {
	return f.moved("stop", name, why)
}
func (f *fakeEngine) AllExperiments() ([]experiment.Trial, []engine.ServedFlag, error) {
	return []experiment.Trial{aTrial()}, []engine.ServedFlag{{Flag: aTrial().Flag}}, f.err
}
func (f *fakeEngine) Experiment(string) (experiment.Trial, error) { return aTrial(), f.err }

func (f *fakeEngine) Newcomers(context.Context) (engine.Arrivals, error) {
	return engine.Arrivals{Bound: 100, Within: 24 * time.Hour, Sources: []engine.Source{{Key: "k1", Name: "shop", Lately: 130, Held: 30}}}, f.err
}
func (f *fakeEngine) ReleaseNewcomers(_ context.Context, source string) (int, error) {
	f.setting = source
	return 30, f.err
}
func (f *fakeEngine) ConfigLog(context.Context, int) ([]engine.ConfigChange, error) {
	return []engine.ConfigChange{{Time: noon, By: "ada at the machine, by tactful serve", What: engine.ChangeSettings, Changed: []engine.SettingChange{{Setting: "engine.learn.support", From: "2", To: "1"}}}}, f.err
}
func (f *fakeEngine) ModelCard() (engine.ModelCard, error) {
	return engine.ModelCard{Hash: "h", Fitted: noon, People: 3, Fits: 2}, f.err
}
func (f *fakeEngine) BreachPart(_ context.Context, key string, since time.Time, part int, each func(engine.Affected) error) (engine.Breach, error) {
	if f.err != nil {
		return engine.Breach{}, f.err
	}
	if key != "k2" {
		return engine.Breach{}, tactful.Errorf(tactful.NotFound, "no key")
	}
	b := engine.Breach{Key: f.List()[1], Since: noon, Until: noon, Opens: tactful.OpenedHistory, People: 2, Reads: 7, Looks: part,
		Could: engine.Exposed{People: 1, Kinds: map[string]int{"history": 1}}}
	return b, each(engine.Affected{Reference: "ref", Could: tactful.OpenedHistory})
}
func (f *fakeEngine) CheckBreach(_ context.Context, key string, _ time.Time, ids []tactful.Alias) ([]engine.Affected, error) {
	if key != "k2" {
		return nil, tactful.Errorf(tactful.NotFound, "no key")
	}
	f.alias = ids[0]
	found := make([]engine.Affected, len(ids))
	found[0] = engine.Affected{Reference: "ref", Could: tactful.OpenedHistory}
	return found, f.err
}
func (f *fakeEngine) List() []access.Key {
	return []access.Key{{ID: "k1", Name: "page", Kind: tactful.ActorService, Scopes: access.Browser, Origins: []string{"https://shop.example"}, Created: noon, Revoked: noon}, {ID: "k2", Name: "shop", Kind: tactful.ActorService, Scopes: access.Write, Created: noon}}
}
func (f *fakeEngine) Make(context.Context, access.New) (string, error) {
	return "tk_w_secret", f.err
}
func (f *fakeEngine) Revoke(context.Context, string) error                { return f.err }
func (f *fakeEngine) Release(context.Context, string, access.Maker) error { return f.err }

// fakeKeys knows one key for each scope, named after it.
type fakeKeys map[string]access.Grant

func keyRing() fakeKeys {
	return fakeKeys{
		"write": {Scopes: access.Write}, "decide": {Scopes: access.Decide}, "rights": {Scopes: access.Rights}, "admin": {Scopes: access.Admin},
		"browser": {Scopes: access.Browser, Origins: []string{"https://shop.example"}},
	}
}

func (k fakeKeys) Check(_ context.Context, presented string) (access.Grant, error) {
	grant, ok := k[presented]
	switch {
	case len(k) == 0:
		return grant, access.ErrNoKeys
	case presented == "":
		return grant, access.ErrMissing
	case !ok:
		return grant, access.ErrUnknown
	}
	return grant, nil
}
func (k fakeKeys) KnowsOrigin(origin string) bool { return origin == "https://shop.example" }

// readOnce saves the many doors of the tests from reading the document again.
var readOnce = sync.OnceValues(func() (contract, error) { return readContract(document.Document()) })

// desk is a door under test.
type desk struct {
	engine  *fakeEngine
	handler http.Handler
	log     *bytes.Buffer
}

func newDesk(t testing.TB, change ...func(*Options)) *desk {
	t.Helper()
	d := &desk{engine: &fakeEngine{}, log: &bytes.Buffer{}}
	opt := Options{Engine: d.engine, Keys: keyRing(), KeyTable: d.engine, Map: defaultMap(), Log: slog.New(slog.NewJSONHandler(d.log, nil)), Clock: tactful.FixedClock(noon),
		Backups: Backups{Dir: t.TempDir(), KeyDir: t.TempDir()}}
	for _, c := range change {
		c(&opt)
	}
	known, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	h, err := build(opt, known)
	if err != nil {
		t.Fatal(err)
	}
	d.handler = h
	return d
}

// defaultMap is the data map of the careful defaults.
func defaultMap() *datamap.Map {
	var cfg engine.Config
	cfg.Defaults()
	return datamap.Of(&cfg)
}

func quiet(o *Options) { o.Log = slog.New(slog.DiscardHandler) }

// call sends a request; headers come in pairs.
func (d *desk) call(method, target, key, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if key == "admin" { // an operator's, by its scope: operators say why
		r.Header.Set(tactful.ReasonHeader, aReason)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

const aReason = "to answer a question of theirs"

func problem(t testing.TB, w *httptest.ResponseRecorder) door.Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d has content type %q: %s", w.Code, got, w.Body)
	}
	var p door.Problem
	dec := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		t.Fatalf("problem cannot be read: %v", err)
	}
	if p.Status != w.Code || p.Title == "" || p.Detail == "" || p.RequestID == "" || p.Kind == "" {
		t.Fatalf("problem is not complete: %+v", p)
	}
	return p
}

var errPlain = errors.New("disk says no about u1")

var _ io.Reader = validated{}
