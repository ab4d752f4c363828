// Package consent answers one question: may this purpose use what is known
// about this person, now, and how far? It is pure: standing, question and time
// come in, a Permit goes out, and nothing it does not know is permitted.
//
//   - config.go    what an operator can set, with careful defaults
//   - notices.go   the built-in purposes and their plain texts
//   - policy.go    the checked configuration: texts, hashes, regimes
//   - permit.go    use: the level a decision may be made at, and why no higher
//   - collect.go   collection: whether an event may be stored
//   - ask.go       which questions may be put to somebody now
//   - apply.go     what a new choice does to the recorded ones
//   - signal.go    consent objects of Segment, RudderStack and Google, and Sec-GPC
//
// The promise kept here: no recorded permission, no personalization.
package consent
