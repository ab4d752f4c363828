package replay

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/report"
)

// The land of the replay: a town, a base far off, and a clinic.
const (
	landHomes   = 2000
	landPerHome = 4
	landBase    = 200
	landRoad    = 120 // people that stop in each stretch of a busy road into nothing
	landSick    = 300 // people whose last way led to the clinic
	landRuns    = 3   // of each person
	landBusy    = 75  // people that make a cell of the town busy
	homeNear    = 200.0
	baseNear    = 10_000.0
	clinicNear  = 300.0
	homeGoal    = 0.05
	rankGoal    = 0.9
	gpsMetres   = 8.0
	fineMetres  = 150.0 // side of a cell of the plain map
)

// land is a made-up country in metres around a middle.
type land struct {
	lat, lng     float64
	homes        [][2]float64
	base, clinic [2]float64
	larger       [][2]float64    // bases that grew, and the end of the busy road
	tracks       [][]place.Point // by person: all that their device knows, in order of time
	home         []int           // by person, -1 at the base
	agreed       []place.Precision
}

func (l *land) point(x, y float64, at time.Time) place.Point {
	return place.Point{Lat: l.lat + y/111_195, Lng: l.lng + x/(111_195*math.Cos(l.lat*math.Pi/180)), Time: at}
}

// newLand settles people and lets them run.
func newLand(seed uint64) *land {
	r := rand.New(rand.NewPCG(seed, 44))
	l := &land{lat: 40 + 15*r.Float64(), lng: -10 + 30*r.Float64(), clinic: [2]float64{800, 600}}
	angle := 2 * math.Pi * r.Float64()
	l.base = [2]float64{45_000 * math.Cos(angle), 45_000 * math.Sin(angle)}
	for range landHomes {
		for {
			x, y := 3500*r.NormFloat64(), 3500*r.NormFloat64()
			if math.Hypot(x, y) < 9000 {
				l.homes = append(l.homes, [2]float64{x, y})
				break
			}
		}
	}
	monday := time.Date(2026, 11, 2, 6, 0, 0, 0, time.UTC)
	for h := range l.homes {
		for range landPerHome {
			agreed := place.Quarter
			switch n := r.IntN(10); {
			case n < 1:
				agreed = place.Off
			case n < 3:
				agreed = place.Town
			}
			var track []place.Point
			for day := range landRuns {
				begun := monday.AddDate(0, 0, day).Add(time.Duration(r.IntN(600)) * time.Minute)
				if day == landRuns-1 && len(l.home) < landSick {
					track = append(track, l.walk(r, l.homes[h], l.clinic, begun)...)
					continue
				}
				track = append(track, l.loop(r, l.homes[h], 2500+4500*r.Float64(), begun)...)
			}
			l.tracks, l.home, l.agreed = append(l.tracks, track), append(l.home, h), append(l.agreed, agreed)
		}
	}
	l.garrison(r, l.base, landBase, monday)
	for i, people := range largerBases() {
		turn := angle + 2*math.Pi*float64(i+1)/4
		l.larger = append(l.larger, [2]float64{45_000 * math.Cos(turn), 45_000 * math.Sin(turn)})
		l.garrison(r, l.larger[i], people, monday)
	}
	l.road(r, angle+3*math.Pi/2, monday)
	return l
}

// largerBases are the people of the other bases: a rule that is a mere number,
// however well it is chosen, shows those who are more.
func largerBases() []int { return []int{600, 2000} }

// garrison settles people at a base: they walk to town once and run around the base.
func (l *land) garrison(r *rand.Rand, base [2]float64, people int, monday time.Time) {
	for range people {
		var track []place.Point
		begun := monday.Add(time.Duration(r.IntN(600)) * time.Minute)
		track = append(track, l.walk(r, base, [2]float64{0, 0}, begun)...) // the way to town
		for day := 1; day < landRuns; day++ {
			start := [2]float64{base[0] + 200*r.NormFloat64(), base[1] + 200*r.NormFloat64()}
			track = append(track, l.loop(r, start, 3000+3000*r.Float64(), monday.AddDate(0, 0, day).Add(time.Duration(r.IntN(600))*time.Minute))...)
		}
		l.tracks, l.home, l.agreed = append(l.tracks, track), append(l.home, -1), append(l.agreed, place.Quarter)
	}
}

