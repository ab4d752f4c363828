// Package store is the storage contract: partitions of sealed rows. A driver
// knows partitions, ordered keys and bytes; it never learns who or what they
// are about. Drivers prove themselves with storetest.Run.
package store

import (
	"context"
	"errors"
	"time"
)

// Section separates kinds of partitions. The numbers are part of the format.
type Section uint8

// Sections. A driver treats them alike.
const (
	Subjects  Section = 1  // one partition per subject, id = random reference
	Aliases   Section = 2  // one per external id, id = HMAC(tenant key, external id)
	Catalogue Section = 3  // items, sealed under the tenant key
	House     Section = 4  // receipts of decisions about nobody, by day and shard
	Duties    Section = 5  // leases, dirty marks, current model, settings, API keys
	Keys      Section = 6  // wrapped data keys; only ever in the key table's own store
	Ledger    Section = 7  // nodes and leaves of the consent ledger's tree
	Cases     Section = 8  // requests for rights, as the business works on them
	Forgotten Section = 9  // what remains of erasures: tombstones, suppression hashes, receipts
	Looks     Section = 10 // who opened whose data, by key and day
	Stops     Section = 11 // what people told us not to do, beside the keys, by subject
	Labels    Section = 12 // what operators decided about the classes of items
	Reports   Section = 14 // what reports about crowds told and what that cost; beside the keys

	Experiments Section = 13 // flags and experiments, as they are registered

	Campaigns Section = 15 // campaigns that came by the API, and what of their budgets is leased

	Deliveries Section = 16 // who has a message waiting for the tool that sends it
	Merges     Section = 17 // who turned out to be whom; beside the keys, by the reference that was given up
)

// Partition is the unit of atomicity.
type Partition struct {
	Section Section
	ID      [16]byte
}

// Family is one of the two kinds of rows in a partition.
type Family uint8

// Families. State is small (at most MaxStateBytes a partition) and changes
// only conditionally on the partition's version. Log rows have unique keys and
// are written once, blindly: writing a key that exists keeps the first row.
const (
	State Family = 1
	Log   Family = 2
)

// Limits that every driver enforces with ErrTooLarge.
const (
	MaxKeyBytes   = 64
	MaxValueBytes = 512 * 1024 // one row
	MaxStateBytes = 16 * 1024  // guidance for a subject's State; larger rows are allowed in Catalogue and Duties
)

// Version counts the conditional writes of a partition's State.
type Version uint64

// Expectations of a Batch. Any other value means "exactly this version".
const (
	Absent Version = 0           // there is no State yet
	Blind  Version = ^Version(0) // Log rows only; the version is neither read nor changed
)

// Row is a key with its sealed value. Expires is zero for never; an expired row
// is hidden from Read and physically removed by a sweep or compaction later.
type Row struct {
	Family  Family // set in answers of Scan; Read knows it from the query
	Key     []byte // 1..MaxKeyBytes
	Value   []byte
	Expires time.Time // second precision
}

// Query reads a range of one family of one partition.
type Query struct {
	Partition Partition
	Family    Family
	From      []byte    // inclusive; nil: from the start
	To        []byte    // exclusive; nil: to the end
	Limit     int       // 0: no limit
	Reverse   bool      // largest key first (newest first where keys begin with time)
	Now       time.Time // rows that expire at or before Now are hidden
}

// Answer is what one Query found. Rows are the caller's to keep.
type Answer struct {
	Version Version // of the partition's State; Absent if there is none
	Rows    []Row   // in key order, reversed if asked
	More    bool    // Limit cut the range
}

// Batch changes one partition atomically. State and Delete need a version;
// a Blind batch carries Log rows only. Delete names State or Log keys.
// Log is durable before State is visible.
type Batch struct {
	Partition Partition
	Expect    Version
	State     []Row // upserts
	Log       []Row // inserts; the first row with a key stays
	Delete    []FamilyKey
	Op        [16]byte // caller's id of the operation, for drivers that must recognise their own retry
}

// FamilyKey names one row.
type FamilyKey struct {
	Family Family
	Key    []byte
}

// Result is the fate of one Batch, in the order given.
type Result struct {
	Version Version // after the write, for conditional batches
	Err     error   // nil, ErrConflict, ErrUnknown, ErrTooLarge or ErrMisuse
}

// Errors of drivers. ErrUnknown means that the batch may or may not have been
// applied; the caller reads before it retries.
var (
	ErrConflict = errors.New("store: version has changed")
	ErrUnknown  = errors.New("store: outcome unknown")
	ErrTooLarge = errors.New("store: key or value too large")
	ErrMisuse   = errors.New("store: batch breaks the contract")
	ErrClosed   = errors.New("store: closed")
)

// Range is one slice of a section for Scan: one family, keys in [From, To),
// partitions of one shard out of Shards (by the leading bits of the id).
type Range struct {
	Section  Section
	Family   Family
	From, To []byte
	Shard    int // 0..Shards-1
	Shards   int // 1, 2, 4, ... 256; 0 is read as 1
	Now      time.Time
}

// Cursor resumes a Scan after the last partition that was handed out. The
// zero Cursor starts at the beginning; Done reports the end.
type Cursor struct {
	After [16]byte
	Began bool
	Done  bool
}

// Store is what a driver offers. All methods are safe for concurrent use.
type Store interface {
	// Read answers many queries at one moment each; an answer is consistent within its partition.
	Read(ctx context.Context, queries []Query) ([]Answer, error)
	// Write applies batches, each atomically, all durable when it returns. The error is for
	// failures of the whole call; the fate of each batch is in its Result.
	Write(ctx context.Context, batches []Batch) ([]Result, error)
	// Drop removes a partition with everything in it, durably. It is idempotent. A later
	// Expect of 1 or more conflicts.
	Drop(ctx context.Context, p Partition) error
	// Scan hands out each partition of the range that has rows, with those rows, until the
	// end, an error of visit, or the context's end; the cursor resumes. Every row that is
	// there from beginning to end is seen; rows written meanwhile may be.
	Scan(ctx context.Context, r Range, from Cursor, visit func(Partition, []Row) error) (Cursor, error)
	Close() error
}

// Lender is offered by drivers that can show rows where they lie, for those who
// read much and keep nothing.
type Lender interface {
	// ReadOver is Read, but the rows are the caller's only until use returns: what is
	// to be kept is copied. use is called once, after everything was found.
	ReadOver(ctx context.Context, queries []Query, use func([]Answer) error) error
}

// Purger is offered by drivers that can make removed bytes unreadable on the
// medium now instead of at the next compaction. Erasure and shredding use it.
type Purger interface {
	// Purge rewrites what holds removed rows of these partitions, logs included.
	Purge(ctx context.Context, partitions []Partition) error
}
