package shop

import (
	"fmt"
	"html/template"

	"github.com/tactful/tactful"
)

// simulated is the source of events and the method of consents that a program
// made up for the demo. Pages mark it wherever it is shown.
const simulated = "simulated"

// funcs serve the templates.
var funcs = template.FuncMap{
	"price": price,
	"args":  func(a ...any) []any { return a },
}

// price writes hundredths as money, "" if the price is unknown.
func price(it tactful.Item) string {
	if it.Price < 0 {
		return ""
	}
	sign := map[string]string{"GBP": "£", "EUR": "€", "USD": "$"}[it.Currency]
	if sign == "" {
		sign = it.Currency + " "
	}
	return fmt.Sprintf("%s%d.%02d", sign, it.Price/100, it.Price%100)
}

// list is a list of suggestions as a page shows it.
type list struct {
	ID       string // of the heading, for the outline
	Key      string // message keys of heading and lead begin with it
	Arg      string
	Decision string
	Level    string
	Note     string
	Cards    []card
	Withheld []tactful.Withheld
	Back     string
}

// card is one suggestion.
type card struct {
	Item     tactful.Item
	Origin   string
	Reason   tactful.Reason
	Behind   []behind
	Used     bool // something about the visitor was used
	Decision string
	Back     string
	Somebody bool
	Left     int // how many items were withheld from the list
}

// behind is one item of the visitor's own that stands behind a suggestion.
type behind struct {
	Item      tactful.Item
	Action    string
	Simulated bool
	Mine      bool // in the visitor's history, so that it can be put out of use
	Back      string
}
