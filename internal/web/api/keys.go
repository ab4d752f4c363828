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
	Release(ctx context.Context, idOrName string, by access.Maker) error
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
	return wire.KeyInfo{Id: key.ID, Name: key.Name, Kind: wire.KeyInfoKind(key.Actor().Kind.String()), Operator: key.Person, Scopes: scopesOut(key.Scopes), Origins: key.Origins, Maker: key.Maker.Name, MakerKey: key.Maker.Key, Waits: key.Waits, ReleasedBy: key.Agreed.Name, Created: key.Created, Revoked: key.Revoked}
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
	plain, err := s.opt.KeyTable.Make(ctx, access.New{Maker: whoActs(ctx), Name: r.Body.Name, Scopes: scopes, Origins: r.Body.Origins, Operator: r.Body.Operator})
	if err != nil {
		return nil, err
	}
	made := s.inForce(r.Body.Name)
	s.audit(ctx, "an API key was made", made)
	return wire.CreateKey201JSONResponse{Name: r.Body.Name, Scopes: scopesOut(scopes), Key: plain, Waits: made.Waits}, nil
}

// ReleaseKey is the second operator's agreement to a key.
func (s *server) ReleaseKey(ctx context.Context, r wire.ReleaseKeyRequestObject) (wire.ReleaseKeyResponseObject, error) {
	if err := s.opt.KeyTable.Release(ctx, r.KeyId, whoActs(ctx)); err != nil {
		return nil, err
	}
	s.audit(ctx, "an API key was released", s.inForce(r.KeyId))
	return wire.ReleaseKey204Response{}, nil
}

// whoActs is the operator behind a call.
func whoActs(ctx context.Context) access.Maker {
	actor := tactful.ActorOf(ctx)
	return access.Maker{Name: actor.Name, Key: actor.Key}
}

// inForce is what is known of a key by its id or name.
func (s *server) inForce(idOrName string) access.Key {
	for _, key := range s.opt.KeyTable.List() {
		if key.Revoked.IsZero() && (key.ID == idOrName || key.Name == idOrName) {
			return key
		}
	}
	return access.Key{}
}

// audit says in the log what happened to a key and who did it: whoever makes
// keys for themself is seen by whoever reads it.
func (s *server) audit(ctx context.Context, what string, key access.Key) {
	by := whoActs(ctx)
	s.opt.Log.WarnContext(ctx, what, "key", key.ID, "name", key.Name, "kind", key.Kind.String(), "operator", key.Person, "scopes", key.Scopes.String(), "waits", key.Waits, "by", by.Name, "by_key", by.Key)
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
	known := s.inForce(r.KeyId)
	if err := s.opt.KeyTable.Revoke(ctx, r.KeyId); err != nil {
		return nil, err
	}
	s.audit(ctx, "an API key was revoked", known)
	return wire.RevokeKey204Response{}, nil
}

func scopesOut(s access.Scopes) []wire.Scope {
	words := s.Words()
	out := make([]wire.Scope, len(words))
	for i, word := range words {
		out[i] = wire.Scope(word)
	}
	return out
}
