package linear

import "golang.org/x/sys/cpu"

// best returns the fastest kernel of this machine. All give the same bits.
func best() kernel {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return kernel{update: updateAVX2, finish: finishAVX2}
	}
	return plain
}

//go:noescape
func updateAVX2(panel, rows *float64, p int, tile *float64)

//go:noescape
func finishAVX2(tile *float64, tri *triangle)
