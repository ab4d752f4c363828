package main

import "github.com/tactful/tactful"

// operatorFlags are shared by the commands that open or change one person's
// data: a human does it, and the person will see who and why.
type operatorFlags struct {
	As     string `name:"as" placeholder:"NAME" help:"Who you are; the person will see it. With --url the key says it."`
	Reason string `placeholder:"TEXT" help:"Why you open this person's data, in 10 to 300 characters; the person will see it."`
}

// act lets a command work in the name of whoever types it. The engine refuses
// who does not say who they are and why.
func (f *operatorFlags) act(a *app) *app {
	return a.actingAs(tactful.Actor{Kind: tactful.ActorOperator, Name: f.As, Reason: f.Reason})
}

// work lets a command act as the engine itself: it fills or measures a store
// and shows nothing of anybody.
func (a *app) work() *app { return a.actingAs(tactful.Actor{Kind: tactful.ActorEngine}) }

func (a *app) actingAs(actor tactful.Actor) *app {
	same := *a
	same.ctx = tactful.WithActor(a.ctx, actor)
	return &same
}
