// Package linear is the mathematics of the model: exact co-occurrence sums and
// the local ridge regression on them. Numbers only: no events, no storage, no
// clock.
//
// For each item j the k items N that co-occur with it most are found, and
// (G_NN + L_N) w = G_Nj is solved, where G = sum over people of weight·x·xᵀ and
// L = l + p/(1-p)·diag(sum of x·xᵀ): the EASE regression (Steck, WWW 2019) with the
// dropout ridge of EDLAE (Steck, NeurIPS 2020), restricted to a neighbourhood
// (as fsSLIM, Ning and Karypis, ICDM 2011).
//
// The sums are integers, a pure function of the contributions that are present,
// whatever the order in which they came and went. The solve is the same
// sequence of operations on every machine. So a person taken away leaves the
// very model that never saw them.
package linear
