// Package ingest turns bytes from outside into events that carry nothing they
// need not carry: decode, validate, minimise. It is pure; whether an event may
// be stored at all is the consent stage's question, asked afterwards.
//
//   - config.go, rules.go   what an operator declares; the checked rules
//   - json.go               a bounded reader for one delivery and its events
//   - native.go             POST /v1/events
//   - segment.go            Segment's calls; commerce.go their e-commerce events
//   - minimise.go           what is kept of a sender's properties, what is dropped
//   - signal.go             consent objects, read but not judged
//   - screen.go             walks a whole event and refuses what nobody may send
//   - names.go, fold.go     refusal by field name, however it is spelled
//   - shape.go              refusal by what a value looks like
//   - personal.go           e-mail, phone, card, account and identity numbers
//
// Three nets lie behind each other. A field of a kind that is refused
// (biometric, voice, face, from third parties) refuses its event. What is left
// and not declared is dropped. What is left then is checked for personal
// numbers and media. The names in problems are the interface's own words: a
// sender's unknown key is shown as "*", because a key can be data too.
package ingest
