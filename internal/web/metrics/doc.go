// Package metrics counts what the doors do and serves the numbers, together
// with health and profiling, on an address of its own, loopback by default.
// Labels are words of closed sets: routes as the document writes them, levels,
// placements, guards, reasons. No id can become a label, and a word that is
// not known is counted as "other", so that nobody can make up label values.
package metrics
