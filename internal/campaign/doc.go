// Package campaign knows what the business would like to say: campaigns with
// their creatives, when each may run, whom it is for and what it may cost. It
// reads them strictly (read.go), refuses what may not be (check.go), and makes
// the candidates of a decision from them (candidates.go). It decides nothing:
// guards judge each candidate, and the engine reserves, explains and keeps.
//
// An audience is a typed filter over what people did with us or told us. There is
// no way to write a sensitive class or a protected attribute in one: the file is
// refused, with the line.
package campaign
