// Command prepare makes the files of internal/retail from the published CSV:
//
//	go run ./internal/retail/prepare ../shared/data/online-retail/online-retail.csv.gz
//
// It writes items.tsv (code, price in pence, title), categories.tsv (code,
// category path) and purchases.zst beside itself. The same input gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tactful/tactful/internal/retail"
)

func main() {
	dir := flag.String("out", "internal/retail", "where the three files go")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: prepare [-out DIR] online-retail.csv.gz")
		os.Exit(2)
	}
	if err := prepare(flag.Arg(0), *dir); err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

func prepare(source, dir string) error {
	file, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("open the data: %w", err)
	}
	defer file.Close()
	t, err := readTable(file)
	if err != nil {
		return err
	}
	ruleText, err := os.ReadFile(filepath.Join(dir, "prepare", "rules.txt"))
	if err != nil {
		return fmt.Errorf("read the category rules: %w", err)
	}
	rules, err := parseRules(string(ruleText))
	if err != nil {
		return err
	}
	var items, categories strings.Builder
	counts, other := map[string]int{}, 0
	for _, code := range t.codes {
		it := t.items[code]
		title := cleanTitle(it.title())
		path := rules.category(title)
		fmt.Fprintf(&items, "%s\t%d\t%s\n", code, it.price(), title)
		fmt.Fprintf(&categories, "%s\t%s\n", code, path)
		counts[strings.SplitN(path, "/", 2)[0]]++
		if path == otherCategory {
			other++
			fmt.Println("other:", title)
		}
	}
	packed, err := retail.Pack(t.shoppers())
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"items.tsv": []byte(items.String()), "categories.tsv": []byte(categories.String()), "purchases.zst": packed,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	t.report(counts, other, len(packed))
	return nil
}

func (t *table) report(counts map[string]int, other, size int) {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("%5d  %s\n", counts[name], name)
	}
	fmt.Printf("%d rows read, %d without a customer left out, %d not products left out, %d kept\n",
		t.rows, t.anonymous, t.services, t.kept)
	fmt.Printf("%d customers, %d items, %.1f %% in %q, purchases %d bytes\n",
		len(t.customers), len(t.codes), 100*float64(other)/float64(len(t.codes)), otherCategory, size)
}
