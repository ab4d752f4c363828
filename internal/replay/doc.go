// Package replay plays the scandals again: against this engine, and against a
// plain one that does what was usual. A row of the benchmark says what was
// attacked, what came of it on both sides, and whether the goal was met; a case
// is one scandal in plain text (scandals/*.txt).
//
// Every row has a positive control among its tests: with the leak planted, the
// row must fail. A row that cannot fail shows nothing.
package replay
