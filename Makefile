# Forwards to the programs that do the work; each can be run by hand as it stands here.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup bin quickstart test bench validate clean

GO_VERSION := $(shell sed -n 's/^go \([0-9.]*\)$$/\1/p' go.mod)
export GOTOOLCHAIN := go$(GO_VERSION)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## install what building and testing need; does only what is missing
	hack/setup test

bin: ## compile modelbuild, modelbuild-frontend, modelbuild-step and modelbuild-serve into bin/
	go run ./hack/build -out bin

quickstart: ## build examples/penguins from nothing and show what came out
	hack/quickstart

test: ## set up, then run every test
	hack/test

bench: ## measure against other tools; figures go to build/bench/
	hack/bench

validate: ## formatting, vet, lint, size and import rules, links in docs
	hack/validate

clean: ## remove what the targets above wrote into the tree
	rm -rf bin build
