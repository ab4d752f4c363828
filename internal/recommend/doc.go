// Package recommend makes the candidates of a placement from the model, the
// catalogue and the evidence, before any guard has judged them, and afterwards
// chooses the final order. It is pure.
//
// A candidate's score is the sum of its contributions, one per piece of
// evidence: the explanation is the arithmetic. What the shop itself puts
// forward (pins, boosts, slots) enters as a candidate like any other, labelled
// as what it is, so that it never gets past a guard.
package recommend
