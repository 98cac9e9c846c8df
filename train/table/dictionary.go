package table

// dictionary numbers distinct texts in the order in which they first come.
type dictionary struct {
	codes  map[string]int32
	values []string
}

func newDictionary() *dictionary { return &dictionary{codes: map[string]int32{}} }

// code is the number of a text.
func (d *dictionary) code(text []byte) int32 {
	if k, ok := d.codes[string(text)]; ok {
		return k
	}
	return d.add(string(text))
}

// codeOf is [dictionary.code] for a text that may be kept.
func (d *dictionary) codeOf(text string) int32 {
	if k, ok := d.codes[text]; ok {
		return k
	}
	return d.add(text)
}

func (d *dictionary) add(text string) int32 {
	k := int32(len(d.values))
	d.values = append(d.values, text)
	d.codes[text] = k
	return k
}

func (d *dictionary) reset() {
	clear(d.codes)
	d.values = d.values[:0:0]
}
