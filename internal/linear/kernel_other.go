//go:build !amd64

package linear

// best returns the fastest kernel of this machine. All give the same bits.
func best() kernel { return plain }
