package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/split"
	"github.com/modelbuild/modelbuild/train/table"
)

// knownAnswer is what [SelfCheck] finds on every platform that computes as the
// engine expects. It changes with the engine's version.
const knownAnswer = "sha256:0bbabb9792fead66af2f128a6f0d499e5d5aa2eb06e8892ca1fcdffa7ab06759"

// NotExactError says that this platform, or a compiler that built this
// program, does not compute as others do, so that a model trained here could
// not be claimed to be reproducible.
type NotExactError struct{ Got, Want string }

// Error tells both digests.
func (e *NotExactError) Error() string {
	return fmt.Sprintf("arithmetic self-check failed: this platform computes %s, others %s; "+
		"a model trained here would not be reproducible, so training is refused", e.Got, e.Want)
}

// SelfCheck computes a fixed problem, elementary functions, a split, an
// encoding and a small fit, and returns the digest of all their bits. It takes
// some milliseconds. It is the last line of defence: what keeps the arithmetic
// the same is how it is written, to which TestPurity holds every package.
func SelfCheck() (string, error) {
	if !linalg.Portable() {
		return "", errors.New("this program was compiled with gonum's assembly, which sums in another order than on other processors; " +
			"compile it with -tags noasm, as make bin does")
	}
	h := sha256.New()
	for i := range 5000 {
		u := float64(2*i+1) / 7919 // irregular bits in (0, 1.3)
		put(h, fpmath.Exp(float64(13*u)-8), fpmath.Log(u/0.7), fpmath.Log1p(u/3))
	}
	fmt.Fprintln(h, split.Digest(split.Random(1000, 0.25, 42).Test))
	encoded, err := smallEncoding()
	if err != nil {
		return "", fmt.Errorf("arithmetic self-check: %w", err)
	}
	put(h, encoded...)
	model, info, err := smallFit()
	if err != nil {
		return "", fmt.Errorf("arithmetic self-check: %w", err)
	}
	put(h, info.Loss, info.Gradient)
	for _, w := range append(model.Coefficients, model.Intercepts...) {
		put(h, float64(w))
	}
	put(h, linalg.KnownAnswer()...)
	got := "sha256:" + hex.EncodeToString(h.Sum(nil))
	return got, verify(got)
}

func verify(got string) error {
	if got != knownAnswer {
		return &NotExactError{Got: got, Want: knownAnswer}
	}
	return nil
}

// smallEncoding scales a column of numbers that float32 rounds.
func smallEncoding() ([]float64, error) {
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := range 500 {
		fmt.Fprintf(&b, "%d.%d,y\n", i*i%211, i*7%97)
	}
	f := job.Features{Target: "y", Columns: map[string]job.Column{"x": {Missing: job.MissingMean}}}
	t, err := table.Read(job.DatasetTrain, strings.NewReader(b.String()), features.Wants(f))
	if err != nil {
		return nil, err
	}
	plan, err := features.Plan(t, f, features.Dense)
	if err != nil {
		return nil, err
	}
	enc, err := features.Fit(t, plan, all(t.Rows()))
	if err != nil {
		return nil, err
	}
	m, err := enc.Encode(t, all(t.Rows()))
	return m.Data, err
}

// smallFit fits three overlapping classes: 600 rows are two shards, and 11 features
// take the dot product twice around its lanes with some left over.
func smallFit() (*logistic.Model, learn.Info, error) {
	const rows, width, classes = 600, 11, 3
	rng := rand.NewPCG(1, 2)
	s := learn.Sample{Target: learn.Target{Class: make([]int, rows), Classes: classes}}
	s.Dense = matrix.NewDense(rows, width)
	for i := range rows {
		s.Class[i] = i % classes
		row := s.Dense.Row(i)
		for j := range row {
			// A multiple of 2^-20 in [-1, 1), moved along the axis of the class.
			row[j] = float64(int64(rng.Uint64()>>43)-1<<20) / (1 << 20)
			if j == s.Class[i] {
				row[j] += 0.5
			}
		}
	}
	return logistic.Fit(context.Background(), s, logistic.Options{L2: 30, MaxIterations: 50, Tolerance: 1e-8}, nil)
}

// put hashes the bits of numbers.
func put(h hash.Hash, values ...float64) {
	var b [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
		h.Write(b[:])
	}
}
