# One place for every command. Each target installs what it lacks and says so (scripts/install);
# the scripts do the work, so that each can also be called by itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check bench fmt web clean

# The demo's data: the made-up partnership and whatever you did in it.
DEMO := .demo
# More for a command, for instance: make demo ARGS="--listen 127.0.0.1:9000 --no-open"
ARGS ?=

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: web ## build, make up a County Durham partnership, and open it on this machine
	@scripts/install build
	@scripts/cargo build --bin commonweal
	@exec scripts/cargo run --quiet --bin commonweal -- demo --data-dir $(DEMO) $(ARGS)

demo-reset: ## throw the demo's data away and make the partnership anew
	@rm -rf $(DEMO)
	@echo "demo-reset: the data in $(DEMO) is gone"
	@$(MAKE) --no-print-directory demo ARGS='$(ARGS)'

test: ## everything that CI runs: format, lints, licences, documentation, tests on both databases, browser
	@scripts/test

check: ## the quick half of `make test`: format, lints, licences, documentation
	@scripts/test format lints licences documentation

bench: web ## measure speed on this machine, in release mode
	@scripts/install build
	@scripts/bench $(ARGS)

fmt: ## format the Rust code
	@cargo fmt --all

web: ## build styles, scripts and templates into web/dist (only what changed)
	@scripts/install web
	@web/build.sh

clean: ## remove what was built for this clone (not the demo's data)
	@scripts/cargo clean
	@rm -rf web/dist web/node_modules browser/node_modules browser/results
