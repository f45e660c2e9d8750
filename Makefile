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
# Options for pytest, such as: make test PYTEST="-k dispatch"
PYTEST ?= -n 2

.DEFAULT_GOAL := help
.PHONY: help demo serve test check format lock messages screenshots wheels clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: ## start with the demonstration community (PORT=, LINLI_HOME=)
	@sh tools/bootstrap.sh runtime
	@exec .venv/bin/linli demo

serve: ## start for real use, after `linli setup` (PORT=, LINLI_HOME=)
	@sh tools/bootstrap.sh runtime
	@exec .venv/bin/linli serve

test: ## run the tests
	@sh tools/bootstrap.sh test
	@$(ASIDE) && $(PY) -m pytest $(PYTEST)

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

wheels: ## fetch the packages into wheels/, to install Linli where there is no network
	@sh tools/bootstrap.sh runtime
	@$(PY) -m pip download --quiet --require-hashes --dest wheels -r requirements/runtime.txt

clean: ## remove .venv and caches; LINLI_HOME stays
	rm -rf .venv linli.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
