// Package recombee is a thin door that speaks the part of Recombee's HTTP wire
// that asks for recommendations, so that who has one of its clients can switch
// by changing the host: items to a user, items to an item.
//
// Behind it is the same decision as everywhere: consent is checked, guards
// judge, a receipt is kept; recommId is the decision's id. The sentence that
// says why an item is there is the property "reason". The door never makes or
// changes anybody, so cascadeCreate does nothing, and somebody unknown gets the
// list that is the same for everyone.
//
// What narrows a list and is not understood (filter) is refused: without it the
// caller would show what they meant to keep out. What only leans a ranking
// (booster, logic, diversity, rotation) is not followed, and the answer's header
// Tactful-Ignored names it.
package recombee
