package spec

import "slices"

// Exec is the part of train that the exec engine reads: any program, in a locked
// environment, under the same rules as the built-in engine.
type Exec struct {
	Base     Value[string] `key:"base" doc:"image the program runs on, image://REF@sha256:…"`
	Packages Packages      `key:"packages" doc:"packages to install instead of a base image"`

	Program

	Secrets      Seq[Value[string]] `key:"secrets" doc:"ids of build secrets, mounted at /run/secrets/ID"`
	Devices      Seq[Value[string]] `key:"devices" doc:"CDI devices, as in nvidia.com/gpu=all; with ? at the end one that it can do without"`
	Reproducible Value[string]      `key:"reproducible" doc:"exact, cpu-class or tolerance"`

	PerPlatform Value[bool] `key:"per_platform" doc:"train once for each platform of the image, in an environment of that platform"`
}

// Program is what the programs of all steps have: what is run, what it reads besides
// the data, and what it writes.
type Program struct {
	Sources Map[Value[string]] `key:"sources" doc:"sources mounted at /NAME, as in src: context://src"`
	Run     Seq[Value[string]] `key:"run" doc:"the command and its arguments, as in run: [python3, /src/train.py]"`
	Env     Map[Value[any]]    `key:"env" doc:"environment variables"`
	Outputs Map[Value[string]] `key:"outputs" doc:"files the program writes below /out, as in model: /out/model.pth"`
	Threads Value[uint64]      `key:"threads" doc:"threads that numeric libraries use; 1 when left out"`
	Limits  Limits             `key:"limits" doc:"memory and time the program may use"`
}

// Prepare is the prepare stanza: a program that runs before the one that trains, on
// the same environment.
type Prepare struct {
	Pos
	Program
	Seed Value[uint64] `key:"seed" doc:"seed of every random choice; 0 when left out"`
}

// Checkpoint splits a long training into parts that a killed build does not lose.
type Checkpoint struct {
	Pos
	Every  Value[uint64] `key:"every,required" doc:"epochs between checkpoints"`
	Epochs Value[uint64] `key:"epochs,required" doc:"epochs in all"`
	Keep   Value[uint64] `key:"keep" doc:"checkpoints kept in the image, the last ones; 0 when left out"`
}

// NamedProgram is a program with the stanza that has it.
type NamedProgram struct {
	Stanza string
	Program
}

// Programs are those of the file, in the order in which they run.
func (m *Model) Programs() []NamedProgram {
	all := []NamedProgram{{"prepare", m.Prepare.Program}, {"train", m.Train.Program}, {"evaluate", m.Evaluate.Program}}
	return slices.DeleteFunc(all, func(p NamedProgram) bool { return len(p.Run.Items) == 0 })
}

// Packages names what a training environment is made of.
type Packages struct {
	Pos
	Debian Debian        `key:"debian" doc:"Debian packages"`
	Python Value[string] `key:"python" doc:"a hash-locked requirements file, as in requirements.lock"`
	Index  Value[string] `key:"index" doc:"where the Python files are, as in https://index.example/simple"`
}

// Debian names packages of one Debian release.
type Debian struct {
	Pos
	Suite   Value[string]      `key:"suite,required" doc:"the release, as in suite: bookworm"`
	Install Seq[Value[string]] `key:"install,required" doc:"packages to install"`

	Mirror   Value[string]      `key:"mirror" doc:"where the packages are, as in https://mirror.example/debian"`
	Archives Map[Value[string]] `key:"archives" doc:"the same of other archives, as in Debian-Security: https://mirror.example/debian-security"`
}

// Limits bound what a training program may use.
type Limits struct {
	Pos
	Memory Value[string] `key:"memory" doc:"as in 8Gi"`
	Time   Value[string] `key:"time" doc:"as in 2h30m"`
}