// road lets people stop along a road that leads far out of town and ends at nothing.
func (l *land) road(r *rand.Rand, angle float64, monday time.Time) {
	const from, to, stretch = 16_000.0, 45_000.0, 2000.0
	l.larger = append(l.larger, [2]float64{to * math.Cos(angle), to * math.Sin(angle)})
	for at := from; at < to; at += stretch {
		for range landRoad {
			d := at + stretch*r.Float64()
			begun := monday.Add(time.Duration(r.IntN(600)) * time.Minute)
			away := [2]float64{(d - 3000) * math.Cos(angle), (d - 3000) * math.Sin(angle)}
			on := [2]float64{(d + 1500) * math.Cos(angle), (d + 1500) * math.Sin(angle)}
			l.tracks, l.home, l.agreed = append(l.tracks, l.walk(r, away, on, begun)), append(l.home, -1), append(l.agreed, place.Quarter)
		}
	}
}

// loop runs so many metres and comes home, a point each half minute.
func (l *land) loop(r *rand.Rand, from [2]float64, metres float64, begun time.Time) []place.Point {
	const step = 80.0
	n := int(metres / step)
	heading, radius := 2*math.Pi*r.Float64(), metres/(2*math.Pi)*(0.6+0.8*r.Float64())
	var way []place.Point
	for i := range n {
		a := 2 * math.Pi * float64(i) / float64(n-1)
		x := from[0] + radius*(math.Cos(heading)-math.Cos(heading+a))
		y := from[1] + radius*(math.Sin(heading)-math.Sin(heading+a))*0.6
		way = append(way, l.point(x+gpsMetres*r.NormFloat64(), y+gpsMetres*r.NormFloat64(), begun.Add(time.Duration(i)*30*time.Second)))
	}
	return way
}

// walk goes straight from one place to another and stays there.
func (l *land) walk(r *rand.Rand, from, to [2]float64, begun time.Time) []place.Point {
	distance := math.Hypot(to[0]-from[0], to[1]-from[1])
	n := max(2, int(distance/100))
	var way []place.Point
	for i := range n + 10 {
		t := min(1, float64(i)/float64(n))
		x, y := from[0]+t*(to[0]-from[0]), from[1]+t*(to[1]-from[1])
		way = append(way, l.point(x+gpsMetres*r.NormFloat64(), y+gpsMetres*r.NormFloat64(), begun.Add(time.Duration(i)*30*time.Second)))
	}
	return way
}

func (l *land) at(p [2]float64) place.Point { return l.point(p[0], p[1], time.Time{}) }

// fine is the plain map: distinct people in each small square.
func (l *land) fine() map[[2]int]int {
	counts := map[[2]int]int{}
	for _, track := range l.tracks {
		seen := map[[2]int]bool{}
		for _, p := range track {
			x, y := l.metres(p)
			seen[[2]int{int(math.Floor(x / fineMetres)), int(math.Floor(y / fineMetres))}] = true
		}
		for c := range seen {
			counts[c]++
		}
	}
	return counts
}

func (l *land) metres(p place.Point) (x, y float64) {
	return (p.Lng - l.lng) * 111_195 * math.Cos(l.lat*math.Pi/180), (p.Lat - l.lat) * 111_195
}

// kept is what the engine would hold: each person's cell, and of which moment.
func (l *land) kept(door *place.Door) (cells []place.Cell, at []time.Time) {
	cells, at = make([]place.Cell, len(l.tracks)), make([]time.Time, len(l.tracks))
	for u := range l.tracks {
		cells[u], at[u] = door.Last(l.tracks[u], l.agreed[u])
	}
	return cells, at
}

// measureStrava plays the heat map of 2017: what do tracks, the rows that are
// kept and the map that is drawn tell of homes, of a base and of a clinic?
func measureStrava(ctx context.Context, opt Options) (Row, error) {
	return stravaFrom(ctx, opt, safeMap)
}

