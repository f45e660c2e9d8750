"""What the house tests that run whole programs need."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection


@pytest.fixture
def scratch(tmp_path: Path, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Return the environment of an empty database that is gone afterwards."""
    environment = {**os.environ, "LINLI_HOME": str(tmp_path / "home")}
    url = environment.get("LINLI_DATABASE_URL", "")
    if not url:
        yield environment
        return
    name = f"linli_scratch_{os.getpid()}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        environment["LINLI_DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
        yield environment
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
