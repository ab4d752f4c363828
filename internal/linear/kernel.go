package linear

import (
	"math"
	"unsafe"
)

func sqrt(x float64) float64 { return math.Sqrt(x) }

// fusedNegative returns z - x·y with one rounding, as VFNMADD231PD does.
func fusedNegative(x, y, z float64) float64 { return math.FMA(-x, y, z) }

// plain is the kernel in Go: the definition of what the assembly must compute.
var plain = kernel{update: updatePlain, finish: finishPlain}

func updatePlain(panel, rows *float64, p int, tile *float64) {
	if p == 0 {
		return
	}
	a := unsafe.Slice(panel, panelRows*p)
	b := unsafe.Slice(rows, panelRows*(p-1)+tileCols)
	out := (*[panelRows * tileCols]float64)(unsafe.Pointer(tile))
	for t := range p {
		left := (*[panelRows]float64)(a[panelRows*t:])
		for u, y := range b[panelRows*t : panelRows*t+tileCols] {
			column := (*[panelRows]float64)(out[panelRows*u:])
			for i, x := range left {
				column[i] = fusedNegative(x, y, column[i])
			}
		}
	}
}

func finishPlain(tile *float64, tri *triangle) {
	out := (*[panelRows * tileCols]float64)(unsafe.Pointer(tile))
	next := 0
	for u := range tileCols {
		column := (*[panelRows]float64)(out[panelRows*u:])
		for v := range u {
			y := tri.below[next]
			next++
			for i := range column {
				column[i] = fusedNegative(out[panelRows*v+i], y, column[i])
			}
		}
		for i := range column {
			column[i] *= tri.inverse[u]
		}
	}
}
