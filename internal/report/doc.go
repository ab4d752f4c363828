// Package report makes numbers about crowds that point at nobody. A family of
// reports declares beforehand what it counts, in how many groups one person
// counts at most, what an answer may cost that person and what a reader may
// conclude. Every count carries exact noise (package noise); every answer is
// charged to the family's budget of the month before it is given, and the same
// question has the same answer, so that asking often averages nothing out.
//
// Pure: people come in as groups, randomness as a source, time as a date. The
// engine reads the records and keeps the ledger.
package report
