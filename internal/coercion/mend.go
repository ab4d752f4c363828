package coercion

import "slices"

// vocabulary is the words that the training texts and the rules hold, ascending.
type vocabulary []string

func (v vocabulary) has(word string) bool {
	_, found := slices.BinarySearch(v, word)
	return found
}

// longestTorn is of how many pieces a word is put together again.
const longestTorn = 8

// mended joins words that were torn by spaces ("hur ry"): of all ways to join
// neighbours it takes the one with the fewest unknown words, then the fewest
// words. Words that are all known stay as they are.
func (v vocabulary) mended(list []string) []string {
	type way struct{ unknown, words, from int }
	best := make([]way, len(list)+1)
	for end := 1; end <= len(list); end++ {
		best[end] = way{unknown: len(list) + 1}
		joined := ""
		for from := end - 1; from >= max(0, end-longestTorn); from-- {
			if !plainWord(list[from]) && from < end-1 {
				break
			}
			joined = list[from] + joined
			next := way{best[from].unknown, best[from].words + 1, from}
			switch known := v.has(joined); {
			case !known && from < end-1:
				continue
			case !known && plainWord(joined):
				next.unknown++
			}
			if next.unknown < best[end].unknown || next.unknown == best[end].unknown && next.words < best[end].words {
				best[end] = next
			}
			if !plainWord(list[from]) {
				break
			}
		}
	}
	var out []string
	for end := len(list); end > 0; end = best[end].from {
		word := ""
		for _, part := range list[best[end].from:end] {
			word += part
		}
		out = append(out, word)
	}
	slices.Reverse(out)
	return out
}

// plainWord reports whether a word is letters, and no number or mark.
func plainWord(word string) bool { return isLetter(word) }
