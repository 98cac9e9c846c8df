#!/bin/sh
# Installs onnxruntime-node, the oracle for exported models, below the user
# cache directory and prints the folder. Safe to run again: what is there is
# kept, and a half-finished installation is replaced.
#
# Needs node 18 or later and npm. Package scripts are not run: the CPU
# libraries are in the package itself.
set -eu

version=1.30.0
dir=${XDG_CACHE_HOME:-$HOME/.cache}/modelbuild/onnxruntime-node-$version

if [ ! -f "$dir/.complete" ]; then
	command -v npm >/dev/null || { echo "onnxruntime.sh: npm is needed (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	mkdir -p "$dir"
	npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --no-save "onnxruntime-node@$version" >&2
	touch "$dir/.complete"
fi
echo "$dir"
