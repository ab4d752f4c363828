package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// Offer asks what somebody may be shown or sent.
func (s *server) Offer(ctx context.Context, r wire.OfferRequestObject) (wire.OfferResponseObject, error) {
	request, err := offersIn(r.Body)
	if err != nil {
		return nil, err
	}
	request.GPC = r.Params.SecGPC == "1"
	d, err := s.opt.Engine.Offer(ctx, request)
	if err != nil {
		return nil, err
	}
	if request.GPC && !d.GPCKept && request.Subject != (tactful.Alias{}) {
		if err := s.opt.Engine.HonourGPC(ctx, request.Subject); err != nil { // the answer honours it; it comes again with the next request
			s.opt.Log.ErrorContext(ctx, "Global Privacy Control of a request was not put on record", "err", err)
		}
	}
	return wire.Offer200JSONResponse(offerOut(d)), nil
}

// PlanOffers says when somebody may next be sent what.
func (s *server) PlanOffers(ctx context.Context, r wire.PlanOffersRequestObject) (wire.PlanOffersResponseObject, error) {
	request, err := offersIn(r.Body)
	if err != nil {
		return nil, err
	}
	request.GPC = r.Params.SecGPC == "1"
	p, err := s.opt.Engine.PlanOffers(ctx, request)
	if err != nil {
		return nil, err
	}
	out := wire.OfferPlan{Time: p.Time.UTC(), Placement: p.Placement, Channel: wire.OfferChannel(p.Channel), Sends: make([]wire.PlannedOffer, len(p.Sends)), Reasons: reasonsOut(p.Reasons)}
	for i, one := range p.Sends {
		out.Sends[i] = wire.PlannedOffer{Campaign: one.Campaign, Creative: one.Creative, At: one.At.UTC()}
	}
	return wire.PlanOffers200JSONResponse(out), nil
}

func offersIn(in *wire.OffersRequest) (*tactful.OfferRequest, error) {
	request := &tactful.OfferRequest{
		Placement: in.Placement, Channel: string(in.Channel), Count: int(in.Count), Items: in.Context.Items, Language: in.Context.Language, Region: in.Context.Region,
	}
	if len(in.Context.Fields) > 0 {
		request.Fields = make(map[string]tactful.OfferField, len(in.Context.Fields))
	}
	for name, field := range in.Context.Fields {
		of := tactful.ProvenanceUnknown
		for _, p := range [...]tactful.Provenance{tactful.Declared, tactful.Observed, tactful.Inferred} {
			if p.String() == string(field.Provenance) {
				of = p
			}
		}
		request.Fields[name] = tactful.OfferField{Text: field.Text, Provenance: of}
	}
	switch {
	case in.UserId != "" && in.AnonymousId != "":
		return nil, tactful.InvalidField("anonymousId", "stands beside userId", "send one of them")
	case in.UserId != "":
		request.Subject = tactful.Alias{Kind: tactful.UserID, ID: in.UserId}
		return request, request.Subject.Validate("userId")
	case in.AnonymousId != "":
		request.Subject = tactful.Alias{Kind: tactful.Anonymous, ID: in.AnonymousId}
		return request, request.Subject.Validate("anonymousId")
	}
	return request, nil
}

func offerOut(d *tactful.OfferDecision) wire.OfferDecision {
	out := wire.OfferDecision{
		Id: d.ID, Time: d.Time.UTC(), Placement: d.Placement, Channel: wire.OfferChannel(d.Channel), Level: wire.Level(d.Level.String()),
		Offers: make([]wire.Offered, len(d.Offers)), Withheld: make([]wire.Withheld, len(d.Withheld)), Reasons: reasonsOut(d.Reasons), Headers: d.Headers,
	}
	if d.GPC {
		out.Gpc = wire.GPCStatus("honoured")
	}
	for i, o := range d.Offers {
		out.Offers[i] = wire.Offered{
			Campaign: o.Campaign, Creative: o.Creative, Kind: wire.OfferedKind(o.Kind), Title: o.Title, Body: o.Body, Url: o.URL, Item: o.Item, Category: o.Category,
			Language: o.Language, House: o.House, Reason: reasonOut(o.Reason),
		}
	}
	for i, w := range d.Withheld {
		out.Withheld[i] = wire.Withheld{Guard: w.Guard, Count: int32(w.Count), Items: append([]string{}, w.Items...)}
	}
	return out
}

