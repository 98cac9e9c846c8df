package paired

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRounds(t *testing.T) {
	var order string
	side := func(name string, cpu float64) func() (Usage, error) {
		return func() (Usage, error) {
			order += name
			return Usage{Wall: 1, CPU: cpu * float64(len(order))}, nil
		}
	}
	got, err := Rounds(2, side("a", 1), side("b", 10))
	require.NoError(t, err)
	assert.Equal(t, "baabba", order)
	assert.Equal(t, []float64{3, 6}, got[0].CPU, "without the round that warms up")
	assert.Equal(t, []float64{40, 50}, got[1].CPU)

	var r Result
	r.Times(got)
	assert.InDelta(t, 1, r.WallRatio, 0)
	assert.Equal(t, [2]float64{0.075, 0.12}, r.Spread.CPURatio)

	broken := errors.New("broken")
	_, err = Rounds(1, side("a", 1), func() (Usage, error) { return Usage{}, broken })
	require.ErrorIs(t, err, broken)
}

func TestRun(t *testing.T) {
	u, err := Run(exec.Command("sh", "-c", "true"))
	require.NoError(t, err)
	assert.Positive(t, u.Wall)
	assert.Positive(t, u.Memory)
	_, err = Run(exec.Command("sh", "-c", "echo what is wrong >&2; exit 3"))
	require.ErrorContains(t, err, "what is wrong")
}
