// Package label says of which sensitive and harmful classes an item is, and why.
// Its sources, strongest first: what an operator decided, what the item declares,
// its category in a taxonomy (IAB Content Taxonomy 2.2, Google product taxonomy),
// words, and a small classifier that only proposes. A stronger source never
// takes away what a weaker one found; only an operator's decision does, and for a
// sensitive class only that of two people. So a proposal acts as a label until
// somebody has looked at it.
//
// The package is pure: an item and decisions in, labels out. The taxonomy and the
// words are files beside the code.
package label
