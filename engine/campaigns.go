package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Campaigns sets up offers and messages. The zero value has none, and chooses
// creatives in a fixed order.
type Campaigns struct {
	Dir         string  `yaml:"dir" doc:"directory of campaign files (*.yaml, *.yml); '' for none. One fault in any of them and the server does not start"`
	Zone        string  `yaml:"zone" doc:"the shop's time zone, where campaigns and people name none; an IANA name"`
	Choice      string  `yaml:"choice" doc:"which creative: fixed, the first that may be shown; apprentice, the same, and receipts say what thompson would have chosen; thompson, what people respond to, for those who agreed to experiments"`
	Explore     float64 `yaml:"explore" doc:"with thompson, every creative that may be shown keeps at least this chance, shared among them"`
	Holdout     float64 `yaml:"holdout" doc:"share of the people who agreed to experiments to whom a campaign is not shown, to measure what it is worth"`
	Unsubscribe string  `yaml:"unsubscribe" doc:"address of this server as mail programs reach it, such as https://shop.example; '' sends no List-Unsubscribe headers, and then no marketing mail is offered"`
	Deliver     Deliver `yaml:"deliver" doc:"tools that are handed what was decided, by signed calls"`
}

// Words of Campaigns.Choice.
const (
	choiceFixed      = "fixed"
	choiceApprentice = "apprentice"
	choiceThompson   = "thompson"
)

// Defaults fills what is not set.
func (c *Campaigns) Defaults() {
	set(&c.Zone, "UTC")
	set(&c.Choice, choiceFixed)
	set(&c.Explore, 0.1)
	set(&c.Holdout, 0.1)
	c.Deliver.Defaults()
}

// Validate names all faults.
func (c *Campaigns) Validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.campaigns."+field, detail, remedy))
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		fault("zone", "is no time zone", "write an IANA name like Europe/Berlin")
	}
	if !slices.Contains([]string{choiceFixed, choiceApprentice, choiceThompson}, c.Choice) {
		fault("choice", "is unknown", "write fixed, apprentice or thompson")
	}
	if !(c.Explore > 0 && c.Explore <= 1) {
		fault("explore", "is out of range", "set more than 0, at most 1; 0.1 is the default")
	}
	if !(c.Holdout >= 0 && c.Holdout <= 0.5) {
		fault("holdout", "is out of range", "set 0 to 0.5; 0.1 is the default")
	}
	if c.Unsubscribe != "" && (!strings.HasPrefix(c.Unsubscribe, "https://") && !strings.HasPrefix(c.Unsubscribe, "http://127.0.0.1") && !strings.HasPrefix(c.Unsubscribe, "http://localhost") || strings.ContainsAny(c.Unsubscribe, " <>,?#\"")) {
		fault("unsubscribe", "is no https address", "for example https://shop.example; mail programs want https (RFC 8058)")
	}
	return faults
}

// campaigns is what the engine holds of them.
type campaigns struct {
	changing sync.Mutex // held while a new set is made
	files    []campaign.Campaign
	budgets  budgets
	read     coercion.Memo // of copy as it is written
}

// openCampaigns reads the files, wholly or not at all, and what came by the API. A
// stored campaign never keeps the stores closed: somebody's no and erasure wait there.
func (e *Engine) openCampaigns(ctx context.Context) (err error) {
	if e.cfg.Campaigns.Dir != "" {
		if e.campaigns.files, err = e.readCampaignFiles(e.cfg.Campaigns.Dir); err != nil {
			return fmt.Errorf("campaigns: %w", err)
		}
	}
	texts, _, err := e.records.Campaigns(ctx)
	if err != nil {
		return err
	}
	set, err := e.newSet(ctx, texts)
	if err != nil {
		return fmt.Errorf("campaigns: %w", err)
	}
	e.offered.Store(set)
	e.warnOfAside(set)
	return nil
}

