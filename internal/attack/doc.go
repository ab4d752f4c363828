// Package attack is the mathematics of those who want to know what people did
// not say: it learns from people whose secret is known to tell it of others.
// Replays attack what the engine answers with it, since a promise that was only
// tried against a weak attacker has not been tried. Vectors in, scores out: no
// events, no storage, no clock, and the same result for the same seed.
package attack
