# What people do with this repository. `make` alone lists it.

.DEFAULT_GOAL := help
.PHONY: help run dev test stories soak bench fmt lint

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build, then serve the wallet in sandbox mode with demo data
	@scripts/preflight.sh
	@scripts/pages.sh
	cargo build --release --locked --package server --bin tael
	./target/release/tael serve --sandbox --demo --public-url "$${TAEL_PUBLIC_URL:-http://localhost:8080}"

dev: ## the same with hot reload of the pages, at http://localhost:5173
	@scripts/dev.sh

test: ## every check: format, house rules, lints, tests, crashes and power cuts
	@scripts/test.sh

stories: ## the wallet in a real browser, against the built program
	@scripts/stories.sh

soak: ## the long forms of `make test`'s harnesses: hours of chaos, failovers, histories
	@scripts/soak.sh

bench: ## measure this machine; beside PostgreSQL's pgbench where that is installed
	@scripts/bench.sh

fmt: ## format the sources
	cargo fmt --all

lint: ## the quick part of `make test`
	cargo fmt --all --check
	cargo xtask tidy
	cargo clippy --workspace --all-targets --locked -- -D warnings
