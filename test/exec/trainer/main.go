// Command trainer is the program that the tests of the exec engine train with: it fits a mean, or misbehaves in the
// way that its argument names.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	if err := do(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trainer:", err)
		os.Exit(3)
	}
}

func do(args []string) error {
	switch args[0] {
	case "mean":
		return mean(os.Getenv("COLUMN"))
	case "fail":
		fmt.Println("epoch 1, loss 0.5")
		return fmt.Errorf("no such column: %s", os.Getenv("COLUMN"))
	case "network":
		_, err := net.Dial("tcp", "example.org:443")
		return err
	case "memory":
		for held := []byte{}; ; { // written to, so that it is resident
			held = append(held, make([]byte, 16<<20)...)
			for i := range held {
				held[i]++
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "link":
		return os.Symlink("/etc/passwd", "model.json")
	case "nothing":
		return os.WriteFile("elsewhere.json", nil, 0o600)
	case "nonsense":
		if err := os.WriteFile("model.json", []byte("{}"), 0o600); err != nil {
			return err
		}
		return os.WriteFile("metrics.json", []byte("accuracy: 1"), 0o600)
	case "arch":
		return os.WriteFile("model.json", fmt.Appendf(nil, "%q\n", runtime.GOARCH), 0o600)
	case "prepare":
		return prepare()
	case "fit":
		return fit()
	case "judge":
		return judge()
	case "tune":
		return tune(os.Getenv("COLUMN"))
	case "epochs":
		return epochs()
	case "line":
		return line()
	case "copy": // a model that was trained elsewhere
		model, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		return os.WriteFile("model.onnx", model, 0o600)
	case "inputs":
		return inputs()
	}
	return fmt.Errorf("nothing to do for %q", args)
}

// mean writes the mean of a column as the model, metrics, and predictions for the first ten rows.
func mean(name string) error {
	values, err := column(os.Getenv("MODELBUILD_DATA_TRAIN"), name)
	if err != nil {
		return err
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	m := sum / float64(len(values))
	out := []string{"row,actual,score:prediction"}
	for i, v := range values[:10] {
		out = append(out, fmt.Sprintf("%d,%g,%g", i+1, v, m))
	}
	for name, text := range map[string]string{
		"model.json": fmt.Sprintf("{\"mean\": %g}\n", m), "metrics.json": fmt.Sprintf("{\"rows_used\": %d, \"note\": \"text\"}", len(values)),
		"predictions.csv": strings.Join(out, "\n") + "\n", "notes/how.txt": "a mean\n",
	} {
		if err := os.MkdirAll("notes", 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// inputs writes what the program finds: its environment, folders, secret and network.
func inputs() error {
	found := map[string]any{}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		found[name] = value
	}
	for _, dir := range []string{"/src", "/in/data", "/in/data/photos"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		found[dir] = names
	}
	secret, err := os.ReadFile("/run/secrets/token")
	if err != nil {
		return err
	}
	found["secret bytes"] = len(secret)
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	found["interfaces"] = len(interfaces)
	data, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return os.WriteFile("model.json", data, 0o600)
}
