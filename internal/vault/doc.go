// Package vault keeps one key per subject and seals every row under it, so
// that forgetting a person is forgetting 32 bytes.
//
// Three layers. A key ring (Tink, AES-256-GCM) lives in a file of its own or
// in the environment and wraps everything below it. The key table, a store of
// its own that is never part of a data backup, holds one wrapped data key per
// subject and one wrapped tenant secret. Sealers hold an unwrapped key and
// seal rows with AES-256-GCM, bound to the partition, family and key where the
// row belongs.
//
// Shred deletes a subject's wrapped key, purges the table and evicts the
// cache: every copy of the data rows, however old, is noise from then on.
// Rotate wraps all keys anew and throws the old ring key away, which bounds
// what an old copy of the key table could open.
package vault
