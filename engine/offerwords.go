package engine

import (
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/wording"
)

// words renders what an offer says, and reads it once more where that is not what
// was read when it was loaded: where a field was filled, and where it claims
// something of stock or time, which was true or not at that moment. A name is said
// only to who told it and bought or asked for messages here; everybody else reads the
// sentence without it.
func (o *choice) words(x *decision.Candidate, row *stallRow) (title, body string, ok bool) {
	c := o.stall.set.At(row.campaign)
	zone := o.c.Zone
	if zone == nil {
		zone = o.zone
	}
	plain := map[string]string{wording.Category: x.Offer.Category[strings.LastIndexByte(x.Offer.Category, '/')+1:], wording.Shop: o.cfg.Controller}
	if !c.Schedule.End.IsZero() {
		plain[wording.Ends] = c.Schedule.End.Add(-1).In(zone).Format("2006-01-02")
	}
	reader := o.reader()
	title = wording.Render(x.Offer.Title, wording.Of(o.channel, wording.Title), reader, plain).Text
	body = wording.Render(x.Offer.Body, wording.Of(o.channel, wording.Body), reader, plain).Text
	if title == "" && body == "" {
		return "", "", false
	}
	read := o.stall.set.Finding(row.campaign, row.creative)
	if title == x.Offer.Title && body == x.Offer.Body && len(read.Claims) == 0 {
		return title, body, true
	}
	model, err := coercion.Default()
	if err != nil {
		return "", "", false
	}
	var f coercion.Finding
	if title == x.Offer.Title && body == x.Offer.Body {
		f = o.campaigns.read.Read(model, title+"\n"+body, x.Offer.Language, o.facts(row))
	} else { // filled with what is somebody's own: nothing of it is remembered
		f = model.Read(title+"\n"+body, x.Offer.Language, o.facts(row))
	}
	switch f.Ruling {
	case coercion.Pass:
		return title, body, true
	case coercion.Ask: // a human's yes to the words as they were written covers them as they are filled
		return title, body, (read.Ruling == coercion.Ask || len(read.Claims) > 0) && !x.Offer.Pressed.Waits
	case coercion.Stop, coercion.Unread:
	}
	return "", "", false
}

// reader is whom the copy is filled for: a stranger, unless their data may be used.
func (o *choice) reader() *wording.Reader {
	r := &wording.Reader{}
	if !o.known {
		return r
	}
	r.Values = make(map[string]wording.Value, len(o.request.Fields))
	for name, field := range o.request.Fields {
		r.Values[name] = wording.Value{Text: field.Text, Provenance: field.Provenance}
	}
	r.SignedUp = o.channel.Sent() // they asked for these messages
	r.Bought = slices.ContainsFunc(o.c.Evidence.Pieces, func(p decision.Piece) bool {
		return p.Origin == decision.FromHistory && p.Action == tactful.Purchased
	})
	return r
}
