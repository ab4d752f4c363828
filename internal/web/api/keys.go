package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// KeyTable makes, lists and takes back API keys; *access.Keys does. It is the
// table that the doors check, so that a change holds at once.
type KeyTable interface {
	List() []access.Key
	Make(ctx context.Context, n access.New) (string, error)
	Revoke(ctx context.Context, idOrName string) error
}

var _ KeyTable = (*access.Keys)(nil)

// ListKeys returns what is known of each key, never the key.
func (s *server) ListKeys(context.Context, wire.ListKeysRequestObject) (wire.ListKeysResponseObject, error) {
	all := s.opt.KeyTable.List()
	answer := wire.ListKeys200JSONResponse{Keys: make([]wire.KeyInfo, len(all))}
	for i, key := range all {
		answer.Keys[i] = keyOut(key)
	}
	return answer, nil
}

func keyOut(key access.Key) wire.KeyInfo {
	return wire.KeyInfo{Id: key.ID, Name: key.Name, Kind: wire.KeyInfoKind(key.Actor().Kind.String()), Operator: key.Person, Scopes: scopesOut(key.Scopes), Origins: key.Origins, Maker: key.Maker.Name, MakerKey: key.Maker.Key, Created: key.Created, Revoked: key.Revoked}
}

// CreateKey makes a key and shows it for the only time.
func (s *server) CreateKey(ctx context.Context, r wire.CreateKeyRequestObject) (wire.CreateKeyResponseObject, error) {
	words := make([]string, len(r.Body.Scopes))
	for i, word := range r.Body.Scopes {
		words[i] = string(word)
	}
	scopes, err := access.ParseScopes(words)
	if err != nil {
		return nil, err
	}
	plain, err := s.opt.KeyTable.Make(ctx, access.New{Maker: access.Maker{Name: tactful.ActorOf(ctx).Name, Key: tactful.ActorOf(ctx).Key}, Name: r.Body.Name, Scopes: scopes, Origins: r.Body.Origins, Operator: r.Body.Operator})
	if err != nil {
		return nil, err
	}
	return wire.CreateKey201JSONResponse{Name: r.Body.Name, Scopes: scopesOut(scopes), Key: plain}, nil
}

// RevokeKey takes a key back. A key that could revoke itself would shut its
// owner out by one mistake; who means it makes another key first.
func (s *server) RevokeKey(ctx context.Context, r wire.RevokeKeyRequestObject) (wire.RevokeKeyResponseObject, error) {
	own := grantOf(ctx).KeyID
	for _, key := range s.opt.KeyTable.List() {
		if key.ID == own && (r.KeyId == own || r.KeyId == key.Name) {
			return nil, &tactful.Error{Kind: tactful.Refused, Field: "keyId", Detail: "a key may not revoke itself",
				Remedy: "make another key with the scope admin and revoke this one with it"}
		}
	}
	return wire.RevokeKey204Response{}, s.opt.KeyTable.Revoke(ctx, r.KeyId)
}

func scopesOut(s access.Scopes) []wire.Scope {
	words := s.Words()
	out := make([]wire.Scope, len(words))
	for i, word := range words {
		out[i] = wire.Scope(word)
	}
	return out
}