func (e *Engine) readCampaignFiles(dir string) (all []campaign.Campaign, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "engine.campaigns.dir", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	rules := e.campaignRules()
	var faults []error
	for _, entry := range entries { // in the order of their names
		if ext := filepath.Ext(entry.Name()); entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: entry.Name(), Detail: "cannot be read", Remedy: "check its rights", Err: err}
		}
		list, err := campaign.Read(entry.Name(), text, rules)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, list...)
	}
	return all, errors.Join(faults...)
}

// campaignRules know the live catalogue too: an audience of a sensitive item is
// refused even where the item's name does not tell.
func (e *Engine) campaignRules() *campaign.Rules {
	rules := campaignRules(e.labeller)
	rules.Zone = e.zone
	rules.Item = func(id string) string {
		ground := e.ground.Load()
		item := ground.items.ByID(id)
		if item == nil {
			return ""
		}
		return e.className(ground.labels.At(item.No) & (ground.labels.Sensitive | ground.labels.Harm))
	}
	return rules
}

func (e *Engine) className(of decision.Classes) string {
	for i, name := range e.classes.Names {
		if of.Has(decision.Class(i)) {
			return name
		}
	}
	return ""
}

// newSet puts the files' campaigns and those of the API together. Of the latter, what
// the catalogue, the rules or the settings of today refuse is set aside.
func (e *Engine) newSet(ctx context.Context, texts map[string][]byte) (*campaign.Set, error) {
	all, aside := e.sortOut(texts)
	model, err := coercion.Default()
	if err != nil {
		return nil, fmt.Errorf("read the copy: %w", err)
	}
	set, err := campaign.NewSet(all, model)
	if err != nil {
		return nil, err
	}
	if err := e.checkCaps(set); err != nil { // of files: the others were looked at
		return nil, err
	}
	set = set.Beside(aside)
	return set, e.readCopy(ctx, set)
}

// stall is the campaigns laid over the catalogue as it stands: every creative with
// what it advertises, and of which classes it is by its words.
type stall struct {
	set    *campaign.Set
	ground *ground
	rows   []stallRow // in the fixed order
}

type stallRow struct {
	campaign, creative int
	offer              decision.Offer
	item               *tactful.Item // nil for none
	missing            string        // why it cannot be offered at all, "" if it can
}

// stallOf returns the stall of a ground, made anew where either has changed.
func (e *Engine) stallOf(ground *ground) *stall {
	set := e.offered.Load()
	if s := e.stall.Load(); s != nil && s.set == set && s.ground == ground {
		return s
	}
	s := &stall{set: set, ground: ground}
	private := ground.labels.Sensitive | ground.labels.Harm
	for i := range set.Len() {
		c := set.At(i)
		for j := range c.Creatives {
			v := &c.Creatives[j]
			row := stallRow{campaign: i, creative: j, offer: set.Offers(i)[j]}
			said := e.spoken(v)
			row.offer.Looked, row.offer.Classes = true, said
			if v.Item != "" {
				if row.item = ground.items.ByID(v.Item); row.item == nil {
					row.missing = "what it advertises is not listed"
				} else if more := said &^ ground.labels.At(row.item.No) & private; more != 0 {
					row.missing = "its copy speaks of the class " + e.className(more) + ", which what it advertises is not of"
				}
			}
			s.rows = append(s.rows, row)
		}
	}
	e.stall.Store(s)
	return s
}

// spoken returns the classes that a creative speaks of: by its words, and by the
// category that it advertises.
func (e *Engine) spoken(v *campaign.Creative) decision.Classes {
	item := &tactful.Item{Title: v.Title + " " + v.Body}
	if v.Category != "" {
		item.Categories = strings.Split(v.Category, tactful.TopicSeparator)
	}
	var sure []label.Reason // a guess of the classifier is of items, and reads no copy
	for _, reason := range e.labeller.Of(item, nil) {
		if reason.Source < label.Classifier {
			sure = append(sure, reason)
		}
	}
	return label.Set(sure)
}

// budgets holds what this process leased of the campaigns' budgets.
type budgets struct {
	mu    sync.Mutex
	lease map[string]*lease // by campaign
}

