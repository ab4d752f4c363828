package engine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Deliver sets up which tools are handed what was decided. The zero value hands
// nothing to anybody: offers are then only asked for.
type Deliver struct {
	Routes   []Route       `yaml:"routes" doc:"which tool is called for which channel; none: whoever sends asks"`
	Queue    int           `yaml:"queue" doc:"messages that may wait at once; more are refused"`
	Patience time.Duration `yaml:"patience" doc:"for how long a message may wait, for quiet hours and for its tool; then it is not sent"`
}

// Route is the way to one tool.
type Route struct {
	Channel   string   `yaml:"channel" doc:"mail, push, sms, ad or letter"`
	Campaigns []string `yaml:"campaigns" doc:"ids of the campaigns that go this way; none: all of the channel that have no way of their own"`
	Recipient string   `yaml:"recipient" doc:"who is called: one of engine.parties.recipients that gets the record message"`
	Webhook   string   `yaml:"webhook" doc:"https address that a signed call hands each message (see outbound for addresses inside)"`
}

// RecordMessage is the name of what a tool gets, in the data map and in recipients.
const RecordMessage = "message"

const (
	maxRoutes = 50
	maxQueue  = 1_000_000
)

// Defaults fills what is not set.
func (d *Deliver) Defaults() {
	set(&d.Queue, 10_000)
	set(&d.Patience, 48*time.Hour)
}

// routeFaults names what is wrong with the routes.
func (c *Config) routeFaults() (faults []error) {
	d := &c.Campaigns.Deliver
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.campaigns.deliver."+field, detail, remedy))
	}
	if d.Queue < 1 || d.Queue > maxQueue {
		fault("queue", "is out of range", fmt.Sprintf("set 1 to %d", maxQueue))
	}
	if d.Patience < time.Hour || d.Patience > 14*24*time.Hour {
		fault("patience", "is out of range", "set 1h to 336h")
	}
	if len(d.Routes) > maxRoutes {
		fault("routes", "are too many", fmt.Sprintf("list at most %d", maxRoutes))
	}
	taken := map[string]bool{}
	for i, r := range d.Routes {
		at := fmt.Sprintf("routes[%d].", i)
		channel, known := decision.ParseChannel(r.Channel)
		if !known || channel == decision.ChannelSite {
			fault(at+"channel", "is no channel that a tool sends", "use mail, push, sms, ad or letter")
			continue
		}
		for _, id := range append(slices.Clone(r.Campaigns), "")[:max(1, len(r.Campaigns))] {
			if taken[r.Channel+"/"+id] {
				fault(at+"campaigns", "go two ways", "list each campaign once for a channel, and one route of the channel without campaigns")
			}
			taken[r.Channel+"/"+id] = true
		}
		switch to := c.Parties.recipient(r.Recipient); {
		case to == nil:
			fault(at+"recipient", "is not one of engine.parties.recipients", "list them there: people may read who gets anything of them")
		case to.Purpose != channel.Purpose():
			fault(at+"recipient", "gets data for another purpose", fmt.Sprintf("give the recipient the purpose %s, or name another", channel.Purpose()))
		case !slices.Contains(to.Records, RecordMessage):
			fault(at+"recipient", "gets no messages, as listed", "add message to the recipient's records")
		}
		if u, err := url.Parse(r.Webhook); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || len(r.Webhook) > maxPartyBytes {
			fault(at+"webhook", "is not an address", "for example https://mail.example/messages")
		}
	}
	return faults
}

// route is the way of a channel's campaign: its own, else that of the channel; nil for none.
func (d *Deliver) route(channel, campaign string) *Route {
	var all *Route
	for i := range d.Routes {
		r := &d.Routes[i]
		switch {
		case r.Channel != channel:
		case slices.Contains(r.Campaigns, campaign):
			return r
		case len(r.Campaigns) == 0:
			all = r
		}
	}
	return all
}

// goes reports whether anything of a channel is handed to a tool.
func (d *Deliver) goes(channel string) bool {
	return slices.ContainsFunc(d.Routes, func(r Route) bool { return r.Channel == channel })
}

// checkRoutes refuses addresses that may not be called.
func (e *Engine) checkRoutes() error {
	if e.outbound == nil {
		return nil
	}
	var faults []error
	for i, r := range e.cfg.Campaigns.Deliver.Routes {
		if err := e.outbound.Check(r.Webhook); err != nil {
			var one *tactful.Error
			if errors.As(err, &one) {
				placed := *one
				placed.Field, err = fmt.Sprintf("engine.campaigns.deliver.routes[%d].webhook", i), &placed
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
