package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

// CopyFinding is what the reader found in a creative, and what a human decided.
type CopyFinding struct {
	Campaign, Creative string
	Title, Body        string
	State              string // waits, blocked, allowed (by a human), refused (by a human), calm
	Score              float64
	Category           string
	Words              []string
	Calmer             string
	By, Why            string // of the human, "" for none
	Time               time.Time
}

// printOf names the words of a creative. What may be said to who agreed may not yet be
// said to who did not, so the words of a service are others.
func printOf(o *decision.Offer) [16]byte {
	words := o.Title + "\x00" + o.Body
	if o.Kind == decision.KindService {
		words += "\x00service"
	}
	sum := sha256.Sum256([]byte(words))
	return [16]byte(sum[:16])
}

// readCopy lays what humans decided over what the reader found. A human's no
// blocks whatever it is about; a yes opens what waits, and nothing that the
// reader blocks: copy that presses is written anew instead.
func (e *Engine) readCopy(ctx context.Context, set *campaign.Set) error {
	all, _, err := e.records.Reviews(ctx)
	if err != nil {
		return err
	}
	decided := make(map[[16]byte]bool, len(all))
	for i := range all {
		decided[all[i].Print] = all[i].Allowed
	}
	for i := range set.Len() {
		offers := set.Offers(i)
		for j := range offers {
			allowed, there := decided[printOf(&offers[j])]
			switch {
			case there && allowed:
				offers[j].Pressed.Waits, offers[j].Pressed.Allowed = false, true
			case there:
				offers[j].Pressed.Blocked = true
			}
		}
	}
	return nil
}

// CopyFindings lists what the reader found in the copy of all campaigns.
func (e *Engine) CopyFindings(ctx context.Context) ([]CopyFinding, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	all, _, err := e.records.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	decided := map[[16]byte]*records.Review{}
	for i := range all {
		decided[all[i].Print] = &all[i]
	}
	var list []CopyFinding
	set := e.offered.Load()
	for i := range set.Len() {
		for j, o := range set.Offers(i) {
			f := set.Finding(i, j)
			one := CopyFinding{Campaign: o.Campaign, Creative: o.Creative, Title: o.Title, Body: o.Body, Score: f.Score, Category: f.Category.String(), Words: f.Words, Calmer: f.Calmer}
			said := decided[printOf(&o)]
			switch {
			case said != nil && !said.Allowed:
				one.State = "refused"
			case f.Ruling == coercion.Pass:
				one.State = "calm"
			case f.Ruling != coercion.Ask:
				one.State = "blocked"
			case said != nil:
				one.State = "allowed"
			default:
				one.State = "waits"
			}
			if said != nil {
				one.By, one.Why, one.Time = said.By, said.Why, said.Time
			}
			list = append(list, one)
		}
	}
	return list, nil
}

// DecideCopy records what a named operator decides about the words of a creative,
// and acts on it in the next decision.
func (e *Engine) DecideCopy(ctx context.Context, campaignID, creative string, allow bool, why string) (CopyFinding, error) {
	if err := e.enter(); err != nil {
		return CopyFinding{}, err
	}
	defer e.leave()
	by := tactful.ActorOf(ctx)
	name := strings.TrimSpace(by.Name)
	if by.Kind != tactful.ActorOperator || name == "" {
		return CopyFinding{}, &tactful.Error{Kind: tactful.Refused, Detail: "a decision about copy needs a named operator", Remedy: "act under your own name"}
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(why)); n < 10 || n > 300 {
		return CopyFinding{}, tactful.InvalidField("why", "is too short or too long", "say in 10 to 300 characters why")
	}
	e.campaigns.changing.Lock()
	defer e.campaigns.changing.Unlock()
	set := e.offered.Load()
	i, there := set.Find(campaignID)
	if !there {
		return CopyFinding{}, tactful.Errorf(tactful.NotFound, "there is no such campaign")
	}
	for j, o := range set.Offers(i) {
		if o.Creative != creative {
			continue
		}
		f := set.Finding(i, j)
		if len(f.Claims) > 0 && f.Ruling == coercion.Stop { // nothing proved it then; it may be true now
			now, err := e.readNow(set.At(i), &set.At(i).Creatives[j])
			if err != nil {
				return CopyFinding{}, err
			}
			f = now
		}
		if allow && f.Ruling != coercion.Ask && f.Ruling != coercion.Pass {
			return CopyFinding{}, &tactful.Error{Kind: tactful.Refused, Field: "creative", Detail: "presses so much that nobody may allow it", Remedy: "write it anew: " + f.Calmer}
		}
		_, version, err := e.records.Reviews(ctx)
		if err != nil {
			return CopyFinding{}, err
		}
		one := records.Review{
			Print: printOf(&o), Campaign: campaignID, Creative: creative, Allowed: allow, By: name, Key: by.Key, Why: strings.TrimSpace(why),
			Category: f.Category.String(), Score: f.Score, Time: e.clock.Now().UTC(),
		}
		if err := e.records.WriteReview(ctx, one, version); err != nil {
			return CopyFinding{}, err
		}
		texts, _, err := e.records.Campaigns(ctx)
		if err != nil {
			return CopyFinding{}, err
		}
		next, err := e.newSet(ctx, texts)
		if err != nil {
			return CopyFinding{}, fmt.Errorf("read the campaigns anew: %w", err)
		}
		e.offered.Store(next)
		state := "refused"
		if allow {
			state = "allowed"
		}
		return CopyFinding{Campaign: campaignID, Creative: creative, Title: o.Title, Body: o.Body, State: state, Score: f.Score, Category: f.Category.String(), Words: f.Words, Calmer: f.Calmer, By: name, Why: one.Why, Time: one.Time}, nil
	}
	return CopyFinding{}, tactful.Errorf(tactful.NotFound, "there is no such creative")
}
