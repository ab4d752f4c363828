package replay

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tactful/tactful/internal/evaluate"
)

// population is people, what they chose, and a secret that nothing may tell.
type population struct {
	name   string
	pairs  *evaluate.Pairs
	secret []bool
	known  []bool // false: the secret is not on record; nobody to attack

	synthetic bool
}

// readMovies reads MovieLens 1M: pairs, and gender as the secret. GroupLens
// allows no passing on, so the data stays where the caller put it.
func readMovies(ctx context.Context, dir string) (*population, error) {
	users, err := os.ReadFile(filepath.Join(dir, "ml-1m", "users.dat"))
	if err != nil {
		return nil, missing(err)
	}
	women := map[int]bool{}
	for line := range bytes.Lines(users) {
		field := strings.Split(strings.TrimSpace(string(line)), "::")
		if len(field) != 5 {
			return nil, unreadable("users.dat")
		}
		id, err := strconv.Atoi(field[0])
		if err != nil {
			return nil, unreadable("users.dat")
		}
		women[id] = field[1] == "F"
	}
	p := &population{name: "MovieLens 1M", pairs: &evaluate.Pairs{}}
	person, last := map[int]int{}, 0
	err = readTable(ctx, filepath.Join(dir, "ml-1m", "interactions.tsv.gz"), func(field []string) error {
		if len(field) != 2 {
			return unreadable("interactions.tsv.gz")
		}
		user, err := strconv.Atoi(field[0])
		item, itemErr := strconv.Atoi(field[1])
		if err != nil || itemErr != nil || item < 1 || item >= maxItem {
			return unreadable("interactions.tsv.gz")
		}
		at, seen := person[user]
		if !seen {
			at = len(p.pairs.People)
			person[user] = at
			female, known := women[user]
			p.pairs.People, p.secret, p.known = append(p.pairs.People, nil), append(p.secret, female), append(p.known, known)
		}
		items := p.pairs.People[at]
		if n := len(items); n > 0 && items[n-1] >= uint32(item) {
			return unreadable("interactions.tsv.gz")
		}
		p.pairs.People[at] = append(items, uint32(item))
		last = max(last, item)
		return nil
	})
	p.pairs.Items = last + 1
	return p, err
}

// maxItem is the largest number of an item or a line that a foreign file may name.
const maxItem = 1 << 20
