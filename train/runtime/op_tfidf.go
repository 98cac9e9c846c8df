package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// buildTfIdf makes the operator TfIdfVectorizer in the mode TF on texts: how
// often each n-gram of a pool is in a row.
func buildTfIdf(n *node) (*kernel, error) {
	if err := n.wantOf(String, 0); err != nil {
		return nil, err
	}
	g := &grams{shortest: n.int("min_gram_length", 0), longest: n.int("max_gram_length", 0), skips: n.int("max_skip_count", -1),
		tokens: map[string]int32{}, next: map[[2]int32]int32{}, column: []int32{-1}}
	if mode := n.text("mode", ""); mode != "TF" || n.has("weights") || n.has("pool_int64s") {
		return nil, fmt.Errorf("mode %q, or a pool that is not of texts, is not supported", mode)
	}
	if g.shortest < 1 || g.longest < g.shortest || g.longest > maxElements || g.skips < 0 || g.skips > maxElements {
		return nil, fmt.Errorf("n-grams of %d to %d with %d skips", g.shortest, g.longest, g.skips)
	}
	pool := n.texts("pool_strings")
	if err := g.read(pool, n.ints("ngram_counts"), n.ints("ngram_indexes")); err != nil {
		return nil, err
	}
	// Where no n-gram has an empty text, those that fill up a row are in none.
	return &kernel{types: []Type{Float}, shape: g.shape, rows: first, run: g.run, padded: !slices.Contains(pool, "")}, nil
}

// grams is a tree of n-grams: from a node, the root being 0, each next token
// leads to another.
type grams struct {
	shortest, longest, skips int64

	tokens map[string]int32   // number of each token
	next   map[[2]int32]int32 // node after a node and a token
	column []int32            // by node: of the n-gram that ends there; -1 is none
	width  int
}

// read adds the n-grams of a pool: starts has the position of the first item of
// each length, and columns where each n-gram is counted.
func (g *grams) read(pool []string, starts, columns []int64) error {
	if int64(len(starts)) < g.longest || len(columns) == 0 || len(pool) == 0 {
		return errors.New("the pool, ngram_counts or ngram_indexes are too short")
	}
	for _, c := range columns {
		if c < 0 || c >= maxElements {
			return fmt.Errorf("an n-gram in column %d", c)
		}
		g.width = max(g.width, int(c)+1)
	}
	at := 0 // of the n-gram in columns
	for i, start := range starts {
		size, end := i+1, int64(len(pool))
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if start < 0 || end < start || end > int64(len(pool)) || (end-start)%int64(size) != 0 {
			return fmt.Errorf("n-grams of %d from position %d to %d of %d", size, start, end, len(pool))
		}
		for items := pool[start:end]; len(items) > 0; items = items[size:] {
			if at == len(columns) {
				return errors.New("more n-grams than columns")
			}
			if int64(size) >= g.shortest && int64(size) <= g.longest {
				if err := g.add(items[:size], int32(columns[at])); err != nil {
					return err
				}
			}
			at++
		}
	}
	return nil
}

func (g *grams) add(items []string, column int32) error {
	at := int32(0)
	for _, item := range items {
		token, ok := g.tokens[item]
		if !ok {
			token = int32(len(g.tokens))
			g.tokens[item] = token
		}
		key := [2]int32{at, token}
		if at, ok = g.next[key]; !ok {
			at = int32(len(g.column))
			g.next[key] = at
			g.column = append(g.column, -1)
		}
	}
	if g.column[at] >= 0 {
		return fmt.Errorf("the n-gram %q appears twice", items)
	}
	g.column[at] = column
	return nil
}

func (g *grams) shape(in, out []*Tensor) error {
	if len(in[0].Dims) != 2 {
		return fmt.Errorf("dimensions %v in place of two", in[0].Dims)
	}
	out[0].setDims(in[0].Dims[0], g.width)
	return nil
}

func (g *grams) run(in, out []*Tensor, s *scratch) error {
	n := in[0].Dims[1]
	tokens := s.indices(n)
	fill(out[0].Floats, 0)
	for i := range in[0].Dims[0] {
		for j, text := range in[0].Strings[i*n : (i+1)*n] {
			tokens[j] = -1
			if t, ok := g.tokens[text]; ok {
				tokens[j] = int(t)
			}
		}
		g.count(out[0].Floats[i*g.width:(i+1)*g.width], tokens)
	}
	return nil
}

// count visits the n-grams of a row: at each distance between their items, from
// each of these on. Those of one item have no distance.
func (g *grams) count(counts []float32, tokens []int) {
	least := g.shortest
	if least == 1 {
		least = 2
		for _, t := range tokens {
			g.follow(0, t, counts)
		}
	}
	if g.longest < least {
		return
	}
	for step := 1; step <= int(g.skips)+1 && step < len(tokens); step++ {
		for from := range tokens {
			at, size := int32(0), int64(1)
			for i := from; i < len(tokens) && size <= g.longest && at >= 0; i, size = i+step, size+1 {
				if size < least {
					at = g.follow(at, tokens[i], nil)
				} else {
					at = g.follow(at, tokens[i], counts)
				}
			}
		}
	}
}

// follow is the node after a token, -1 where there is none; the n-gram that
// ends there is counted.
func (g *grams) follow(at int32, token int, counts []float32) int32 {
	if token < 0 {
		return -1
	}
	at, ok := g.next[[2]int32{at, int32(token)}]
	if !ok {
		return -1
	}
	if c := g.column[at]; c >= 0 && counts != nil {
		counts[c]++
	}
	return at
}
