package engine

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tactful/tactful"
)

// Limits of the business's tokens.
const (
	maxTokenBytes = 4096
	maxTokenLife  = 10 * time.Minute
	tokenSkew     = 30 * time.Second // that the sender's clock may run ahead
	maxTokenID    = 128
)

// tokenKey is the one key, with the one algorithm, that tokens are checked with.
type tokenKey struct {
	algorithm jose.SignatureAlgorithm
	key       any
}

// loadTokenKey reads the key of the business's tokens; nil if there are none.
func loadTokenKey(c Token) (*tokenKey, error) {
	if c.Algorithm == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.KeyFile)
	bad := func(detail, remedy string) error {
		return &tactful.Error{Kind: tactful.Invalid, Field: "engine.rights.token.key_file", Detail: detail, Remedy: remedy}
	}
	if err != nil {
		return nil, bad("cannot be read", "check the path and its rights")
	}
	if c.Algorithm == string(jose.HS256) {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(secret) < 32 {
			return nil, bad("is no secret of 32 bytes or more in base64", "openssl rand -base64 32")
		}
		return &tokenKey{jose.HS256, secret}, nil
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, bad("is no PEM file", "openssl pkey -in private.pem -pubout")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := public.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, bad("holds no Ed25519 public key", "openssl genpkey -algorithm ed25519, then openssl pkey -pubout")
	}
	return &tokenKey{jose.EdDSA, key}, nil
}

// claims are what a token must say.
type claims struct {
	Subject  string          `json:"sub"`
	Kind     string          `json:"kind"` // user, which "" means, or anonymous
	Audience json.RawMessage `json:"aud"`
	Issued   *int64          `json:"iat"`
	Expires  *int64          `json:"exp"`
	ID       string          `json:"jti"`
	Request  string          `json:"request"` // id of a request that it proves, "" for a visit only
}

// readToken checks a token's signature, and then its claims. What is wrong is
// not told: a forger learns nothing.
func (k *tokenKey) readToken(text, audience string, now time.Time) (claims, bool) {
	var c claims
	if len(text) > maxTokenBytes {
		return c, false
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{k.algorithm}) // whatever its header says
	if err != nil {
		return c, false
	}
	payload, err := signed.Verify(k.key)
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return c, false
	}
	var one string
	if json.Unmarshal(c.Audience, &one) != nil || one != audience { // one audience: a token for many is for nobody
		return c, false
	}
	if c.Subject == "" || c.ID == "" || len(c.ID) > maxTokenID || c.Issued == nil || c.Expires == nil {
		return c, false
	}
	issued, expires := time.Unix(*c.Issued, 0), time.Unix(*c.Expires, 0)
	switch {
	case issued.After(now.Add(tokenSkew)), !now.Before(expires), expires.Sub(issued) > maxTokenLife, !issued.Before(expires):
		return c, false
	case c.Kind != "" && c.Kind != "user" && c.Kind != "anonymous":
		return c, false
	}
	return c, true
}

// tokenMaker stands for the key of whoever signs tokens: one server, one count.
const tokenMaker = "token"

// RedeemToken opens what a token of the business's own server opens: who is
// logged in there. Each counts once.
func (e *Engine) RedeemToken(ctx context.Context, text string) (Visit, error) {
	if err := e.enter(); err != nil {
		return Visit{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	if e.tokens == nil {
		return Visit{}, &tactful.Error{Kind: tactful.Refused, Detail: "no key for tokens is configured", Remedy: "set engine.rights.token, or send a link"}
	}
	c, ok := e.tokens.readToken(text, e.cfg.Rights.Token.Audience, now)
	if !ok {
		return Visit{}, noVisit()
	}
	err := e.records.PutOnce(ctx, "token/"+c.ID, []byte{1}, time.Unix(*c.Expires, 0).Add(time.Second), now)
	if tactful.KindOf(err) == tactful.Conflict {
		return Visit{}, noVisit() // used before, or at the same moment
	}
	if err != nil {
		return Visit{}, fmt.Errorf("redeem a token: %w", err)
	}
	v := Visit{Subject: tactful.Alias{Kind: tactful.UserID, ID: c.Subject}, Opens: true, Until: now.Add(e.cfg.Rights.Visit), Maker: tokenMaker}
	if c.Kind == "anonymous" {
		v.Subject.Kind = tactful.Anonymous
	}
	if v.Subject.Validate("sub") != nil {
		return Visit{}, noVisit()
	}
	ref, err := e.resolve(ctx, v.Subject, now)
	if err != nil {
		return Visit{}, err
	}
	if ref.IsZero() {
		v.Beginning = &Beginning{Subject: v.Subject}
	}
	if c.Request != "" && !ref.IsZero() {
		if v.Request, err = e.prove(ctx, c.Request, ref, now); err != nil {
			return Visit{}, err
		}
	}
	return v, nil
}
