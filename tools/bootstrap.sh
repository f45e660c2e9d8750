#!/bin/sh
# Find a Python that can run Linli, then let tools/bootstrap.py make .venv with it.
# Usage: sh tools/bootstrap.sh runtime|test|check      (PYTHON=… chooses the interpreter)
set -u
cd "$(dirname "$0")/.." || exit 1

fits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python; do
    if fits "$candidate"; then
        exec "$candidate" tools/bootstrap.py "$@"
    fi
    if [ -n "${PYTHON:-}" ]; then
        break # Somebody asked for this one; another in its place would surprise them.
    fi
done

case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
zh*)
    echo "邻里需要 Python 3.11 或更高版本，这台机器上没有找到。" >&2
    echo "Debian、Ubuntu、麒麟、UOS：sudo apt install python3.11 python3.11-venv；装在别处时：make demo PYTHON=/路径/python3.11" >&2
    ;;
*)
    echo "Linli needs Python 3.11 or newer, and none was found on this machine." >&2
    echo "Debian, Ubuntu: sudo apt install python3.11 python3.11-venv. Installed elsewhere: make demo PYTHON=/path/to/python3.11" >&2
    ;;
esac
exit 1
