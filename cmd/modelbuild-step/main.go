// Command modelbuild-step runs inside the steps of a build: it trains,
// evaluates and packages a model. It reads a job and inputs from read-only
// folders and writes an output folder; it needs no network and no base image.
//
// It exits with 0 on success, 1 where the job or the data is mistaken (the
// mistakes are then in diagnostics.json too), 2 on other failures and 130 when
// interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// Exit statuses.
const (
	exitOK          = 0
	exitProblems    = 1
	exitFailure     = 2
	exitInterrupted = 130
)

// gcPercent spares memory: most of the heap is a few large arrays without
// pointers, so collecting it often costs next to no time.
const gcPercent = 25

func main() {
	debug.SetGCPercent(gcPercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := report(os.Stderr, dispatch(ctx, os.Args[1:]))
	stop()
	os.Exit(code)
}

const usage = `usage: modelbuild-step train    --job FILE --out DIR [--selected FILE]
       modelbuild-step trial    --job FILE --out DIR
       modelbuild-step select   --job FILE --trials DIR --out DIR
       modelbuild-step exec     --job FILE --out DIR
       modelbuild-step packages --out DIR
       modelbuild-step inputs   --job FILE --out DIR
       modelbuild-step evaluate --job FILE --train DIR --out DIR
       modelbuild-step base     --job FILE --out DIR
       modelbuild-step overlay  --job FILE --out DIR
       modelbuild-step package  --job FILE --train DIR --evaluate DIR --out DIR
       modelbuild-step sign     --job FILE --out DIR
       modelbuild-step environment --job FILE --out DIR
       modelbuild-step files --package FILE --guard DIR
       modelbuild-step workbench --job FILE --out DIR
       modelbuild-step scan
       modelbuild-step predict  --model DIR --data FILE --out FILE [--format FORMAT] [--drift FILE]
       modelbuild-step version`

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "train":
		return runTrain(ctx, args[1:])
	case "trial":
		return runTrial(ctx, args[1:])
	case "select":
		return runSelect(ctx, args[1:])
	case "exec":
		return runExec(ctx, args[1:])
	case "packages":
		return runPackages(ctx, args[1:])
	case "inputs":
		return runInputs(ctx, args[1:])
	case "evaluate":
		return runEvaluate(ctx, args[1:])
	case "base":
		return runBase(ctx, args[1:])
	case "overlay":
		return runOverlay(ctx, args[1:])
	case "package":
		return runPackage(ctx, args[1:])
	case "sign":
		return runSign(args[1:])
	case "environment":
		return runEnvironment(ctx, args[1:])
	case "files":
		return runFiles(ctx, args[1:])
	case "workbench":
		return runWorkbench(ctx, args[1:])
	case "scan":
		return runScan(ctx, args[1:])
	case "predict":
		return runPredict(ctx, args[1:])
	case "version":
		fmt.Println(version())
		return nil
	case "help", "-h", "--help":
		fmt.Println(usage)
		return nil
	}
	return fmt.Errorf("no subcommand %q\n%s", args[0], usage)
}

// report prints an error and returns the exit status it stands for.
func report(w io.Writer, err error) int {
	var problems job.Problems
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &problems):
		fmt.Fprintln(w, err)
		return exitProblems
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "modelbuild-step: interrupted; nothing was written")
		return exitInterrupted
	}
	fmt.Fprintln(w, "modelbuild-step:", err)
	return exitFailure
}

// version names the engine and what the binary was built from.
func version() string {
	engine := train.BuiltIn()
	v := fmt.Sprintf("modelbuild-step engine %s %s", engine.Name, engine.Version)
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v += " " + info.Main.Version
	}
	return v
}
