# Linli 邻里. Needs Python 3.11 and make; everything else is installed into .venv.
#
#   make demo        start with the demonstration community, http://127.0.0.1:8000 (PORT=8001 make demo)
#   make test        run the tests (on PostgreSQL when LINLI_DATABASE_URL is set)
#   make check       lint, types, who imports whom, templates, migrations, translations
#   make help        the rest

SHELL := /bin/sh
PY := .venv/bin/python
# Where tests and checks keep their data: a folder that is gone afterwards.
ASIDE := home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && trap 'exit 130' INT TERM && export LINLI_HOME="$$home"
export DJANGO_SETTINGS_MODULE := linli.config.settings
WHEELS ?=
export WHEELS
# Wheels for another machine: FOR=aarch64 (鲲鹏, 飞腾), FOR_PYTHON=3.12
FOR ?=
FOR_PYTHON ?= 3.11
OTHER = $(if $(FOR),--only-binary=:all: --python-version $(FOR_PYTHON) $(foreach base,manylinux_2_28 manylinux_2_17 manylinux2014 linux,--platform $(base)_$(FOR)))
# Options for pytest, such as: make test PYTEST="-k dispatch"
PYTEST ?= -n 2

# Sizes of `make bench`: matters in the database, residents, measures (all when empty), seconds of a load run.
ROWS ?= 20000
PEOPLE ?= 20000
BENCH ?=
SECONDS ?= 60
JSON ?=

.DEFAULT_GOAL := help
.PHONY: help demo install serve test soak bench check format lock messages screenshots wheels clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: ## start with the demonstration community (PORT=, LINLI_HOME=)
	@sh tools/bootstrap.sh runtime
	@exec .venv/bin/linli demo

install: ## install into .venv and start nothing (WHEELS=wheels without a network)
	@sh tools/bootstrap.sh runtime
	@$(PY) -m compileall -q linli # who runs it later may not write here

serve: ## start for real use, after `linli setup` (PORT=, LINLI_HOME=)
	@sh tools/bootstrap.sh runtime
	@exec .venv/bin/linli serve

test: ## run the tests
	@sh tools/bootstrap.sh test
	@$(ASIDE) && $(PY) -m pytest $(PYTEST)

soak: ## hurt a running office at full length, half an hour (SQLite, or LINLI_DATABASE_URL)
	@sh tools/bootstrap.sh test
	@$(ASIDE) && LINLI_SOAK=full $(PY) -m pytest -m soak tests/faults linli/visits -s

bench: ## measure beside the floor (ROWS=, PEOPLE=, BENCH=names, SECONDS=, JSON=file; see docs/benchmarks.md)
	@sh tools/bootstrap.sh test
	@LINLI_HOME=$${LINLI_HOME:-$(CURDIR)/.linli-bench} $(PY) -m bench --rows $(ROWS) --people $(PEOPLE) \
		--only "$(BENCH)" --seconds $(SECONDS) $(if $(JSON),--json $(JSON))

check: ## lint, types, who imports whom, templates, migrations, translations
	@sh tools/bootstrap.sh check
	@$(ASIDE) && sh tools/check.sh

format: ## format Python and templates
	@sh tools/bootstrap.sh check
	@$(PY) -m ruff check --fix --exit-zero --quiet . && $(PY) -m ruff format .
	@find linli -name '*.html' -exec $(PY) -m djhtml --tabwidth 2 {} +

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@sh tools/lock.sh

messages: ## bring new English sentences into the Chinese catalogue and compile it
	@sh tools/bootstrap.sh test
	@$(ASIDE) && $(PY) tools/messages.py --write

screenshots: ## take docs/screenshots anew from a demonstration of its own (needs Chromium)
	@sh tools/bootstrap.sh test
	@$(PY) tools/screenshots.py

wheels: ## fetch the packages into wheels/, to install Linli where there is no network (FOR=aarch64)
	@sh tools/bootstrap.sh runtime
	@$(PY) -m pip download --quiet --require-hashes --dest wheels $(OTHER) -r requirements/runtime.txt

clean: ## remove .venv and caches; LINLI_HOME stays
	rm -rf .venv linli.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
