#!/bin/sh
# Write requirements/*.txt anew, with hashes. Needs uv (https://docs.astral.sh/uv/).
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null 2>&1 || {
    echo "make lock needs uv; installing Linli does not. See https://docs.astral.sh/uv/." >&2
    exit 1
}
compile() {
    uv pip compile pyproject.toml --universal --python-version 3.11 \
        --generate-hashes --no-header --quiet --group build "$@"
}
compile -o requirements/runtime.txt
compile --group test -c requirements/runtime.txt -o requirements/test.txt
compile --group test --group check -c requirements/test.txt -o requirements/check.txt
