// Package noise is the mathematics of numbers about crowds: samplers of integer
// noise that are exact, what each release costs, which groups may be named at
// all, and intervals that hold however often one looks. No data, no storage.
//
// The samplers follow Canonne, Kamath and Steinke, "The Discrete Gaussian for
// Differential Privacy" (2020): integers and ratios of integers only, so that
// the bits of a float cannot tell which neighbour a count came from (Mironov
// 2012). Their running time varies with what they draw; it is not secret here,
// because a caller waits for whole reports and not for single samples.
package noise
