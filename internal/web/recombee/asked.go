package recombee

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

// asked is what this door understands of a request's parameters.
type asked struct {
	count      int
	targetUser string
	properties bool
	included   []string // of the properties; empty: all
	ignored    []string // parameters that were not followed
}

// leaning are parameters that only lean a ranking, or ask for what we do not
// have. They are not followed, and the answer says so.
var leaning = []string{
	"scenario", "booster", "logic", "minRelevance", "diversity", "rotationRate", "rotationTime",
	"userImpact", "itemImpact", "returnAbGroup", "expertSettings",
}

// narrowing are parameters without which a list would hold what the caller keeps out.
var narrowing = []string{"filter", "reqlExpressions"}

const maxProperties = 64

// read takes the parameters of the query (GET) or the body (POST).
func (d *recombeeDoor) read(w http.ResponseWriter, r *http.Request) (asked, error) {
	if r.Method == http.MethodGet {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return asked{}, tactful.InvalidField("query", "cannot be read", "encode the parameters")
		}
		return readParameters(queryParameters(values))
	}
	body, err := door.ReadBody(w, r, d.opt.Limits.Body)
	if err != nil {
		return asked{}, err
	}
	if _, err := door.ParseJSON(body, d.opt.Limits.Depth); err != nil {
		return asked{}, err
	}
	var parameters map[string]json.RawMessage
	if json.Unmarshal(body, &parameters) != nil || parameters == nil {
		return asked{}, tactful.InvalidField("body", "is no JSON object", "send the parameters as one object")
	}
	return readParameters(parameters)
}

// queryParameters writes a query's values as JSON, so that both forms are read
// in one place.
func queryParameters(values url.Values) map[string]json.RawMessage {
	parameters := map[string]json.RawMessage{}
	for name, all := range values {
		if name == "hmac_timestamp" || name == "hmac_sign" {
			continue
		}
		text := all[len(all)-1]
		var value any = text
		switch name {
		case "count":
			if _, err := strconv.Atoi(text); err == nil {
				value = json.Number(text)
			}
		case "returnProperties", "cascadeCreate", "returnAbGroup":
			if yes, err := strconv.ParseBool(text); err == nil {
				value = yes
			}
		case "includedProperties":
			value = strings.Split(text, ",")
		}
		if written, err := json.Marshal(value); err == nil {
			parameters[name] = written
		}
	}
	return parameters
}

func readParameters(parameters map[string]json.RawMessage) (a asked, err error) {
	get := func(name string, into any, remedy string) {
		raw, ok := parameters[name]
		if ok && string(raw) != "null" && json.Unmarshal(raw, into) != nil && err == nil {
			err = tactful.InvalidField(name, "is of another type", remedy)
		}
	}
	if err := ownTerms(parameters); err != nil {
		return a, err
	}
	for _, name := range narrowing {
		if raw, ok := parameters[name]; ok && string(raw) != "null" && string(raw) != `""` {
			return a, tactful.InvalidField(name, "is an expression that this server does not evaluate, so the list could hold what you keep out",
				"filter on your side, or ask /v1/decisions/recommendations with its filter")
		}
	}
	get("count", &a.count, "send a number")
	get("targetUserId", &a.targetUser, "send text")
	get("returnProperties", &a.properties, "send true or false")
	if raw, ok := parameters["includedProperties"]; ok && string(raw) != "null" {
		var text string
		if json.Unmarshal(raw, &text) == nil { // some clients send the list of the GET form
			a.included = strings.Split(text, ",")
		} else {
			get("includedProperties", &a.included, "send a list of names")
		}
	}
	if len(a.included) > maxProperties && err == nil {
		err = tactful.InvalidField("includedProperties", "has too many entries", "send at most 64")
	}
	for _, name := range leaning {
		if _, ok := parameters[name]; ok {
			a.ignored = append(a.ignored, name)
		}
	}
	for name := range parameters {
		if !slices.Contains(leaning, name) && !slices.Contains(understood, name) {
			a.ignored = append(a.ignored, "others")
			break
		}
	}
	return a, err
}

// understood are the parameters that are followed. cascadeCreate is one: nobody
// is made because somebody asks, whatever it says.
var understood = []string{"count", "targetUserId", "returnProperties", "includedProperties", "cascadeCreate", "filter", "reqlExpressions"}
