package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/door"
)

// contract is the document by route pattern, as the mux writes it.
type contract map[string]*operation

// operation is what the document says of one route.
type operation struct {
	id       string
	open     bool // needs no key
	opens    bool // is about one person: an operator says why
	decides  bool // asks for a decision about somebody
	need     door.Need
	path     []parameter
	query    []parameter
	body     *openapi3.Schema // nil: takes none
	required bool
}

type parameter struct {
	name    string
	integer bool
	schema  *openapi3.Schema
}

// readContract loads the document. Schemas are visited with kin-openapi's own
// validator: for documents of version 3.1 its request filter would compile the
// schema again at every request (about a millisecond), and this document uses
// no keyword that the own validator does not know; a test holds it to that.
func readContract(text []byte) (contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("load the API document: %w", err)
	}
	known := contract{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op, err := readOperation(item, o)
			if err != nil {
				return nil, fmt.Errorf("read operation %s of the API document: %w", o.OperationID, err)
			}
			known[method+" "+path] = op
		}
	}
	return known, nil
}

func readOperation(item *openapi3.PathItem, o *openapi3.Operation) (*operation, error) {
	op := &operation{id: o.OperationID, open: o.Security != nil && len(*o.Security) == 0}
	words, err := extensionWords(o.Extensions["x-scopes"])
	if err != nil {
		return nil, err
	}
	if !op.open {
		if op.need.Scopes, err = access.ParseScopes(words); err != nil {
			return nil, err
		}
	}
	op.opens = o.Extensions["x-opens"] == "person" // beside every route that names a person in its path
	op.decides = o.Extensions["x-decides"] == true
	if o.Extensions["x-browser-keys"] == "welcome" {
		op.need.Browsers = door.BrowsersWelcome
	}
	for _, ref := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
		p := parameter{name: ref.Value.Name, schema: ref.Value.Schema.Value}
		p.integer = p.schema.Type.Is(openapi3.TypeInteger)
		switch ref.Value.In {
		case openapi3.ParameterInPath:
			op.path = append(op.path, p)
			op.opens = op.opens || p.name == "subjectId"
		case openapi3.ParameterInQuery:
			op.query = append(op.query, p)
		}
	}
	if o.RequestBody != nil {
		media := o.RequestBody.Value.Content["application/json"]
		if media == nil || media.Schema == nil {
			return nil, errors.New("the body has no JSON schema")
		}
		op.body, op.required = media.Schema.Value, o.RequestBody.Value.Required
	}
	return op, nil
}

func extensionWords(v any) ([]string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var words []string
	err = json.Unmarshal(raw, &words)
	return words, err
}

// admit checks a request against its operation and returns it with the
// validated body, or the request as it was with the error that names the field.
func (op *operation) admit(w http.ResponseWriter, r *http.Request, limits door.Limits) (*http.Request, error) {
	for _, p := range op.path {
		if err := p.check(r.PathValue(p.name)); err != nil {
			return r, err
		}
	}
	if err := op.admitQuery(r); err != nil {
		return r, err
	}
	if door.GPC(r) { // the generated binding refuses repeated headers; any "1" counts
		r.Header["Sec-Gpc"] = []string{"1"}
	} else {
		delete(r.Header, "Sec-Gpc")
	}
	if op.body == nil {
		if r.ContentLength > 0 {
			return r, tactful.InvalidField("body", "is not taken here", "send no body")
		}
		return r, nil
	}
	if op.id == "postEvents" {
		return r, jsonMedia(r) // each event has its own outcome; the engine reads the body
	}
	limit := limits.Body
	if op.id == "putItems" || op.id == "importSubject" {
		limit = limits.ItemsBody
	}
	return op.admitBody(w, r, limit, limits.Depth)
}

func (op *operation) admitQuery(r *http.Request) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	parsed, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return tactful.InvalidField("query", "is not well-formed", "encode the parameters as name=value")
	}
	for name, values := range parsed {
		p, ok := find(op.query, name)
		if !ok {
			return tactful.InvalidField(clipName(name), "is an unknown parameter", "leave it out")
		}
		if len(values) != 1 {
			return tactful.InvalidField(name, "is there more than once", "send it once")
		}
		if err := p.check(values[0]); err != nil {
			return err
		}
	}
	return nil
}

func find(all []parameter, name string) (parameter, bool) {
	for _, p := range all {
		if p.name == name {
			return p, true
		}
	}
	return parameter{}, false
}

func (p parameter) check(text string) error {
	var value any = text
	if !utf8.ValidString(text) {
		return tactful.InvalidField(p.name, "is not UTF-8", "encode it as UTF-8")
	}
	if p.integer {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return tactful.InvalidField(p.name, "is no whole number", "send digits only")
		}
		value = float64(n)
	}
	if err := p.schema.VisitJSON(value); err != nil {
		return schemaFault(p.name, err)
	}
	return nil
}

func (op *operation) admitBody(w http.ResponseWriter, r *http.Request, limit int64, depth int) (*http.Request, error) {
	if r.ContentLength == 0 && !op.required {
		r.Body = http.NoBody
		return r, nil
	}
	if err := jsonMedia(r); err != nil {
		return r, err
	}
	text, err := door.ReadBody(w, r, limit)
	if err != nil {
		return r, err
	}
	if len(text) == 0 {
		r.Body = http.NoBody
		if op.required {
			return r, tactful.InvalidField("body", "is empty", "send a JSON object")
		}
		return r, nil
	}
	if op.id == "recommend" {
		if request, ok := readPlain(text); ok {
			r.Body = plainBody{request: &request}
			return r, nil
		}
	}
	value, err := door.ParseJSON(text, depth)
	if err != nil {
		return r, err
	}
	if op.decides {
		if err := termsIn(value, op.body, ""); err != nil {
			return r, err
		}
	}
	if err := op.body.VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
		return r, schemaFault("", err)
	}
	r.Body = validated{value: value}
	return r, nil
}

// validated hands the checked value to the generated binding, which asks for
// ValidatedValue. The text is gone: if the value does not fit, the binding
// finds nothing else that it could read differently.
type validated struct{ value any }

var errUnbound = errors.New("the validated value does not fit the generated type")

// ValidatedValue is what was validated.
func (v validated) ValidatedValue() any { return v.value }

// Read errs, and not with io.EOF, which would mean that there was no body.
func (v validated) Read([]byte) (int, error) { return 0, errUnbound }

// Close has nothing to close.
func (v validated) Close() error { return nil }

func jsonMedia(r *http.Request) error {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if media = strings.TrimSpace(media); media == "" || strings.EqualFold(media, "application/json") {
		return nil
	}
	return door.NotJSON()
}
