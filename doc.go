// Package tactful holds the public words of the engine: what a business sends
// (items, events, consents), what it asks (requests) and what it gets back
// (decisions with reasons and receipts). It imports the standard library only,
// so that a client needs nothing else.
//
// The promise behind every type: no recorded permission, no personalization;
// no receipt, no decision.
package tactful
