"""What every test of every room stands on: its own data folder, a fixed clock, the cast."""

import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client

_HOME = tempfile.TemporaryDirectory(prefix="linli-test-")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write out of LINLI_HOME, and serve static files as they are."""
    home = Path(_HOME.name)
    for name in ("MEDIA_ROOT", "STATIC_ROOT"):
        folder = home / name.lower()
        folder.mkdir(exist_ok=True)
        setattr(settings, name, folder)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # The cast signs in thousands of times; what makes a password slow to guess is Django's to test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        database["TEST"]["NAME"] = home / f"{worker}.sqlite3"


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _HOME.cleanup()


@pytest.fixture(autouse=True)
def _forget_what_processes_share(request: pytest.FixtureRequest) -> None:
    """Limits and used codes outlive a test: no flush knows their table, and none this process."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None:
        is_real = marker.kwargs.get("transaction", False)
        request.getfixturevalue("transactional_db" if is_real else "db")
        caches["default"].clear()
    caches["process"].clear()


class SetClock:
    """A clock that stands still until a test moves it; every request of the test reads it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def forward(self, **amount: float) -> datetime:
        """Move on by an amount, such as ``hours=3``, and return the new time."""
        self.now += timedelta(**amount)
        return self.now


@pytest.fixture
def now() -> datetime:
    """Return the moment at which tests begin."""
    from tests.cast import NOW  # Models cannot be imported before Django is set up.

    return NOW


@pytest.fixture
def clock(now: datetime, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Make `django.utils.timezone.now` return a time of the test's own."""
    standing = SetClock(now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: standing.now)
    return standing


@pytest.fixture
def cast(db: None) -> Any:
    """Return everybody: see tests/cast.py."""
    from tests.cast import make_cast  # Models cannot be imported before Django is set up.

    return make_cast()


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """Return a function that gives a browser in which this account has passed both factors."""
    from tests.signing_in import sign_in  # Models cannot be imported before Django is set up.

    return sign_in
