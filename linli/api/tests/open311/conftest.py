"""Everybody here asks the same server, at a time that stands still."""

from typing import Any

import pytest
from django.test import Client

from linli.api.tests.open311.cases import Server, key_for


@pytest.fixture
def server(cast: Any, clock: Any) -> Server:
    """Return the server of 府东社区 and 别处社区, with a key for the first."""
    return Server(cast=cast, client=Client(enforce_csrf_checks=True), key=key_for(cast))
