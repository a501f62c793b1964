# Every command a developer or CI needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# What tools/ scripts install, and where programs look for it.
export DOCMILL_NATS_SERVER ?= $(CURDIR)/.tools/bin/nats-server
export CARGO_TERM_PROGRESS_WHEN ?= never

RELEASE := target/release

.PHONY: help demo test check lint fmt docs samples load bench-calls bench-quota bench-faults bench-report bench-pdf bench-analysis chaos eval fuzz build release tools nats helm schemas promtool chart images images-check images-twice cluster-tools cluster cluster-down deny clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: nats release ## Grind samples/ on this machine: NATS, both workers and a mock LLM
	@$(RELEASE)/docmill run samples/ $(DEMO_ARGUMENTS)

test: tools lint ## Everything: lints, unit, integration, system and chart tests
	cargo build --workspace --bins
	cargo test --workspace

lint: ## Formatting and clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

fmt: ## Format the code
	cargo fmt --all

docs: ## Write schemas and tables in docs/ anew from the code
	UPDATE=1 cargo test -p docmill-contract --test documents

samples: ## Write samples/ anew from their generator
	cargo run --quiet -p docmill-testkit --bin make-samples -- samples

chart: helm ## Write keda/ and deploy/base anew from the chart
	python3 scripts/helm/render.py

load: nats ## Measure a backlog, a slow model and a peer in Python, and write docs/benchmarks.md; LOAD="--help" says what else
	@benches/load/setup.sh
	cargo build --release --workspace --bins
	$(RELEASE)/load $(LOAD)

bench-calls: nats release ## Measure what an LLM call costs beside waiting, and write docs/benchmarks-calls.md
	cargo run --release -p docmill-tests --bin calls

bench-quota: nats release ## Measure one LLM quota shared by 1, 4 and 20 processors, and write docs/benchmarks-quota.md
	cargo run --release -p docmill-tests --bin quota

bench-faults: nats release ## Measure what 5,000 documents come to at a faulty endpoint, and write docs/benchmarks-faults.md
	cargo run --release -p docmill-tests --bin faults

bench-report: nats release ## Measure the report of a large collection, anew and grown, and write docs/benchmarks-report.md
	cargo run --release -p docmill-tests --bin reports

bench-analysis: ## Measure analyses against polars, DuckDB and pandas, and write docs/benchmarks-analysis.md
	@benches/analysis/setup.sh
	cargo build --profile dist -p docmill-cli --bin docmill
	cargo build --profile dist -p docmill-analysis --example bench
	@.tools/bench-analysis-venv/bin/python -B benches/analysis/bench.py

bench-pdf: ## Measure reading against pdftotext, mutool and pdfium, and write docs/benchmarks-pdf.md
	@benches/pdf/setup.sh
	cargo build --profile dist -p docmill-pdf --example bench
	@.tools/bench-venv/bin/python -B benches/pdf/bench.py

chaos: nats release ## Kill, freeze and cut off everything under load, and check that no document is lost or done twice; CHAOS="--seed 7" repeats a run
	cargo run --release -p docmill-tests --bin chaos -- $(CHAOS)

eval: nats release ## Score what is extracted against what documents truly say, and write docs/evaluation.md
	@python3 -B scripts/eval/evaluate.py $(RELEASE)

fuzz: ## Feed the reader garbage, for FUZZ_SECONDS (60) at each way in; not part of `make test`
	@scripts/fuzz/setup.sh
	@scripts/fuzz/run.sh

build: ## Debug build of all programs
	cargo build --workspace --bins

release: ## Release build of the four programs
	cargo build --release -p docmill-processor -p docmill-analyser -p docmill-cli -p docmill-mock-llm --bins

tools: nats helm schemas promtool ## Fetch the pinned tools that tests need

schemas: ## Fetch the pinned schemas of Kubernetes and its operators into .tools/
	@scripts/schemas/setup.sh

nats: ## Fetch the pinned nats-server into .tools/
	@scripts/nats/setup.sh

promtool: ## Make the pinned promtool, which tests the alerts, in .tools/; needs one on PATH, or Go
	@scripts/promtool/setup.sh

helm: ## Fetch the pinned helm into .tools/
	@scripts/helm/setup.sh

images: ## Build the images, by docker or without a daemon by buildah, into target/images/
	@scripts/images/build.sh

images-check: nats ## Run the images as a cluster would (root and crun), and write their sizes and start times to docs/images.md
	@python3 -B scripts/images/check.py --update

images-twice: ## Build the images once more from elsewhere, by buildah, and compare them with those of `make images` byte for byte
	@scripts/images/twice.sh

cluster-tools: ## Compile Kubernetes and KEDA from their Go modules into .tools/cluster/, for machines that can pull neither
	@scripts/cluster/setup.sh

cluster: nats cluster-tools ## Start a cluster of one node on this machine (root), with KEDA and the images of `make images`
	@scripts/cluster/up.sh

cluster-down: ## End it and remove all that it kept
	@scripts/cluster/down.sh

deny: ## Licences and sources of every dependency, and what must not be among them
	@scripts/deny/setup.sh
	.tools/bin/cargo-deny check licenses bans sources

clean: ## Remove what the demo leaves behind
	rm -rf .docmill docmill-out
