// Package records keeps typed rows over one data store and the vault:
// subjects and their aliases, events, consents, settings, contributions,
// receipts. It decides where a row lives, how it reads as bytes and under which
// key it is sealed; it never decides whether it may be used.
//
// A subject's partition, named by its random reference and sealed under its
// own key:
//
//	State 1                        standing: level, consents, restriction
//	State 2                        settings: what the person said about items
//	State 2 1                      preferences: what the person declared
//	State 3                        aliases: the partitions that point here
//	State 4                        contribution: what the model holds of this person
//	Log   c time hash              consent records
//	Log   e day hash(message id)   events
//	Log   n time hash              nonces: with the record of that name, its leaf in the ledger
//	Log   f time random kind hash  reports on a decision
//	Log   l time tag random        who opened this person's data; see look.go
//	Log   r time random            receipts
//
// An alias partition holds one State row, the reference, under the tenant's
// key. Receipts of decisions about nobody live in House partitions, one for
// each day and shard. Marks for the learner live in Duties and hold references
// only.
package records
