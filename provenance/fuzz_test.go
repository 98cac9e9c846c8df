package provenance

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// marshaler is what every parser gives in the end.
type marshaler interface{ Marshal() ([]byte, error) }

// stable fails where something that was accepted is not written, or is not read back as the same.
func stable[T marshaler](t *testing.T, data []byte, parse func([]byte) (T, error)) {
	t.Helper()
	v, err := parse(data)
	if err != nil {
		return
	}
	first, err := v.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(first)
	if err != nil {
		t.Fatalf("does not read back: %v\n%s", err, first)
	}
	second, err := again.Marshal()
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("not stable: %v\n%s\n%s", err, first, second)
	}
}

// seeds are texts, with what the goldens hold, and each of them cut short.
func seeds(f *testing.F, pattern string, texts ...[]byte) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, data)
	}
	for _, text := range texts {
		f.Add(text)
		f.Add(text[:len(text)/2])
		f.Add(bytes.Replace(text, []byte(`":`), []byte(`":1,"x":`), 1))
	}
}

func FuzzStatement1(f *testing.F) {
	seeds(f, "statement/*.slsa1.json", []byte(raw(PredicateSLSA1, `{"buildDefinition":{"buildType":"t"}}`, "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(data []byte) (*Statement1, error) {
			r, err := Parse(data)
			if err != nil {
				return nil, err
			}
			st, err := r.Statement1()
			if err != nil {
				return nil, err
			}
			return st, nil
		})
		stable(t, data, ParseStatement)
	})
}

func FuzzTrainingRecord(f *testing.F) {
	seeds(f, "record.json", []byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, ParseTrainingRecord) })
}

// statementOf makes the statement of a parsed predicate again, so that it can be written.
func statementOf[P any, T marshaler](data []byte, decode func(*Raw) (*P, error), build func(*Raw, *P) (T, error)) (T, error) {
	var none T
	r, err := Parse(data)
	if err != nil {
		return none, err
	}
	p, err := decode(r)
	if err != nil {
		return none, err
	}
	return build(r, p)
}

func FuzzLayers(f *testing.F) {
	st, err := NewLayers("a", "sha256:"+hexDigest("f"), Layers{Layers: []Layer{{Digest: sha("a"), DiffID: sha("b")}},
		Files: []LayerFile{{Path: "/a", Digest: sha("c"), Size: 1, Offset: 512}}})
	if err != nil {
		f.Fatal(err)
	}
	text, err := st.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, "none", text)
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(data []byte) (*LayersStatement, error) {
			return statementOf(data, (*Raw).Layers, func(r *Raw, l *Layers) (*LayersStatement, error) {
				for _, file := range l.Files { // what a reader relies on
					if file.Layer >= len(l.Layers) || file.Offset < 0 || file.Size < 0 {
						t.Fatalf("accepted %+v", file)
					}
				}
				return &LayersStatement{r.StatementHeader, *l}, nil
			})
		})
	})
}

func FuzzOMS(f *testing.F) {
	st, err := NewOMS("m", map[string]string{"a/b": hexDigest("a"), "c": hexDigest("b")})
	if err != nil {
		f.Fatal(err)
	}
	text, err := st.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, "none", text)
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(data []byte) (*OMSStatement, error) {
			return statementOf(data, (*Raw).OMS, func(r *Raw, o *OMS) (*OMSStatement, error) {
				for _, res := range o.Resources {
					if !filepath.IsLocal(res.Name) {
						t.Fatalf("accepted %q", res.Name)
					}
				}
				return &OMSStatement{r.StatementHeader, *o}, nil
			})
		})
	})
}

func FuzzReproduction(f *testing.F) {
	st, err := NewReproduction("a", Reproduction{Result: ResultDiffers, Class: ClassExact, Inputs: []Material{},
		Platforms: []ReproducedPlatform{{Platform: "linux/amd64", Manifest: DigestPair{Original: sha("a"), Rebuilt: sha("b")}}}})
	if err != nil {
		f.Fatal(err)
	}
	text, err := st.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, "none", text)
	f.Fuzz(func(t *testing.T, data []byte) {
		stable(t, data, func(data []byte) (*ReproductionStatement, error) {
			return statementOf(data, (*Raw).Reproduction, func(r *Raw, p *Reproduction) (*ReproductionStatement, error) {
				return &ReproductionStatement{r.StatementHeader, *p}, nil
			})
		})
	})
}

func FuzzPackageJob(f *testing.F) {
	seeds(f, "none", []byte(`{"version":1,"mode":"max","format":"v1","model":{"name":"m"},"spec":{"uri":"u","filename":"f","sha256":"a"},"frontend":{},"data":[],"platform":"","hermetic":true,"epoch":0,`+
		`"definition":[{"id":"op0","op":{"Op":{}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, packagejob.Parse) })
}

// FuzzCompareJSON: a document does not differ from itself, and differences are the same from either side.
func FuzzCompareJSON(f *testing.F) {
	f.Add([]byte(`{"a":[{"uri":"x"},1]}`), []byte(`{"a":[{"uri":"y"},1]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if same, err := CompareJSON(a, a); err == nil && len(same) > 0 {
			t.Fatalf("differs from itself: %v", same)
		}
		there, err := CompareJSON(a, b)
		if err != nil {
			return
		}
		back, err := CompareJSON(b, a)
		if err != nil || len(back) != len(there) {
			t.Fatalf("%v\n%v\n%v", err, there, back)
		}
	})
}
