// Package disk is the embedded storage driver: one directory, one process,
// Pebble underneath. Every Write, Drop and Sweep is on the medium when it
// returns; Purge makes what was removed unreadable there.
//
// Rows lie by partition, so that a subject is one short run of the key space:
//
//	section (1) | partition id (16) | family (1) | row key (1..64)
//
// Family 0 holds one row, the version of the partition's State. Values begin
// with their expiry in seconds. Log rows are merge operands whose merge keeps
// the oldest one: an insert is blind, takes no lock and reads nothing, and two
// racing writers of one key still leave the first row. Conditional batches
// compare versions under sharded locks that are released before the wait for
// the medium; the write-ahead log keeps the order, so whoever built on a
// version that was not yet durable can only become durable after it.
package disk
