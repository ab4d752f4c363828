// Package audit measures the lists of any recommender: what they tell of people,
// how they amplify, narrow and repeat. It runs the attackers of package attack
// that the replays run on the engine itself. Files in, figures out; it knows
// nobody but the people of the files, and writes no name of theirs.
package audit
