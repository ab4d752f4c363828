package replay

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/evaluate"
)

// population is people, what they chose, and a secret that nothing may tell.
type population struct {
	name   string
	pairs  *evaluate.Pairs
	secret []bool
	known  []bool // false: the secret is not on record; nobody to attack

	items []tactful.Item // by number from 1; made when asked for, see shelved

	synthetic bool
}

// shelved are the items as a catalogue has them: movies by genre where they were
// read, else by theme.
func (p *population) shelved() []tactful.Item {
	if p.items == nil {
		p.items = make([]tactful.Item, p.pairs.Items-1)
		for i := range p.items {
			p.items[i] = blank(i + 1)
			p.items[i].Categories = []string{fmt.Sprint("Theme ", i%audienceThemes)}
		}
	}
	return p.items
}

func blank(no int) tactful.Item {
	return tactful.Item{ID: fmt.Sprint(no), Title: fmt.Sprint("Item ", no), Price: -1, Availability: tactful.InStock}
}

// readGenres reads the genres of MovieLens 1M for items up to a number.
func readGenres(dir string, last int) ([]tactful.Item, error) {
	text, err := os.ReadFile(filepath.Join(dir, "ml-1m", "movies.dat"))
	if err != nil {
		return nil, missing(err)
	}
	items := make([]tactful.Item, last)
	for i := range items {
		items[i] = blank(i + 1)
	}
	for line := range bytes.Lines(text) {
		field := strings.Split(strings.TrimSpace(string(line)), "::")
		if len(field) != 3 {
			return nil, unreadable("movies.dat")
		}
		id, err := strconv.Atoi(field[0])
		if err != nil || id < 1 {
			return nil, unreadable("movies.dat")
		}
		if id <= last {
			items[id-1].Categories = strings.Split(field[2], "|")
		}
	}
	return items, nil
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
	if err != nil {
		return nil, err
	}
	p.pairs.Items = last + 1
	p.items, err = readGenres(dir, last)
	return p, err
}

// maxItem is the largest number of an item or a line that a foreign file may name.
const maxItem = 1 << 20
