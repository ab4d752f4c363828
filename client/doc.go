// Package client calls a Tactful server from Go. It needs the standard library
// and the root package only.
//
// A Client is safe for concurrent use. Every call takes a context and returns
// when it ends. What fails is a *tactful.Error with a kind, the field to change
// and a remedy; tactful.KindOf tells the kind.
//
// Calls that may be repeated are: after 429 and 503 as Retry-After says, after a
// broken connection with growing, jittered pauses. An event has a message id and
// a time before it is sent the first time, so that a delivery that was stored
// but not heard is stored once. A call that changes somebody's record in a way
// that a repetition would show is repeated only if the server did not take it.
//
// The client sends what the caller hands it and keeps nothing. Whether somebody
// may be personalized for is decided by the server, each time.
package client
