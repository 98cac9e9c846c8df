package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxSize is the largest statement that is read, in bytes.
const MaxSize = 16 << 20

// maxDepth bounds the nesting of objects and arrays.
const maxDepth = 100

// exactKeys are keys that must be spelled exactly, by the path of the object
// that holds them. The decoder would also take "Subject" for "subject", so that
// two readers of one statement could see two different statements.
var exactKeys = map[string][]string{
	"":           {"_type", "predicateType", "subject", "predicate"},
	"/subject":   {"name", "digest"},
	"/predicate": {"builder", "buildType", "invocation", "buildConfig", "metadata", "materials", "buildDefinition", "runDetails"},

	"/predicate/buildDefinition": {"buildType", "externalParameters", "internalParameters", "resolvedDependencies"},
	"/predicate/runDetails":      {"builder", "metadata", "byproducts"},
}

// checkStrict reports what encoding/json lets pass: keys that occur twice or in
// another case, deep nesting, text after the value, and invalid UTF-8.
func checkStrict(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("%d bytes are more than the limit of %d", len(data), MaxSize)
	}
	if !utf8.Valid(data) {
		return errors.New("not valid UTF-8")
	}
	s := scanner{dec: json.NewDecoder(bytes.NewReader(data))}
	s.dec.UseNumber()
	if err := s.value("", 0); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("truncated after %d bytes", len(data))
		}
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("data after the statement at byte %d", s.dec.InputOffset())
	}
	return nil
}

type scanner struct{ dec *json.Decoder }

// value reads one value. Path is that of the value without array positions.
func (s *scanner) value(path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d at byte %d", maxDepth, s.dec.InputOffset())
	}
	tok, err := s.dec.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('{'):
		return s.object(path, depth)
	case json.Delim('['):
		for s.dec.More() {
			if err := s.value(path, depth+1); err != nil {
				return err
			}
		}
		_, err = s.dec.Token()
		return err
	default:
		return nil
	}
}

func (s *scanner) object(path string, depth int) error {
	seen := make(map[string]bool)
	for s.dec.More() {
		tok, err := s.dec.Token()
		if err != nil {
			return err
		}
		key, ok := tok.(string)
		if !ok {
			return fmt.Errorf("key %v at byte %d is no string", tok, s.dec.InputOffset())
		}
		if seen[key] {
			return fmt.Errorf("key %q occurs twice in %s (byte %d)", key, pathName(path), s.dec.InputOffset())
		}
		seen[key] = true
		if err := checkCase(path, key); err != nil {
			return err
		}
		if err := s.value(path+"/"+key, depth+1); err != nil {
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

func checkCase(path, key string) error {
	i := slices.IndexFunc(exactKeys[path], func(want string) bool { return strings.EqualFold(want, key) })
	if i >= 0 && exactKeys[path][i] != key {
		return fmt.Errorf("key %q in %s must be written %q", key, pathName(path), exactKeys[path][i])
	}
	return nil
}

func pathName(path string) string {
	if path == "" {
		return "the statement"
	}
	return path
}
