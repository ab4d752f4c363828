package access

import (
	"context"

	"github.com/tactful/tactful"
)

// waits reports whether a key opens nothing until a second operator has released
// it. A service acts for the people who use the shop: it says yes for them and
// erases them, and nobody's name stands behind it. So one operator alone makes
// none; else every rule that needs two would end there. What is made at the
// machine itself has no maker. A page's key is everybody's anyway, and an
// operator's acts under their name.
func (n New) waits(kind tactful.ActorKind) bool {
	return n.Maker != (Maker{}) && kind == tactful.ActorService && n.Scopes != Browser
}

// Release lets a key open doors that waits for a second operator, who must be
// somebody else than its maker: not by another name's spelling, nor with a key
// that one of them made for the other, nor, where a third made both of theirs,
// with a key that is as young as the one to be released. The zero Maker stands at
// the machine itself.
func (k *Keys) Release(ctx context.Context, idOrName string, by Maker) error {
	return k.update(ctx, func(all []Key) (Key, error) {
		for _, key := range all {
			if !key.Revoked.IsZero() || key.ID != idOrName && key.Name != idOrName {
				continue
			}
			switch {
			case !key.Waits:
				return Key{}, &tactful.Error{Kind: tactful.Conflict, Detail: "the key does not wait for anybody", Remedy: "run tactful keys list"}
			case by != (Maker{}) && k.oneHand(key, by):
				return Key{}, &tactful.Error{Kind: tactful.Refused, Detail: "a key is never released by who made it",
					Remedy: "ask another operator, with a key of their own that you did not make, or release it at the machine itself"}
			}
			key.Waits, key.Agreed = false, by
			return key, nil
		}
		return Key{}, &tactful.Error{Kind: tactful.NotFound, Detail: "no key in force has this id or name", Remedy: "run tactful keys list"}
	})
}

// oneHand reports whether who releases a key may be the human who made it.
func (k *Keys) oneHand(key Key, by Maker) bool {
	above, beside := k.Makers(by.Key), k.Makers(key.Maker.Key)
	if by.Name == "" || by.same(key.Maker) || key.Maker.among(above) || by.among(beside) {
		return true
	}
	theirs, err := k.Find(by.Key)
	if err != nil || theirs.Created.Before(key.Created) {
		return err != nil
	}
	for _, third := range above {
		if third.among(beside) {
			return true
		}
	}
	return false
}

// same reports whether two who act may be one human.
func (m Maker) same(n Maker) bool {
	return PersonID(m.Name) == PersonID(n.Name) || m.Key != "" && m.Key == n.Key
}

func (m Maker) among(all []Maker) bool {
	for _, other := range all {
		if m.same(other) {
			return true
		}
	}
	return false
}
