package door

// ProblemOf says what Refuse would answer, for doors whose clients read errors
// of another form.
func ProblemOf(err error) Problem { return problemOf(err) }
