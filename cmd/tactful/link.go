package main

import (
	"fmt"
	"net/http"
	"time"
)

type linkCommand struct {
	casework
	Subject   string `required:"" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
	Base      string `required:"" help:"Address of the host of the privacy centre, such as https://privacy.shop.example."`
	Request   string `help:"Id of a request that the link is to prove."`
	Newcomer  bool   `help:"Also if nobody is known by that id yet: they may say yes there, or bring what another shop gave them."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (linkCommand) Help() string {
	return `Send the link to an address that is known to be theirs. It works once, within minutes; looking at it changes nothing.
The person sees who made it, and that it was used. An operator's link proves one request (--request) and opens nothing; a visit needs a key of your server.

Examples:
  tactful link --subject u-1042 --base https://privacy.shop.example --request 8c1f… --as "Ada B." --reason "her letter of 3 May"
  TACTFUL_KEY=tk_… tactful link --subject u-1042 --base https://privacy.shop.example --url http://127.0.0.1:8080
  TACTFUL_KEY=tk_… tactful link --subject u-2000 --newcomer --base https://privacy.shop.example --url http://127.0.0.1:8080`
}

// Run makes a link and prints it once.
func (c *linkCommand) Run(a *app) error {
	person := personFlags{Person: c.Subject, Anonymous: c.Anonymous}
	body := map[string]any{"base": c.Base}
	if c.Request != "" {
		body["request"] = c.Request
	}
	if c.Newcomer {
		body["newcomer"] = true
	}
	var link struct {
		URL     string    `json:"url"`
		Token   string    `json:"token"`
		Expires time.Time `json:"expires"`
	}
	if _, err := c.call(a, http.MethodPost, person.path("/links"), body, &link); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, link)
	}
	fmt.Fprintf(a.err, "It works once, until %s; it is not shown again:\n", link.Expires.Format(time.RFC3339))
	_, err := fmt.Fprintln(a.out, link.URL)
	return err
}
