// Package experiment is what a flag and an experiment may be, who gets which
// variant, and what may be concluded from counts. It is pure: no storage, no
// clock, no person. Who agreed is for the engine to ask; here nobody is known but
// by a reference that is hashed under a key.
//
// An experiment is registered whole before it starts and locked by the hash of
// its canonical form. It measures what people do, from a closed list, never how
// they feel (Kramer, Guillory and Hancock 2014 is the case this package refuses).
package experiment
