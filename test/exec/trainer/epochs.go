package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// epochs adds up the numbers of the epochs, from one checkpoint to the next. It fails where the environment says so. Where the
// secret says so it waits: a secret is no reason to run again.
func epochs() error {
	from, err := strconv.Atoi(os.Getenv("MODELBUILD_CHECKPOINT_FROM"))
	if err != nil {
		return err
	}
	until, err := strconv.Atoi(os.Getenv("MODELBUILD_CHECKPOINT_UNTIL"))
	if err != nil {
		return err
	}
	var state struct{ Done, Sum int }
	data, err := os.ReadFile(filepath.Join(os.Getenv("MODELBUILD_CHECKPOINT"), "state.json"))
	switch {
	case err == nil:
		err = json.Unmarshal(data, &state)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	if state.Done != from {
		return fmt.Errorf("the checkpoint is of epoch %d, and not %d", state.Done, from)
	}
	if strconv.Itoa(from) == os.Getenv("FAIL_AT") {
		return errors.New("the loss is NaN")
	}
	if secret, err := os.ReadFile("/run/secrets/stall"); err == nil && strings.TrimSpace(string(secret)) == strconv.Itoa(from) {
		fmt.Println("stalling")
		time.Sleep(20 * time.Second)
		return errors.New("nobody ended it")
	}
	for state.Done < until {
		state.Done++
		state.Sum += state.Done
		fmt.Println("epoch", state.Done)
	}
	if err := os.MkdirAll("checkpoint/deep", 0o700); err != nil {
		return err
	}
	data, err = json.Marshal(state)
	if err != nil {
		return err
	}
	for _, name := range []string{"checkpoint/state.json", "checkpoint/deep/copy.json", "model.json"} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile("metrics.json", fmt.Appendf(nil, "{\"sum\": %d}", state.Sum), 0o600)
}