// safeMap is the door and the map as they are configured, with the clinic on the
// operator's list.
func safeMap(l *land) (*place.Door, report.Heat) {
	heat := report.Heat{On: true}
	heat.Defaults()
	clinic := l.at(l.clinic)
	return &place.Door{Sensitive: []place.Zone{{Name: "clinic", Kind: "clinic", Lat: clinic.Lat, Lng: clinic.Lng, Metres: clinicNear}}}, heat
}

func stravaFrom(ctx context.Context, opt Options, rules func(*land) (*place.Door, report.Heat)) (Row, error) {
	row := Row{
		Attack: "find homes, a remote base and who goes to a clinic in tracks, kept cells and the map (synthetic land)",
		Metric: fmt.Sprintf("homes found within %.0f m", homeNear), Goal: fmt.Sprintf("at most %.2f", homeGoal), Bound: homeGoal, Seeds: opt.seeds(),
	}
	var plain, ours, base, larger, basePlain, clinic, clinicPlain, ranks, cellsShown []float64
	for i, seed := range row.Seeds {
		if err := ctx.Err(); err != nil {
			return Row{}, err
		}
		opt.report("strava: lands", i, len(row.Seeds))
		l := newLand(seed)
		row.N = len(l.tracks)
		door, heat := rules(l)
		cells, at := l.kept(door)
		m, err := drawHeat(heat, cells, seed)
		if err != nil {
			return Row{}, err
		}
		plain, ours = append(plain, l.homesPlain()), append(ours, l.homesKept(cells))
		base, clinic = append(base, float64(l.near(m, l.base))), append(clinic, float64(l.seenAtClinic(at)))
		far := 0
		for _, p := range l.larger {
			far += l.near(m, p)
		}
		larger = append(larger, float64(far))
		var atBase, atClinic float64
		for c := range l.fine() {
			x, y := (float64(c[0])+.5)*fineMetres, (float64(c[1])+.5)*fineMetres
			if math.Hypot(x-l.base[0], y-l.base[1]) < baseNear {
				atBase++
			}
			if math.Hypot(x-l.clinic[0], y-l.clinic[1]) < clinicNear {
				atClinic++
			}
		}
		basePlain, clinicPlain = append(basePlain, atBase), append(clinicPlain, atClinic)
		ranks, cellsShown = append(ranks, l.rank(m)), append(cellsShown, float64(len(m.Cells)))
	}
	opt.report("strava: lands", len(row.Seeds), len(row.Seeds))
	row.Plain, _ = mean(plain)
	row.Tactful, row.Interval = mean(ours)
	rank, rankSpan := mean(ranks)
	seenPlain, _ := mean(basePlain)
	sickPlain, _ := mean(clinicPlain)
	shown, _ := mean(cellsShown)
	row.Beside = []Figure{
		figure("homes found in tracks as they are", row.Plain, "at least 0.90, or the attack is none", 0.9),
		atMost(fmt.Sprintf("cells shown within 10 km of the base, at worst (plain %.0f)", seenPlain), slices.Max(base), "0", 0),
		atMost(fmt.Sprintf("cells shown within 10 km of bases of %v people and of the end of a road with %d people in each stretch, at worst", largerBases(), landRoad), slices.Max(larger), "0", 0),
		figure("cells of the plain map within 10 km of the base", seenPlain, "at least 1, or there was nothing to hide", 1),
		atMost(fmt.Sprintf("people who are placed by a moment in the clinic, at worst (plain map: %.0f cells)", sickPlain), slices.Max(clinic), "0", 0),
		figure(fmt.Sprintf("rank correlation of busy cells of the town, where people last were and the map [%.3f, %.3f] (%.0f cells shown)", rankSpan[0], rankSpan[1], shown), rank, fmt.Sprintf("at least %.1f", rankGoal), rankGoal),
	}
	row.judge(row.Tactful <= homeGoal)
	return row, nil
}

func drawHeat(heat report.Heat, cells []place.Cell, seed uint64) (*report.Map, error) {
	var set report.Settings
	set.Defaults()
	return heat.Draw(cells, set.Budget(), noise.NewSource(rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 4})))
}

