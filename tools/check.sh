#!/bin/sh
# Every check that is not a test. All of them run; the last line says whether one failed.
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
failed=""

run() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed, $name"
}

templates() {
    find linli -name '*.html' -exec "$python" -m djhtml --tabwidth 2 --check {} +
}

run "lint" "$python" -m ruff check .
run "format" "$python" -m ruff format --check .
run "types" "$python" -m mypy
run "who imports whom" .venv/bin/lint-imports
run "templates" templates
run "migrations" "$python" -m django makemigrations --check --dry-run
run "translations" "$python" tools/messages.py

if [ -n "$failed" ]; then
    echo "make check failed:${failed#,}." >&2
    exit 1
fi
echo "make check: all is well."
