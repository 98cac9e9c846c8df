package main

import (
	"fmt"
	"os"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/train"
)

// recordHardware records what the step has of the devices that its program asked for,
// and warns of a driver that is too old for the environment.
func recordHardware(p *train.Program) error {
	if len(p.Devices) == 0 {
		return nil
	}
	h, err := program.FindHardware(os.DirFS("/"))
	if err != nil {
		return err
	}
	var names []string
	for _, pkg := range p.Environment.Packages {
		names = append(names, pkg.Name)
	}
	if old := program.OldDriver(h.Driver, names); old != "" {
		fmt.Fprintf(os.Stderr, "train  warning: %s\n", old)
	}
	p.Hardware = &train.Hardware{Nodes: h.Nodes, Models: h.Models, Driver: h.Driver}
	return nil
}
