// Package frontend is the BuildKit gateway frontend: it reads a modelbuild file
// through the gateway, has it parsed, planned and compiled, and returns the image
// with its attestations.
//
// It is the one place where the gateway client and the rest of modelbuild meet.
// Diagnostics become BuildKit source errors here and nowhere else.
package frontend
