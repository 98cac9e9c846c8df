#!/bin/sh
# Installs an npm package below the user cache directory and prints the folder:
#
#     npm.sh NAME VERSION
#
# Safe to run again: what is there is kept, and a half-finished installation is replaced. Needs node 18 or later and npm.
# Package scripts are not run.
set -eu

dir=${XDG_CACHE_HOME:-$HOME/.cache}/modelbuild/$(echo "$1" | tr -d '@' | tr '/' '-')-$2

if [ ! -f "$dir/.complete" ]; then
	command -v npm >/dev/null || { echo "npm.sh: npm is needed (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	mkdir -p "$dir"
	npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --no-save "$1@$2" >&2
	touch "$dir/.complete"
fi
echo "$dir"
