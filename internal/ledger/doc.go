// Package ledger makes the consent records tamper-evident. It keeps a Merkle
// tree (RFC 6962, the one of certificate transparency) whose leaves are
// SHA-256(nonce || record): the nonce and the record lie sealed in the person's
// own partition, so the tree says nothing about anybody, stays whole when a
// person is erased, and yet fits no other record.
//
//   - tree.go      leaves get their index, exactly once; what is stored
//   - head.go      signed tree heads, as text (c2sp.org/tlog-checkpoint)
//   - witness.go   the last head beside the keys, where no data backup reaches
//   - proof.go     inclusion of one record, checkable by anybody, offline
//   - verify.go    everything stored is computed again
//
// One partition holds the tree, so that one conditional write gives a whole
// batch of leaves its indexes: whoever is killed has either done that or not.
// All of it is plain hashes; heads are signed, so nothing needs to be secret.
package ledger
