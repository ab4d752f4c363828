package tactful

import "context"

// ActorKind says in what capacity somebody acts on a person's data. The zero
// value is unknown; what needs a named actor refuses it.
type ActorKind uint8

// The kinds of actor.
const (
	ActorUnknown  ActorKind = iota
	ActorPerson             // the person themself, through their own session or a proved link
	ActorService            // a key of the business that serves pages: no human looks
	ActorOperator           // a named human of the business
	ActorEngine             // the engine's own background work
)

var actorNames = [...]string{"unknown", "person", "service", "operator", "engine"}

// String returns the word used in records.
func (k ActorKind) String() string {
	if int(k) < len(actorNames) {
		return actorNames[k]
	}
	return actorNames[0]
}

// Actor is who acts, under which key and why. People see it under "who looked
// at me", so Name is a name that the business is ready to stand by.
type Actor struct {
	Kind   ActorKind
	Name   string // of the operator or of the key; "" for a person or the engine
	Key    string // id of the API key, "" if none was used
	Reason string // why one person's data is opened; operators must give one
}

type actorKey struct{}

// WithActor says who acts in everything that is called with the context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns who acts; the zero Actor if nobody said.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
