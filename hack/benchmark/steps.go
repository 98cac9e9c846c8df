package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// stepVertex matches the name of the vertex that runs a step: ours by what it says of itself, a Dockerfile's by RUN.
var stepVertex = regexp.MustCompile(`^\[(train|evaluate|package)(?:\] (?:logistic|held-out|provenance)| \d+/\d+\] RUN )`)

// stepNames are the steps in the order they run.
var stepNames = []string{"train", "evaluate", "package"}

// ranSteps reads BuildKit's status messages and lists the steps that ran, as opposed to those taken from the cache. It
// fails where the log does not show every step.
func ranSteps(log []byte) ([]string, error) {
	cached := map[string]bool{}
	for line := range bytes.Lines(log) {
		if !bytes.HasPrefix(line, []byte("{")) {
			continue // a message of the client, such as a retried connection
		}
		var status struct {
			Vertexes []struct {
				Name   string
				Cached bool
			}
		}
		if err := json.Unmarshal(line, &status); err != nil {
			return nil, fmt.Errorf("read build log: %w", err)
		}
		for _, v := range status.Vertexes {
			if m := stepVertex.FindStringSubmatch(v.Name); m != nil {
				cached[m[1]] = cached[m[1]] || v.Cached
			}
		}
	}
	var ran []string
	for _, name := range stepNames {
		hit, seen := cached[name]
		if !seen {
			return nil, fmt.Errorf("read build log: no vertex of step %s", name)
		}
		if !hit {
			ran = append(ran, name)
		}
	}
	return ran, nil
}

// expectSteps fails unless exactly these steps ran.
func expectSteps(log []byte, want []string) error {
	ran, err := ranSteps(log)
	if err != nil {
		return err
	}
	if !slices.Equal(ran, want) {
		return fmt.Errorf("the steps %v ran, not %v", ran, want)
	}
	return nil
}

// trainVertex matches the vertex that runs the program, of ours and of a Dockerfile.
var trainVertex = regexp.MustCompile(`^\[train\] python3: |RUN --network=none python3 /src/train\.py`)

// programRan tells from BuildKit's status messages whether the program ran, as opposed to being taken from the cache.
func programRan(log []byte) (bool, error) {
	seen, cached := false, false
	for line := range bytes.Lines(log) {
		if !bytes.HasPrefix(line, []byte("{")) {
			continue // a message of the client
		}
		var status struct {
			Vertexes []struct {
				Name   string
				Cached bool
			}
		}
		if err := json.Unmarshal(line, &status); err != nil {
			return false, fmt.Errorf("read build log: %w", err)
		}
		for _, v := range status.Vertexes {
			if trainVertex.MatchString(v.Name) {
				seen, cached = true, cached || v.Cached
			}
		}
	}
	if !seen {
		return false, errors.New("read build log: no vertex runs the program")
	}
	return !cached, nil
}
