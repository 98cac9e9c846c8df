#!/bin/sh
# Installs onnxruntime-node, the oracle for exported models, and prints the
# folder. The CPU libraries are in the package itself, so that none of its
# scripts has to run.
set -eu
exec "$(dirname "$0")/npm.sh" onnxruntime-node 1.30.0
