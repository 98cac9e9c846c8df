// Package llb turns a checked model into a BuildKit build: spec → plan → LLB.
//
// [NewPlan] projects the spec per phase: each step gets the canonical bytes of
// what it reads and nothing else, so that a change retrains only where it must.
// [Plan.Compile] writes the plan as LLB. Both are pure: the same input gives the
// same bytes, and nothing here talks to a daemon.
package llb
