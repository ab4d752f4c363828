// Package coercion reads copy and finds what presses or is eerie: urgency,
// scarcity, social proof, misdirection, obstruction, sneaking, forced action,
// emotional pressure, a weak moment used, and phrases that tell people they were
// watched. Two readers look: a linear model over words and letters, trained on
// judged texts (`tactful coercion train`), and rules for what those texts lack,
// in English and German. What copy claims of stock and of time is checked against
// the facts. The answer names the words that decided and offers calmer ones.
//
// It reads what it was taught: irony, pictures, other languages and new tricks
// pass by. Between calm and pressing a person decides.
package coercion