func reasonsOut(list []tactful.Unoffered) []wire.Unoffered {
	out := make([]wire.Unoffered, len(list))
	for i, u := range list {
		out[i] = wire.Unoffered{Campaign: u.Campaign, Creative: u.Creative, Guard: u.Guard, Detail: u.Detail, Sentence: u.Sentence}
	}
	return out
}

func offerRecordOut(o *tactful.OfferRecord) (out wire.OfferRecord) {
	if o == nil {
		return out
	}
	out = wire.OfferRecord{Channel: wire.OfferChannel(o.Channel), Placement: o.Placement, Shown: make([]wire.OfferShown, len(o.Shown))}
	for i, s := range o.Shown {
		one := wire.OfferShown{Campaign: s.Campaign, Creative: s.Creative, Item: s.Item, Choice: wire.OfferShownChoice(s.Choice), Draw: s.Draw, Apprentice: s.Apprentice}
		for _, option := range s.Options {
			one.Options = append(one.Options, wire.OfferOption{Creative: option.Creative, Propensity: option.Propensity})
		}
		out.Shown[i] = one
	}
	return out
}

// ReportConverted records that somebody did what an offer proposed.
func (s *server) ReportConverted(ctx context.Context, r wire.ReportConvertedRequestObject) (wire.ReportConvertedResponseObject, error) {
	return wire.ReportConverted204Response{}, s.report(ctx, r.DecisionId, tactful.FeedbackConverted, r.Body)
}

// ReleaseOffers gives back what was reserved and not shown.
func (s *server) ReleaseOffers(ctx context.Context, r wire.ReleaseOffersRequestObject) (wire.ReleaseOffersResponseObject, error) {
	return wire.ReleaseOffers204Response{}, s.opt.Engine.ReleaseOffers(ctx, r.DecisionId)
}

// ListCampaigns returns all campaigns.
func (s *server) ListCampaigns(ctx context.Context, _ wire.ListCampaignsRequestObject) (wire.ListCampaignsResponseObject, error) {
	all, err := s.opt.Engine.ListCampaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := wire.ListCampaigns200JSONResponse{Campaigns: make([]wire.CampaignInfo, len(all))}
	for i := range all {
		out.Campaigns[i] = campaignOut(&all[i])
	}
	return out, nil
}

// GetCampaign returns one campaign.
func (s *server) GetCampaign(ctx context.Context, r wire.GetCampaignRequestObject) (wire.GetCampaignResponseObject, error) {
	all, err := s.opt.Engine.ListCampaigns(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == r.CampaignId {
			return wire.GetCampaign200JSONResponse(campaignOut(&all[i])), nil
		}
	}
	return nil, tactful.Errorf(tactful.NotFound, "there is no such campaign")
}

// PutCampaign checks a campaign, and makes it live where it is confirmed.
func (s *server) PutCampaign(ctx context.Context, r wire.PutCampaignRequestObject) (wire.PutCampaignResponseObject, error) {
	change, err := s.opt.Engine.PutCampaign(ctx, r.CampaignId, []byte(r.Body.Campaign), r.Body.Confirm)
	if err != nil {
		return nil, err
	}
	return wire.PutCampaign200JSONResponse{Campaign: campaignOut(&change.Campaign), Confirm: change.Confirm, Live: change.Live, Replaces: change.Replaces}, nil
}

