// Package engine is the request path: Open, Ingest, Decide, Erase, Close. It is
// the only composer of the stages; doors and embedders call nothing below it.
// Data goes one way, in one function each:
//
//	Ingest: decode, validate, consent (at collection), minimise, append, acknowledge
//	Decide: subject, permit (at use), evidence, candidates, guards, choose, explain, receipt, answer
//	Erase:  freeze, unlearn, purge, shred, verify
package engine
