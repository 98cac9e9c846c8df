package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

const (
	duckdbPackage = "@duckdb/node-api"
	duckdbVersion = "1.5.6-r.1"
)

// prepare finds the peers, and makes the data that scenarios need. It first asks the peers for their versions, which says
// early whether they are there.
func (b *bench) prepare(ctx context.Context, chosen []scenario) error {
	b.versions = map[string]string{"go": runtime.Version(), "cpu": processor()}
	if err := b.askVersions(ctx, b.python, b.path("peer.py"), "versions"); err != nil {
		return err
	}
	if slices.ContainsFunc(chosen, func(s scenario) bool { return slices.Contains(s.peers, duckdb) }) {
		folder, err := b.npm(ctx, duckdbPackage, duckdbVersion)
		if err != nil {
			return err
		}
		b.duckdb = folder
		if err := b.askVersions(ctx, "node", b.path("peer.js"), folder); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(chosen, scenario.flights) {
		folder, err := b.npm(ctx, flightsPackage, flightsVersion)
		if err != nil {
			return err
		}
		b.versions[flightsPackage] = flightsVersion
		if err := b.child(ctx, "flights", filepath.Join(folder, flightsFile), scenario{kind: "flights"}.source(b.dir).prefix); err != nil {
			return err
		}
	}
	for _, n := range needs(b.dir, chosen) {
		args := []string{"generate", n.prefix, strconv.Itoa(n.width), strconv.Itoa(n.rows)}
		for _, rows := range n.csv {
			args = append(args, strconv.Itoa(rows))
		}
		if err := b.child(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// child runs this program in a process of its own, since the memory of the benchmark would count as its children's.
func (b *bench) child(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, b.self, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make data: %w", err)
	}
	return nil
}

func (b *bench) askVersions(ctx context.Context, program string, args ...string) error {
	text, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		return fmt.Errorf("find the peers (hack/setup peers installs them): %w", err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("read the peers' versions: %w", err)
	}
	maps.Copy(b.versions, got)
	return nil
}

// npm returns the folder that a package is installed in.
func (b *bench) npm(ctx context.Context, name, version string) (string, error) {
	cmd := exec.CommandContext(ctx, b.path("../../oracle/npm.sh"), name, version)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// processor is its name, as the system has it, and how many of them this process may use.
func processor() string {
	name := runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo") // without it the architecture is all that is known
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d cores", name, runtime.NumCPU())
}

// loadAverage is that of the last minute; zero where the system does not tell.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load
}
