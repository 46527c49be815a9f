# Billowatt. `make` alone explains itself; every target below has its sentence behind ##.

PYTHON ?= python3
DATA ?= data
PORT ?= 8080
BIN := .venv/bin
PROTOS := $(wildcard protos/*/v1/*.proto)
SOURCES := domain runtime services gateway billowatt clients bench tests

.DEFAULT_GOAL := help
# Every target is a verb; no file is made under a target's name.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile)

help: ## Explain the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: .venv/ready ## Build the environment in .venv (once; again when the lock changes)

.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

run: .venv/ready ## Start Billowatt on this machine and say where (data in ./data)
	@BILLOWATT_WEBHOOKS_ALLOW_LOOPBACK=1 BILLOWATT_LOG_FORMAT=console BILLOWATT_LOG_LEVEL=$${BILLOWATT_LOG_LEVEL:-warning} \
	  $(BIN)/billowatt up --data $(DATA) --port $(PORT)

demo: .venv/ready ## Upload a sample bill to what `make run` started, and show what comes of it
	@$(BIN)/billowatt demo --data $(DATA)

browser: ## Install the browser of the console's tests and the fonts of the bench's pages (Debian's), where apt and root are there
	@{ command -v chromium && [ -d /usr/share/fonts/truetype/liberation ]; } >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; } \
	  || echo "No Chromium: tests in a browser are skipped until it is installed (Debian: apt-get install chromium)" >&2

first-minutes: .venv/ready ## Time a newcomer's first minutes: clone, `make run`, first reading, first webhook
	$(BIN)/python -m bench.first_minutes

test: .venv/ready browser ## Run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadscope

journey: .venv/ready ## Run the tests of the whole flow only
	$(BIN)/python -m pytest -q tests/journey

check: .venv/ready ## Check format, style, types and the rules of the house
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m pytest -q tests/house

format: .venv/ready ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

protos: .venv/ready ## Generate the stubs from the contracts
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. --mypy_out=. --mypy_grpc_out=. \
	  --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc $(PROTOS)

publish-contracts: .venv/ready ## Record the contracts as published: later ones may add, never break
	$(BIN)/buf build -o protos/published.binpb

publish-api: .venv/ready ## Record the OpenAPI document as published: later ones may add, never break
	$(BIN)/python -m gateway.openapi > gateway/openapi/published.json

settings-page: .venv/ready ## Write docs/settings.md from the code
	$(BIN)/python -c "from runtime.settings import settings_page; print(settings_page(), end='')" > docs/settings.md

command-page: .venv/ready ## Write docs/command.md from the command
	$(BIN)/python -m billowatt.reference > docs/command.md

vendor: ## Fetch the files of other projects that the console serves, and hold them to gateway/console/vendor/VENDOR.toml
	$(PYTHON) requirements/vendor.py

lock: ## Renew the locked requirements (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --override requirements/not-needed.txt --quiet -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --override requirements/not-needed-to-test.txt -c requirements.lock --quiet -o requirements-dev.lock

bench: bench-flow bench-queue ## Measure uploads, latency, memory and the queue

bench-flow: .venv/ready ## Measure uploads a second, upload-to-webhook latency, and memory while bodies stream
	$(BIN)/python -m bench.flow

bench-queue: .venv/ready ## Measure claims and fenced completions beside pgqueuer
	$(BIN)/python -m bench.queue

bench-edge: .venv/ready ## Measure list and retrieve at 100,000 bills beside 100, pages of the console at 10,000, and webhooks
	$(BIN)/python -m bench.edge

bench-pages: .venv/ready ## Measure the pages of the console for a tenant of 10,000 bills beside one of 100
	$(BIN)/python -m bench.edge pages

bench-console: .venv/ready browser ## Measure the console in Chromium: a bill of 1,000 values, page images, a list of work of 10,000, scripts
	$(BIN)/python -m bench.console

screenshots: .venv/ready browser ## Take the pictures of docs/screens anew, of every page of the console
	$(BIN)/python -m pytest -q --timeout 600 tests/gateway/console/browser/pictures.py

soak-webhooks: .venv/ready ## Deliver 20,000 webhooks to a receiver that lies while the deliverer is killed (SEED=2 for others)
	$(BIN)/python -m bench.soak.webhooks --deliveries 20000 --kills 20 --seed $${SEED:-1}

bench-exports: .venv/ready ## Measure exports: memory and speed while a million usages pass
	$(BIN)/python -m bench.exports

bench-read: .venv/ready ## Measure the reader on synthetic bills beside a naive one
	$(BIN)/python -m bench.read

bench-profile: .venv/ready peers ## Measure months, hours, folds and replays beside pandas and opendsm, and test the filling rule
	$(BIN)/python -m bench.profile

scale-profile: .venv/ready ## Measure how lists, months and profiles slow down up to 100,000 bills in an account and 1,000,000 in a tenant
	$(BIN)/python -m bench.profile.scale

peers: .peers/ready ## Build the environment of the profile benchmark's peers in .peers: pandas

.peers/ready: requirements/peers.txt
	$(PYTHON) -m venv .peers
	.peers/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/peers.txt
	@touch $@

peers-opendsm: peers ## Add opendsm to the peers (1.1 GB)
	.peers/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/peers-opendsm.txt

register-model: .venv/ready ## Try the register of active bills against its model under 200,000 schedules (some minutes)
	REGISTER_SCHEDULES=200000 $(BIN)/python -m pytest -q --timeout 3600 tests/profile/test_register_model.py

api-fuzz: .venv/ready ## Throw 2,000 requests at each operation of the OpenAPI document (an hour; EXAMPLES=200 for fewer)
	$(BIN)/python -m bench.api_fuzz --examples $${EXAMPLES:-2000}

fuzz: .venv/ready ## Feed 20,000 broken files to the reader (some minutes; SEED=2 for others)
	$(BIN)/python -m bench.fuzz --files 20000 --seed $${SEED:-1}

up: ## Start the containers (docker compose)
	docker compose up --build --detach

down: ## Stop the containers
	docker compose down

clean: ## Remove the environment and caches (never the data)
	rm -rf .venv .peers .mypy_cache .ruff_cache .pytest_cache .hypothesis dist *.egg-info
