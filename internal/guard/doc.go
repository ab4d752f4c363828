// Package guard keeps the promises: one file per promise. A guard judges every
// candidate of a case; an error or a panic is a refusal, and so is the zero
// verdict. Guards are pure and safe for concurrent use: facts and time come in
// the Case, consent as the Permit that the consent stage computed.
//
// All is the one list of guards; its order is the receipt's order. Each guard
// has a case in its test that it must refuse and one that it must let through.
package guard