// homesPlain guesses the middle of where each person's journeys begin.
func (l *land) homesPlain() float64 {
	found, n := 0, 0
	for u, track := range l.tracks {
		if l.home[u] < 0 {
			continue
		}
		n++
		var xs, ys []float64
		for i, p := range track {
			if i == 0 || p.Time.Sub(track[i-1].Time) > 30*time.Minute {
				x, y := l.metres(p)
				xs, ys = append(xs, x), append(ys, y)
			}
		}
		slices.Sort(xs)
		slices.Sort(ys)
		if h := l.homes[l.home[u]]; math.Hypot(xs[len(xs)/2]-h[0], ys[len(ys)/2]-h[1]) <= homeNear {
			found++
		}
	}
	return float64(found) / float64(n)
}

// homesKept is the best guess from a kept cell by somebody who knows where every
// house of the land stands: the spot with the most houses within reach, of those
// near the cell.
func (l *land) homesKept(cells []place.Cell) float64 {
	crowded := make([]int, len(l.homes)) // houses within reach of each house
	for i := range l.homes {
		for j := range l.homes {
			if math.Hypot(l.homes[i][0]-l.homes[j][0], l.homes[i][1]-l.homes[j][1]) <= homeNear {
				crowded[i]++
			}
		}
	}
	spots := map[place.Cell]int{}
	spot := func(c place.Cell) int {
		if best, known := spots[c]; known {
			return best
		}
		best := 0
		for i := range l.homes {
			near := c == 0 || c.Reaches(l.at(l.homes[i]), 1000)
			if was := c == 0 || c.Reaches(l.at(l.homes[best]), 1000); near && (!was || crowded[i] > crowded[best]) {
				best = i
			}
		}
		spots[c] = best
		return best
	}
	found, n := 0, 0
	for u, c := range cells {
		if l.home[u] < 0 {
			continue
		}
		n++
		guess, home := l.homes[spot(c)], l.homes[l.home[u]]
		if math.Hypot(guess[0]-home[0], guess[1]-home[1]) <= homeNear {
			found++
		}
	}
	return float64(found) / float64(n)
}

// near counts the cells of a map that reach within 10 km of a place.
func (l *land) near(m *report.Map, p [2]float64) (n int) {
	for _, row := range m.Cells {
		if row.Cell.Reaches(l.at(p), baseNear) {
			n++
		}
	}
	return n
}

// seenAtClinic counts people whose kept cell is of a moment in the clinic.
func (l *land) seenAtClinic(at []time.Time) (n int) {
	clinic := l.at(l.clinic)
	for u, track := range l.tracks {
		for _, p := range track {
			if !at[u].IsZero() && p.Time.Equal(at[u]) && place.Metres(p, clinic) <= clinicNear {
				n++
				break
			}
		}
	}
	return n
}

// rank compares the busy cells of the town: how many people were last there, by
// their tracks, and what the map says (nothing, where it shows none).
func (l *land) rank(m *report.Map) float64 {
	truth := map[place.Cell]int{}
	for _, track := range l.tracks {
		truth[place.CellAt(track[len(track)-1], place.QuarterLevel)]++
	}
	shown := map[place.Cell]float64{} // as a reader sees it: people by area, of all cells that cover a place
	for _, row := range m.Cells {
		shown[row.Cell] = float64(row.People) / math.Pow(4, float64(place.QuarterLevel-row.Cell.Level()))
	}
	var a, b []float64
	for c, n := range truth {
		if x, y := l.metres(c.Centre()); n >= landBusy && math.Hypot(x, y) < 12_000 {
			a, b = append(a, float64(n)), append(b, shown[c]+shown[c.Parent(11)]+shown[c.Parent(place.TownLevel)])
		}
	}
	return spearman(a, b)
}

