// Package decision holds the words of the request path: what the stages hand
// to each other. A Case carries every fact; a Candidate carries its
// contributions; a Verdict says what one guard thinks of one candidate. Values
// only: no storage, no clock, no randomness.
package decision
