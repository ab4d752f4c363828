// Package datamap says what is kept about people: every field of every record,
// with its category, source, purposes, retention and recipients. The registry
// in registry.go is code; terms, purposes and recipients are read from the live
// configuration. A test fails when a record or a field is stored that the
// registry does not declare.
//
// The notice for customers, the page about how lists are made (DSA 27), the
// record of processing (GDPR 30) and the draft of an impact assessment (GDPR
// 35) are made from it. Each of their lines knows the settings it speaks of, so
// that a changed setting changes exactly the lines about it; a test changes
// every setting and compares.
package datamap
