// Package storetest is the conformance suite of storage drivers. A driver's
// test calls Run with a factory; what the driver cannot do it declares as a
// Lack with the reason, which the test output shows.
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t testing.TB, place string) store.Store { ... })
//	}
package storetest
