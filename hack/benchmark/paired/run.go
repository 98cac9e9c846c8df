package paired

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// Usage is what one run of a program took: seconds, and bytes of peak memory.
type Usage struct{ Wall, CPU, Memory float64 }

// Series is what the runs of one side took, in the order of the rounds.
type Series struct{ Wall, CPU, Memory []float64 }

func (s *Series) add(u Usage) {
	s.Wall, s.CPU, s.Memory = append(s.Wall, u.Wall), append(s.CPU, u.CPU), append(s.Memory, u.Memory)
}

// Rounds runs both sides n times in turn, who goes first another one each round, after a round that warms up.
func Rounds(n int, ours, theirs func() (Usage, error)) (out [2]Series, err error) {
	sides := [2]func() (Usage, error){ours, theirs}
	order := []int{0, 1}
	for round := range n + 1 {
		slices.Reverse(order)
		for _, i := range order {
			u, err := sides[i]()
			if err != nil {
				return out, err
			}
			if round > 0 {
				out[i].add(u)
			}
		}
	}
	return out, nil
}

// Times puts in the ratios of wall and CPU time.
func (r *Result) Times(sides [2]Series) {
	wall, cpu := Ratios(sides[0].Wall, sides[1].Wall), Ratios(sides[0].CPU, sides[1].CPU)
	r.CPURatio, r.WallRatio = Round(Median(cpu)), Round(Median(wall))
	r.Spread.CPURatio, r.Spread.WallRatio = Extent(cpu), Extent(wall)
}

// Run runs a program to its end. An error has what it printed.
func Run(cmd *exec.Cmd) (Usage, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	u := Usage{Wall: time.Since(start).Seconds()}
	if err != nil {
		return u, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	u.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Memory = float64(usage.Maxrss) * 1024 // Linux tells kilobytes
	}
	return u, nil
}
