package spec

// Exec is the part of train that the exec engine reads: any program, in a locked
// environment, under the same rules as the built-in engine.
type Exec struct {
	Base         Value[string]      `key:"base" doc:"image the program runs on, image://REF@sha256:…"`
	Packages     Packages           `key:"packages" doc:"packages to install instead of a base image"`
	Sources      Map[Value[string]] `key:"sources" doc:"sources mounted at /NAME, as in src: context://src"`
	Run          Seq[Value[string]] `key:"run" doc:"the command and its arguments, as in run: [python3, /src/train.py]"`
	Env          Map[Value[any]]    `key:"env" doc:"environment variables"`
	Outputs      Map[Value[string]] `key:"outputs" doc:"files the program writes below /out, as in model: /out/model.pth"`
	Threads      Value[uint64]      `key:"threads" doc:"threads that numeric libraries use; 1 when left out"`
	Secrets      Seq[Value[string]] `key:"secrets" doc:"ids of build secrets, mounted at /run/secrets/ID"`
	Devices      Seq[Value[string]] `key:"devices" doc:"CDI devices, as in nvidia.com/gpu=all"`
	Reproducible Value[string]      `key:"reproducible" doc:"exact, cpu-class or tolerance"`
	Limits       Limits             `key:"limits" doc:"memory and time the program may use"`
}

// Packages names what a training environment is made of.
type Packages struct {
	Pos
	Debian Debian        `key:"debian" doc:"Debian packages"`
	Python Value[string] `key:"python" doc:"a hash-locked requirements file, as in requirements.lock"`
	Index  Value[string] `key:"index" doc:"where the Python files are, as in https://pypi.org/simple"`
}

// Debian names packages of one Debian release.
type Debian struct {
	Pos
	Suite   Value[string]      `key:"suite,required" doc:"the release, as in suite: bookworm"`
	Install Seq[Value[string]] `key:"install,required" doc:"packages to install"`

	Mirror   Value[string]      `key:"mirror" doc:"where the packages are, as in https://deb.debian.org/debian"`
	Archives Map[Value[string]] `key:"archives" doc:"the same of other archives, as in Debian-Security: https://deb.debian.org/debian-security"`
}

// Limits bound what a training program may use.
type Limits struct {
	Pos
	Memory Value[string] `key:"memory" doc:"as in 8Gi"`
	Time   Value[string] `key:"time" doc:"as in 2h30m"`
}