// spearman is the rank correlation; ties share their ranks.
func spearman(a, b []float64) float64 {
	x, y := ranked(a), ranked(b)
	n := float64(len(a))
	if n < 3 {
		return 0
	}
	mx, my := 0.0, 0.0
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	var xy, xx, yy float64
	for i := range x {
		xy, xx, yy = xy+(x[i]-mx)*(y[i]-my), xx+(x[i]-mx)*(x[i]-mx), yy+(y[i]-my)*(y[i]-my)
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

func ranked(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
	ranks := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j+1 < len(order) && v[order[j+1]] == v[order[i]] {
			j++
		}
		for k := i; k <= j; k++ {
			ranks[order[k]] = float64(i+j) / 2
		}
		i = j + 1
	}
	return ranks
}

// DrawMaps draws the plain and the safe map of the replay's land side by side.
func DrawMaps(seed uint64) ([]byte, error) {
	l := newLand(seed)
	door, heat := safeMap(l)
	cells, _ := l.kept(door)
	m, err := drawHeat(heat, cells, seed)
	if err != nil {
		return nil, err
	}
	const side, gap, top = 460.0, 30.0, 70.0
	reach := 10_000.0
	for _, p := range [][2]float64{l.base} {
		reach = max(reach, math.Abs(p[0])+6000, math.Abs(p[1])+6000)
	}
	at := func(panel int, x, y float64) (float64, float64) {
		return gap + float64(panel)*(side+gap) + (x+reach)/(2*reach)*side, top + (reach-y)/(2*reach)*side
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">`+"\n", 3*gap+2*side, top+side+gap+20)
	fmt.Fprintf(&b, "<title id=\"t\">The same tracks as a plain and as a safe map</title>\n<desc id=\"d\">Left: every square of %.0f m in which somebody ran. The base, 45 km from town, the road to it and each quiet street can be seen. Right: cells of 2 km and more with at least %d people, where many live around: the town alone. Seed %d.</desc>\n", fineMetres, m.K, seed)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" fill="#fffdf9"/>`+"\n", 3*gap+2*side, top+side+gap+20)
	for panel, title := range []string{"Plain: where anybody ran", "Tactful: where a crowd is"} {
		x, _ := at(panel, -reach, 0)
		fmt.Fprintf(&b, `<text x="%.1f" y="40" font-size="16" font-weight="600" fill="#1d2b27">%s</text><rect x="%.1f" y="%g" width="%g" height="%g" fill="none" stroke="#ddd6ca"/>`+"\n", x, title, x, top, side, side)
	}
	fine := l.fine()
	squares := make([][2]int, 0, len(fine))
	for c := range fine {
		squares = append(squares, c)
	}
	slices.SortFunc(squares, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var few, many strings.Builder
	dots := map[[2]int]bool{} // squares are about as large as a dot: one each
	for _, c := range squares {
		x, y := at(0, float64(c[0])*fineMetres, float64(c[1])*fineMetres)
		dot := [2]int{int(x / 1.5), int(y / 1.5)}
		if dots[dot] {
			continue
		}
		dots[dot] = true
		to := &few
		if fine[c] >= 5 {
			to = &many
		}
		fmt.Fprintf(to, "M%g %gh2v2h-2z", float64(dot[0])*1.5, float64(dot[1])*1.5)
	}
	fmt.Fprintf(&b, `<path d="%s" fill="#e0a27f"/><path d="%s" fill="#8c1d2c"/>`+"\n", few.String(), many.String())
	most := int64(1)
	for _, row := range m.Cells {
		most = max(most, row.People)
	}
	for _, row := range m.Cells {
		var points []string
		for _, corner := range row.Cell.Corners() {
			mx, my := l.metres(corner)
			x, y := at(1, mx, my)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
		}
		fmt.Fprintf(&b, `<polygon points="%s" fill="#1b6b52" fill-opacity="%.2f" stroke="#fffdf9" stroke-width=".5"><title>about %d people</title></polygon>`+"\n", strings.Join(points, " "), 0.2+0.75*float64(row.People)/float64(most), row.People)
	}
	for panel := range 2 {
		x, y := at(panel, l.base[0], l.base[1])
		word := "the base: 200 people"
		if panel == 1 {
			word = "(the base is here)"
		}
		anchor := "start"
		if l.base[0] > 0 {
			anchor = "end"
		}
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="26" fill="none" stroke="#3d5a9e" stroke-dasharray="4 3"/><text x="%.1f" y="%.1f" text-anchor="%s" fill="#3d5a9e">%s</text>`+"\n", x, y, x, y-32, anchor, word)
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}
