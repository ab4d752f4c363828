// Package place makes coordinates coarse at the door: of where somebody was only
// a cell of S2's grid is left, as large as they agreed to, and nothing of
// sensitive places and of the ends of journeys. Points come in and cells go out;
// nothing here stores, and no function gives a point back.
package place
