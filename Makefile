# Targets for people and for CI; `make` alone lists them. Whatever a command needs beyond git, make, a C compiler, cargo
# and Python 3 is installed, pinned, into .venv and .local.

FUNCTIONS := bootstrap-stack start-execution on-execution-complete verify-versions
CARGO_DENY := .local/tools/bin/cargo-deny
CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ := .local/tools/bin/cargo-fuzz
CARGO_FUZZ_VERSION := 0.13.2
FUZZ_TARGETS := report event report_key manifest listing metadata
# For each target.
FUZZ_SECONDS := 60
# What the functions are built for: as stack.toml has it, else the default of `functions.architecture`.
ARCHITECTURE := $(or $(shell sed -n 's/^architecture *= *"\(.*\)".*/\1/p' stack.toml 2>/dev/null),arm64)
TARGET_arm64 := --arm64
TARGET_x86_64 := --x86-64
BENCH_TOOLS := .local/bench/installed
VERIFY_PEERS := .local/bench-verify/installed
# Tools that the tests hold our work against; never shipped.
JUDGE := .local/judge/installed
CFN_LINT := .local/judges/cfn-lint/installed
TYPED_CLIENTS := .local/judges/typed-clients/installed
MOTO := .local/judges/moto/installed
JUDGES := $(JUDGE) $(CFN_LINT) $(TYPED_CLIENTS) $(MOTO)
RECORD := target/e2e/judge
JUDGING := PYTHONPATH=tests PYTHONPYCACHEPREFIX=$(CURDIR)/.local/judge/compiled .local/judge/venv/bin/python -m judge

.DEFAULT_GOAL := help
.PHONY: help build programs functions judges test check judge-iam soak fuzz demo bench-apply bench-copy bench-verify figures lint style fmt up down clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

build: ## Build the command line, the local cloud and the four functions
	cargo build --workspace --all-targets
	target/debug/efs-s3 local install

# The programs without the tests.
programs:
	# With a benchmark cargo takes the features of the tests, so that `make build` does not compile the AWS SDK again.
	cargo build --workspace --bins --bench copy
	target/debug/efs-s3 local install

functions: programs ## Build the four functions for AWS, for the architecture of stack.toml: deploy without --local uploads these
	PATH="$(CURDIR)/.venv/bin:$$PATH" cargo lambda build --release $(TARGET_$(ARCHITECTURE)) $(FUNCTIONS:%=--package %)

judges: $(JUDGES) ## Install the tools that the tests check our work with: IAM and model judges, cfn-lint, moto, DataSync clients

test: build judges ## Run all tests, end to end ones included
	cargo test --workspace

check: ## Check format, lints, words and unit tests, the longest enumeration sampled; no end-to-end tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	python3 .ci/words.py
	EFS_S3_QUICK=1 cargo test --workspace --lib --bins --quiet

judge-iam: build judges ## Judge what the end-to-end tests recorded: permissions and service models
	$(JUDGING) check $(RECORD) || cargo test --workspace --test it
	$(JUDGING) report $(RECORD)

soak: build judges ## Run all tests, the enumerated ones with larger bounds
	EFS_S3_SOAK=1 cargo test --workspace

fuzz: $(CARGO_FUZZ) ## Feed the parsers of reports, events, manifests, listings and file times with damaged input, a minute each; FUZZ_SECONDS=600 is longer
	mkdir -p $(FUZZ_TARGETS:%=fuzz/corpus/%)
	for target in $(FUZZ_TARGETS); do \
	  RUSTC_BOOTSTRAP=1 $(CARGO_FUZZ) run --sanitizer none --target-dir target/fuzz $$target \
	    fuzz/corpus/$$target $(wildcard fuzz/seeds/*) events/verify-versions -- \
	    -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit 1; \
	done

bench-apply: programs ## Measure an apply against its critical path, and what an unchanged plan asks
	target/debug/bench-apply

bench-copy: $(BENCH_TOOLS) ## Measure the copy engine beside s5cmd, rclone and the AWS CLI; EFS_S3_BENCH_SCALE=0.1 is shorter
	cargo bench -p datasync-local --bench copy

bench-verify: $(VERIFY_PEERS) ## Measure the verification at 10 thousand to 1 million files, beside boto3 and rclone check
	cargo bench -p verify-versions --bench verify

figures: programs ## Print the figures that tests and benchmarks have measured here
	target/debug/figures

demo: programs ## Show the whole pipeline on this machine, step by step
	target/debug/demo

lint: $(CARGO_DENY) ## Check format, lints, documentation, words, style and licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	python3 .ci/words.py
	python3 .ci/style.py --check
	$(CARGO_DENY) check licenses bans sources

style: ## Measure names, comments, lengths and import rings of the Rust sources; .ci/style.py --list shows the places
	python3 .ci/style.py

fmt: ## Format the code
	cargo fmt --all

up: programs ## Start the local cloud of this folder
	target/debug/efs-s3 local up

down: ## Stop the local cloud of this folder
	target/debug/efs-s3 local down

clean: ## Remove what was built and installed here
	cargo clean
	rm -rf .venv .local

$(CARGO_DENY):
	cargo install --locked --debug --root .local/tools --target-dir target/tools cargo-deny@$(CARGO_DENY_VERSION)

$(CARGO_FUZZ):
	cargo install --locked --debug --root .local/tools --target-dir target/tools cargo-fuzz@$(CARGO_FUZZ_VERSION)

$(BENCH_TOOLS): crates/datasync-local/benches/copy/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

$(CFN_LINT): infra/cfn-lint-requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

$(TYPED_CLIENTS): crates/datasync-local/tests/it/typed_clients_requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

$(MOTO): tests/moto/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

$(VERIFY_PEERS): crates/verify-versions/benches/verify/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	touch $@

$(JUDGE): tests/judge/requirements.txt tests/judge/package.json
	python3 -m venv --clear $(@D)/venv
	$(@D)/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	cp tests/judge/package.json $(@D)
	cd $(@D) && PATH="$$PWD/venv/bin:$$PATH" npm install --silent --no-package-lock --no-audit --no-fund --ignore-scripts
	touch $@
