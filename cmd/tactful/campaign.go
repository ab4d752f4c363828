package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/config"
)

type campaignCommand struct {
	List     campaignListCommand     `cmd:"" help:"List the campaigns in force, and those that are out of action with the reason."`
	Delete   campaignDeleteCommand   `cmd:"" help:"Take a campaign that came by the API out, whatever is wrong with it."`
	Log      campaignLogCommand      `cmd:"" help:"List who changed the campaigns that came by the API, when and why."`
	Check    campaignCheckCommand    `cmd:"" help:"Check files of campaigns: every fault with its line, and what presses in the copy."`
	Simulate campaignSimulateCommand `cmd:"" help:"Try campaigns on the demo data: reach, repeats, what is suppressed and why, with and without the caps."`
	Diff     campaignDiffCommand     `cmd:"" help:"Say what is different between two files of campaigns."`
	Worth    campaignWorthCommand    `cmd:"" help:"Say what a campaign is worth, against people to whom it was not shown."`
}

// Help adds an example to --help.
func (campaignCommand) Help() string {
	return `What the business would like to say, and to whom. Guards decide whether it is said.

  campaigns:
    - id: garden-spring
      kind: marketing              # marketing, retargeting or service
      group: seasons               # counted together
      priority: 10
      schedule: {start: 2026-03-01, end: 2026-04-30, days: [mon, sat], hours: "09:00-20:00", zone: Europe/London}
      budget: {count: 20000, per: month}      # or money and cost, in hundredths
      audience:
        any:
          - bought: {category: Garden, within: 365d}
          - prefers: Garden
      placements: [home]
      caps:
        - {scope: creative, count: 1, period: 7d}
      creatives:
        - {id: site-en, channel: site, language: en, title: For the garden, body: New tools for spring., category: Garden, url: /c/Garden}

An audience is a filter over what people did here (looked_at, in_basket, saved, bought), their language and region, and what they said
they want more of (prefers), joined by all, any and not. Sensitive classes and protected attributes are refused.

Whoever sends asks POST /v1/decisions/offers at that moment, or has it handed over: POST /v1/decisions/offers:deliver queues a message, and
the tool of its channel gets it by a signed call, once consent, caps, stock and quiet hours allow it, and never after a no. In the configuration:

  engine:
    parties:
      recipients:
        - {name: Post House, role: processor, country: DE, why: They send our mails., purpose: messages_email, records: [message]}
    campaigns:
      deliver:
        patience: 48h              # for how long one may wait
        routes:
          - {channel: mail, recipient: Post House, webhook: "https://mail.example/messages"}

Tell by which id the tool knows each person, PUT /v1/subjects/ID/recipients/Post%20House: nothing else of them is sent, and nothing to who has none.`
}

type campaignFlags struct {
	Config string `placeholder:"FILE" help:"Configuration file (YAML) with classes of your own."`
}

// read reads files, and directories of *.yaml and *.yml, all of them or nothing.
func (c *campaignFlags) read(files []string) (*campaign.Set, error) {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return nil, err
	}
	rules, err := engine.CampaignRules(&cfg.Engine)
	if err != nil {
		return nil, err
	}
	model, err := coercion.Default()
	if err != nil {
		return nil, err
	}
	var all []campaign.Campaign
	var faults []error
	paths, err := campaignFiles(files)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
		}
		list, err := campaign.Read(path, text, rules)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, list...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return campaign.NewSet(all, model)
}

func campaignFiles(files []string) (paths []string, err error) {
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
		}
		if !info.IsDir() {
			paths = append(paths, name)
			continue
		}
		for _, pattern := range []string{"*.yaml", "*.yml"} {
			found, err := filepath.Glob(filepath.Join(name, pattern))
			if err != nil {
				return nil, err
			}
			paths = append(paths, found...)
		}
	}
	return paths, nil
}

type campaignCheckCommand struct {
	Files []string `arg:"" help:"Files of campaigns (YAML), or directories of them."`
	JSON  bool     `name:"json" help:"Print as JSON."`
	campaignFlags
}

// Help adds examples to --help.
func (campaignCheckCommand) Help() string {
	return `All faults come at once, each with its file and line; with one of them nothing would be live. Copy that presses is no fault of the
file: it is listed as blocked or waiting, with the words that decided and calmer ones, and is never shown. The exit code is 1 if
anything is blocked.

Examples:
  tactful campaign check campaigns/
  tactful campaign check spring.yaml --json`
}

type checkedCampaign struct {
	ID        string            `json:"id"`
	Kind      string            `json:"kind"`
	Priority  int               `json:"priority"`
	Personal  bool              `json:"personal"` // chosen by what people did or said
	Creatives []checkedCreative `json:"creatives"`
}

type checkedCreative struct {
	ID       string   `json:"id"`
	Channel  string   `json:"channel"`
	Language string   `json:"language"`
	Copy     string   `json:"copy"` // pass, ask or stop
	Score    float64  `json:"score"`
	Category string   `json:"category,omitempty"`
	Words    []string `json:"words,omitempty"`
	Calmer   string   `json:"calmer,omitempty"`
}

func checkedOf(set *campaign.Set) []checkedCampaign {
	all := []checkedCampaign{}
	for i := range set.Len() {
		c := set.At(i)
		one := checkedCampaign{ID: c.ID, Kind: c.Kind.String(), Priority: c.Priority, Personal: c.Audience.Personal()}
		for j := range c.Creatives {
			v, f := &c.Creatives[j], set.Finding(i, j)
			k := checkedCreative{ID: v.ID, Channel: v.Channel.String(), Language: v.Language, Copy: f.Ruling.String(), Score: f.Score, Words: f.Words, Calmer: f.Calmer}
			if f.Category != coercion.Calm {
				k.Category = f.Category.String()
			}
			one.Creatives = append(one.Creatives, k)
		}
		all = append(all, one)
	}
	return all
}

// Run checks.
func (c *campaignCheckCommand) Run(a *app) error {
	set, err := c.read(c.Files)
	if err != nil {
		return err
	}
	all := checkedOf(set)
	blocked := false
	rows := [][]string{{"CAMPAIGN", "KIND", "CREATIVE", "CHANNEL", "LANGUAGE", "COPY", "WHY", "INSTEAD"}}
	for _, one := range all {
		for _, v := range one.Creatives {
			blocked = blocked || v.Copy == coercion.Stop.String()
			why := ""
			if v.Category != "" {
				why = v.Category + ": " + strings.Join(v.Words, ", ")
			}
			word := map[string]string{"pass": "fine", "ask": "waits for a person", "stop": "blocked"}[v.Copy]
			rows = append(rows, []string{one.ID, one.Kind, v.ID, v.Channel, v.Language, word + " (" + strconv.FormatFloat(v.Score, 'f', 2, 64) + ")", why, v.Calmer})
		}
	}
	if c.JSON {
		err = showJSON(a.out, all)
	} else if err = showTable(a.out, rows); err == nil {
		_, err = fmt.Fprintf(a.out, "%d campaigns, no faults\n", len(all))
	}
	if err == nil && blocked {
		return errGoalMissed
	}
	return err
}