type lease struct {
	period string
	left   int64
	empty  bool // nothing was left of the period when it was last asked for
}

// spendable reports whether a campaign may have something left in its period. It
// asks no store.
func (b *budgets) spendable(c *campaign.Campaign, now time.Time) bool {
	if _, bounded := c.Budget.Most(); !bounded {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lease[c.ID]
	return l == nil || l.period != c.Budget.Period(now, c.Schedule.Zone) || l.left > 0 || !l.empty
}

// take takes one showing from a campaign's budget, false if there is none.
func (e *Engine) take(ctx context.Context, c *campaign.Campaign, now time.Time) (bool, error) {
	most, bounded := c.Budget.Most()
	if !bounded {
		return true, nil
	}
	b := &e.campaigns.budgets
	period := c.Budget.Period(e.latest.see(now), c.Schedule.Zone) // a clock that is set back renews no budget
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lease[c.ID]
	if l == nil || l.period != period {
		if b.lease == nil {
			b.lease = map[string]*lease{}
		}
		l = &lease{period: period}
		b.lease[c.ID] = l
	}
	if l.left == 0 && !l.empty {
		got, err := e.records.LeaseBudget(ctx, c.ID, period, most, c.Budget.Slice()) // one at a time: once in a slice
		if err != nil {
			return false, err
		}
		l.left, l.empty = got, got == 0
	}
	if l.left == 0 {
		return false, nil
	}
	l.left--
	return true, nil
}

// giveBack returns what was taken and not shown, to this process's lease.
func (e *Engine) giveBack(c *campaign.Campaign, now time.Time) {
	b := &e.campaigns.budgets
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.lease[c.ID]; l != nil && l.period == c.Budget.Period(e.latest.see(now), c.Schedule.Zone) {
		l.left++
		l.empty = false
	}
}

// CampaignInfo is one campaign as it stands.
type CampaignInfo struct {
	ID        string
	Kind      string
	Group     string
	Priority  int
	Source    string // file, or api
	Live      bool   // it may run at this moment
	Personal  bool   // chosen by what people did or said
	Creatives []CreativeInfo
	Text      []byte // as it came by the API; nil for those of files
	Fault     string // why it is out of action although it was live once, "" where it is not
}

// CreativeInfo is one creative with what the reader of copy found.
type CreativeInfo struct {
	ID, Channel, Language, Title, Body string
	Copy                               string // pass, ask or stop
	Score                              float64
	Category                           string
	Words                              []string
	Calmer                             string
	Missing                            string // why it can be offered to nobody, "" if it can
}

// ListCampaigns returns all campaigns in the order in which they are chosen.
func (e *Engine) ListCampaigns(ctx context.Context) ([]CampaignInfo, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	texts, _, err := e.records.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	set := e.offered.Load()
	return append(e.campaignInfos(set, texts), asideInfos(set, texts)...), nil
}

func (e *Engine) campaignInfos(set *campaign.Set, texts map[string][]byte) []CampaignInfo {
	now := e.clock.Now()
	stall := e.stallOf(e.ground.Load())
	all := make([]CampaignInfo, 0, set.Len())
	for i := range set.Len() {
		c := set.At(i)
		one := CampaignInfo{ID: c.ID, Kind: c.Kind.String(), Group: c.Group, Priority: c.Priority, Source: "api", Live: set.Live(i, now), Personal: c.Audience.Personal(), Text: texts[c.ID]}
		if c.File != "" {
			one.Source, one.Text = "file", nil
		}
		for j := range c.Creatives {
			v, f := &c.Creatives[j], set.Finding(i, j)
			k := CreativeInfo{ID: v.ID, Channel: v.Channel.String(), Language: v.Language, Title: v.Title, Body: v.Body, Copy: f.Ruling.String(), Score: f.Score, Words: f.Words, Calmer: f.Calmer}
			if f.Category != coercion.Calm {
				k.Category = f.Category.String()
			}
			if stall.set == set {
				for r := range stall.rows {
					if stall.rows[r].campaign == i && stall.rows[r].creative == j {
						k.Missing = stall.rows[r].missing
					}
				}
			}
			one.Creatives = append(one.Creatives, k)
		}
		all = append(all, one)
	}
	return all
}

// CampaignChange is what putting a campaign would do, or did.
type CampaignChange struct {
	Campaign CampaignInfo
	Confirm  string // send it again with this, and it is live
	Live     bool   // it is
	Replaces bool   // there is, or was, one of that id
}

// PutCampaign checks a campaign wholly. Without confirm nothing is changed, and the
// answer says what to send to make it live; that holds as long as nobody changes
// any campaign in between.
func (e *Engine) PutCampaign(ctx context.Context, id string, text []byte, confirm string) (*CampaignChange, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	e.campaigns.changing.Lock()
	defer e.campaigns.changing.Unlock()
	if len(text) > records.MaxCampaignBytes {
		return nil, tactful.InvalidField("campaign", "is too large", fmt.Sprintf("send at most %d bytes", records.MaxCampaignBytes))
	}
	c, err := campaign.ReadOne(text, e.campaignRules())
	if err != nil {
		return nil, err
	}
	if c.ID != id {
		return nil, tactful.InvalidField("campaign.id", "is not the one of the address", "send the same in both places")
	}
	if slices.ContainsFunc(e.campaigns.files, func(f campaign.Campaign) bool { return f.ID == id }) {
		return nil, &tactful.Error{Kind: tactful.Conflict, Field: "campaign.id", Detail: "is one of the files'", Remedy: "change the file, or take another id"}
	}
	return e.changeCampaigns(ctx, id, text, confirm)
}

// DeleteCampaign takes a campaign that came by the API out. What was shown of it
// stays counted.
func (e *Engine) DeleteCampaign(ctx context.Context, id string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	e.campaigns.changing.Lock()
	defer e.campaigns.changing.Unlock()
	texts, version, err := e.records.Campaigns(ctx)
	if err != nil {
		return err
	}
	if _, there := texts[id]; !there {
		return tactful.Errorf(tactful.NotFound, "there is no such campaign, or it is of a file")
	}
	delete(texts, id)
	set, err := e.newSet(ctx, texts)
	if err != nil {
		return err
	}
	entry, err := signed(ctx, id, campaignDeleted, nil, e.clock.Now())
	if err != nil {
		return err
	}
	if err := e.records.WriteCampaign(ctx, id, nil, entry, version); err != nil {
		return err
	}
	e.offered.Store(set)
	return nil
}

// changeCampaigns is called with changing held.
func (e *Engine) changeCampaigns(ctx context.Context, id string, text []byte, confirm string) (*CampaignChange, error) {
	texts, version, err := e.records.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	_, replaces := texts[id]
	key := confirmation(id, text, version)
	texts[id] = text
	set, err := e.newSet(ctx, texts)
	if err != nil {
		return nil, err
	}
	if err := faultOf(set, id); err != nil {
		return nil, err
	}
	change := &CampaignChange{Confirm: key, Replaces: replaces}
	info := func() {
		for _, one := range e.campaignInfos(set, texts) {
			if one.ID == id {
				change.Campaign = one
			}
		}
	}
	if confirm == "" {
		info()
		change.Campaign.Live = false
		return change, nil
	}
	if confirm != key {
		return nil, &tactful.Error{Kind: tactful.Conflict, Field: "confirm", Detail: "is not of this text, or campaigns have changed since", Remedy: "send it without confirm, look at the answer, and send it again"}
	}
	what := campaignAdded
	if replaces {
		what = campaignChanged
	}
	entry, err := signed(ctx, id, what, text, e.clock.Now())
	if err != nil {
		return nil, err
	}
	if err := e.records.WriteCampaign(ctx, id, text, entry, version); err != nil {
		return nil, err
	}
	e.offered.Store(set)
	change.Live, change.Confirm = true, ""
	info()
	return change, nil
}

// confirmation names a text and what it would join.
func confirmation(id string, text []byte, version store.Version) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", version, id, text))
	return hex.EncodeToString(sum[:12])
}
