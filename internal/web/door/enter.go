package door

import (
	"context"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
)

// Keys checks API keys; *access.Keys does.
type Keys interface {
	Check(ctx context.Context, presented string) (access.Grant, error)
	KnowsOrigin(origin string) bool
}

// Need is what a route asks of a key.
type Need struct {
	Scopes   access.Scopes // one of them
	Browsers Browsers
}

// Browsers says whether keys that sit in pages may use a route. The zero value refuses them.
type Browsers uint8

// Whether browser keys may enter.
const (
	BrowsersRefused Browsers = iota
	BrowsersWelcome
)

// Enter checks the key of a request, before anything of its body is read.
func Enter(r *http.Request, keys Keys, need Need) (access.Grant, error) {
	return EnterWith(r, keys, Presented(r), need)
}

// EnterWith is Enter for a key that came by another way than a header.
func EnterWith(r *http.Request, keys Keys, presented string, need Need) (access.Grant, error) {
	grant, err := keys.Check(r.Context(), presented)
	if err != nil {
		return access.Grant{}, KeyRefused(err)
	}
	if v := visitOf(r.Context()); v != nil {
		v.key = grant.KeyID
	}
	if grant.Browser() {
		if need.Browsers != BrowsersWelcome {
			return access.Grant{}, &tactful.Error{Kind: tactful.Refused, Field: "Authorization",
				Detail: "A browser key may only send events and ask for decisions.", Remedy: "Call this from a server, with a key of the scope " + need.Scopes.String() + "."}
		}
		if !grant.FromOrigin(r.Header.Get("Origin")) {
			return access.Grant{}, &tactful.Error{Kind: tactful.Refused, Field: "Origin",
				Detail: "This browser key is not for this origin.", Remedy: "List the origin when you create the key."}
		}
		return grant, nil
	}
	if !grant.Scopes.Allows(need.Scopes) {
		return access.Grant{}, &tactful.Error{Kind: tactful.Refused, Field: "Authorization",
			Detail: "The API key lacks the scope for this call.", Remedy: "Use a key with one of these scopes: " + need.Scopes.String() + "."}
	}
	return grant, nil
}

// TrustOf says how far what comes with a key is believed: what sits in a page
// can be read, and sent, by everybody, with whatever Origin they like.
func TrustOf(grant access.Grant) engine.Trust {
	if grant.Browser() || !grant.Scopes.Allows(access.Write|access.Rights) {
		return engine.Untrusted
	}
	return engine.Trusted
}

// Presented returns the key of the headers, "" if there is none: Bearer, the
// user name of Basic, or X-API-Key.
func Presented(r *http.Request) string {
	if auth := r.Header.Get("Authorization"); auth != "" {
		if scheme, key, ok := strings.Cut(auth, " "); ok && strings.EqualFold(scheme, "bearer") {
			return strings.TrimSpace(key)
		}
		if user, _, ok := r.BasicAuth(); ok {
			return user
		}
		return ""
	}
	return r.Header.Get("X-API-Key")
}
