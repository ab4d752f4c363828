// Package evidence turns a person's stored events and the items of the request
// into the pieces that a decision may rest on: one per item, with its weight,
// its age and where it came from. It is pure.
package evidence
