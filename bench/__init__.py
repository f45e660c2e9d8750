"""Measure Linli beside its floor: `make bench`; and fill a database: `python -m bench.data`."""

import os

import django


def set_up() -> None:
    """Start Django on LINLI_HOME and LINLI_DATABASE_URL; every command here begins with it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
