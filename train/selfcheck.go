package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/optimize"
	"github.com/modelbuild/modelbuild/train/split"
)

// knownAnswer is what [SelfCheck] finds on every platform that computes as the
// engine expects. It changes with the engine's version.
const knownAnswer = "sha256:3c1e3d9ead3108bea8323c4bcbb527ee91ebb3c37512cb258e763d756c8cf80e"

// NotExactError says that this platform, or a compiler that built this
// program, does not compute as others do, so that a model trained here could
// not be claimed to be reproducible.
type NotExactError struct{ Got, Want string }

// Error tells both digests.
func (e *NotExactError) Error() string {
	return fmt.Sprintf("arithmetic self-check failed: this platform computes %s, others %s; "+
		"a model trained here would not be reproducible, so training is refused", e.Got, e.Want)
}

// SelfCheck computes a fixed problem, elementary functions, a split and a small
// fit, and returns the digest of all their bits. It takes a few milliseconds.
func SelfCheck() (string, error) {
	h := sha256.New()
	for i := range 2000 {
		x := float64(i-1000) / 16
		put(h, fpmath.Exp(x), fpmath.Log(float64(i+1)/64), fpmath.Log1p(float64(i)/512))
	}
	fmt.Fprintln(h, split.Digest(split.Random(1000, 0.25, 42).Test))
	fit, err := smallFit()
	if err != nil {
		return "", fmt.Errorf("arithmetic self-check: %w", err)
	}
	put(h, fit.Loss, fit.Gradient)
	for _, w := range append(fit.Model.Coefficients, fit.Model.Intercepts...) {
		put(h, float64(w))
	}
	got := "sha256:" + hex.EncodeToString(h.Sum(nil))
	if got != knownAnswer {
		return got, &NotExactError{Got: got, Want: knownAnswer}
	}
	return got, nil
}

// smallFit fits three overlapping classes of 600 rows, enough for two shards.
func smallFit() (logistic.Fit, error) {
	const rows, width, classes = 600, 5, 3
	rng := rand.NewPCG(1, 2)
	x := features.Matrix{Rows: rows, Width: width, Data: make([]float64, rows*width)}
	y := make([]int, rows)
	for i := range y {
		y[i] = i % classes
		for j := range width {
			// A multiple of 2^-20 in [-1, 1), moved along the axis of the class.
			x.Data[i*width+j] = float64(int64(rng.Uint64()>>43)-1<<20) / (1 << 20)
			if j == y[i] {
				x.Data[i*width+j] += 0.5
			}
		}
	}
	opt := logistic.Options{L2: 1, Options: optimize.Options{MaxIterations: 50, Tolerance: 1e-8}}
	return logistic.Train(context.Background(), logistic.Data{X: x, Y: y, Classes: classes}, opt)
}

// put hashes the bits of numbers.
func put(h hash.Hash, values ...float64) {
	var b [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
		h.Write(b[:])
	}
}
