package features

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// maxWords is the most words of the training part that are hashed.
const maxWords = 1 << 17

// Words are the words of a text column in the training rows. A word is what
// stands between spaces, in lower case as far as ASCII has one; with n-grams, a
// run of words, joined by a space, is one too.
type Words struct {
	Values  []string  // in byte order
	Buckets []int     // hashing: the feature of each word
	Weights []float32 // tf-idf: the inverse document frequency of each word

	index map[string]int
}

// fitWords collects the most frequent words by the number of rows that have
// them; in a tie the first.
func fitWords(p Column, c *table.Column, rows []int) Words {
	documents := map[string]int{}
	used := make([]int, len(c.Values)) // rows of each text
	for _, r := range rows {
		if code := c.Codes[r]; code >= 0 {
			used[code]++
		}
	}
	for code, n := range used {
		if n == 0 {
			continue
		}
		words := grams(c.Values[code], p.NGrams)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			documents[w] += n
		}
	}
	w := Words{Values: make([]string, 0, len(documents))}
	for word := range documents {
		w.Values = append(w.Values, word)
	}
	slices.SortFunc(w.Values, func(a, b string) int {
		return cmp.Or(cmp.Compare(documents[b], documents[a]), strings.Compare(a, b))
	})
	limit := p.MaxFeatures
	if p.Encode == job.EncodeHashing {
		limit = maxWords
	}
	w.Values = slices.Clip(w.Values[:min(limit, len(w.Values))])
	slices.Sort(w.Values)
	for _, word := range w.Values {
		if p.Encode == job.EncodeHashing {
			h := fnv.New64a()
			h.Write([]byte(word))
			w.Buckets = append(w.Buckets, int(h.Sum64()%uint64(p.MaxFeatures)))
			continue
		}
		idf := fpmath.Log(float64(1+len(rows))/float64(1+documents[word])) + 1
		w.Weights = append(w.Weights, float32(idf))
	}
	w.index = make(map[string]int, len(w.Values))
	for i, word := range w.Values {
		w.index[word] = i
	}
	return w
}

// pool lists the words as TfIdfVectorizer takes them: by the number of words in
// a run, each run taken apart. Starts are the positions of each length's first
// item, and at has the feature of each run.
func (w Words) pool() (items []string, starts, at []int64) {
	longest := 1
	for _, run := range w.Values {
		longest = max(longest, strings.Count(run, " ")+1)
	}
	for size := 1; size <= longest; size++ {
		starts = append(starts, int64(len(items)))
		for i, run := range w.Values {
			if strings.Count(run, " ")+1 != size {
				continue
			}
			items = append(items, strings.Split(run, " ")...)
			feature := i
			if w.Buckets != nil {
				feature = w.Buckets[i]
			}
			at = append(at, int64(feature))
		}
	}
	return items, starts, at
}

// width is how many features a text becomes.
func (w Words) width() int {
	if w.Buckets == nil {
		return len(w.Values)
	}
	return slices.Max(append([]int{-1}, w.Buckets...)) + 1
}

// grams lists the words of a text and the runs of up to n of them.
func grams(text string, n int) []string {
	words := strings.FieldsFunc(lower(text), func(r rune) bool { return r == ' ' })
	out := slices.Clone(words)
	for size := 2; size <= n; size++ {
		for i := 0; i+size <= len(words); i++ {
			out = append(out, strings.Join(words[i:i+size], " "))
		}
	}
	return out
}

// lower is in lower case what ASCII has capitals of.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// entry is a feature of a text that is not zero.
type entry struct {
	at    int
	value float32
}

// encode is a text's features: the counts of hashed words, or the counts times
// the weights of words, with the sum of squares 1.
func (w Words) encode(p Column, text string) []entry {
	counts := map[int]int{}
	for _, word := range grams(text, p.NGrams) {
		if i, ok := w.index[word]; ok {
			if w.Buckets != nil {
				i = w.Buckets[i]
			}
			counts[i]++
		}
	}
	out := make([]entry, 0, len(counts))
	for i, n := range counts {
		out = append(out, entry{i, float32(n)})
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	if w.Buckets != nil {
		return out
	}
	squares := 0.0
	for i := range out {
		v := float32(out[i].value * w.Weights[out[i].at])
		out[i].value = v
		squares += float64(float64(v) * float64(v))
	}
	norm := math.Sqrt(squares)
	for i := range out {
		out[i].value = float32(float64(out[i].value) / norm)
	}
	return out
}
