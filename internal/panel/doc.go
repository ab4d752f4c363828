// Package panel measures what lists do with groups of people, on those who told
// what they are and agreed to be measured: whether leanings of a group are carried
// further than its members' own choices, whether all are served as well, and whose
// items they are shown.
//
// What leaves are measures of sums with Gaussian noise, so that they tell nobody's
// attribute: whoever joins, leaves or tells something else changes no number by
// more than the noise hides. Pure mathematics; who may be measured is decided above.
package panel