// DeleteCampaign takes a campaign out.
func (s *server) DeleteCampaign(ctx context.Context, r wire.DeleteCampaignRequestObject) (wire.DeleteCampaignResponseObject, error) {
	return wire.DeleteCampaign204Response{}, s.opt.Engine.DeleteCampaign(ctx, r.CampaignId)
}

// campaignLogShown is how many changes one answer has.
const campaignLogShown = 100

// GetCampaignLog says who changed campaigns, when, why and to what.
func (s *server) GetCampaignLog(ctx context.Context, _ wire.GetCampaignLogRequestObject) (wire.GetCampaignLogResponseObject, error) {
	log, err := s.opt.Engine.CampaignLog(ctx, campaignLogShown)
	if err != nil {
		return nil, err
	}
	out := wire.GetCampaignLog200JSONResponse{Changes: make([]wire.CampaignEntry, len(log))}
	for i := range log {
		c := &log[i]
		out.Changes[i] = wire.CampaignEntry{No: int64(c.No), Time: c.Time.UTC(), Campaign: c.Campaign, Change: wire.CampaignEntryChange(c.Change), By: c.By, Key: c.Key, Why: c.Why, Text: c.Text}
	}
	return out, nil
}

// GetCampaignWorth says what a campaign is worth.
func (s *server) GetCampaignWorth(ctx context.Context, r wire.GetCampaignWorthRequestObject) (wire.GetCampaignWorthResponseObject, error) {
	w, err := s.opt.Engine.CampaignWorth(ctx, r.CampaignId)
	if err != nil {
		return nil, err
	}
	out := wire.GetCampaignWorth200JSONResponse{Campaign: w.Campaign, Since: w.Since.UTC(), Until: w.Until.UTC(), Fewest: int32(w.Fewest), Placements: make([]wire.PlacementWorth, len(w.Placements))}
	for i, p := range w.Placements {
		out.Placements[i] = wire.PlacementWorth{
			Placement: p.Placement, Channel: wire.OfferChannel(p.Channel), Few: p.Few, Fewer: p.Fewer, People: int64(p.People), Showings: int64(p.Showings), Clicks: int64(p.Clicks),
			Dismissals: int64(p.Dismissals), Creepy: int64(p.Creepy), Conversions: int64(p.Conversions), OptOuts: int64(p.OptOuts), Revenue: p.Revenue,
		}
	}
	if w.Shown != nil {
		out.ShownGroup = wire.WorthGroup{People: int64(w.Shown.People), Buyers: int64(w.Shown.Buyers), Revenue: w.Shown.Revenue}
	}
	if w.Holdout != nil {
		out.Holdout = wire.WorthGroup{People: int64(w.Holdout.People), Buyers: int64(w.Holdout.Buyers), Revenue: w.Holdout.Revenue}
	}
	if w.Lift != nil {
		out.Lift = wire.WorthLift{Buyers: w.Lift.Buyers, Low: w.Lift.Low, High: w.Lift.High, Revenue: w.Lift.Revenue}
	}
	return out, nil
}

func campaignOut(c *engine.CampaignInfo) wire.CampaignInfo {
	out := wire.CampaignInfo{
		Id: c.ID, Kind: wire.CampaignInfoKind(c.Kind), Group: c.Group, Priority: int32(c.Priority), Source: wire.CampaignInfoSource(c.Source), Live: c.Live,
		Personal: c.Personal, Fault: c.Fault, Creatives: make([]wire.CreativeInfo, len(c.Creatives)),
	}
	for i, v := range c.Creatives {
		out.Creatives[i] = wire.CreativeInfo{
			Id: v.ID, Channel: wire.OfferChannel(v.Channel), Language: v.Language, Title: v.Title, Body: v.Body, Copy: v.Copy, Score: v.Score,
			Category: v.Category, Words: v.Words, Calmer: v.Calmer, Missing: v.Missing,
		}
	}
	return out
}
