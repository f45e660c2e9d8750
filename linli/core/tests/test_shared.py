"""What processes count together."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.cache import cache, caches
from django.db import connection
from django.utils import timezone

from linli.core.shared import TABLE, drop_expired, sealed_key
from linli.web.limits import Limit
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key FROM {TABLE}")
        return [key for (key,) in cursor.fetchall()]


def another_process() -> Limit:
    """Return a limit as another process has it: with a cache object of its own."""
    del caches["default"]
    return Limit("reports", 2, 3600)


def test_a_limit_is_one_for_all_processes_and_outlives_a_restart() -> None:
    for _each in range(2):
        limit = another_process()
        assert not limit.is_reached(key="13812348000")
        limit.count(key="13812348000")
    assert another_process().is_reached(key="13812348000")
    assert not another_process().is_reached(key="13812348001")


def test_neither_number_nor_address_is_written_down() -> None:
    cache.set("limit:reports:13812348000", 1, 60)
    cache.set("allauth:rl:login:ip:192.168.1.20", 1, 60)
    found = keys()
    assert len(found) == 2
    assert all(len(key) == 64 and "138" + "12348000" not in key for key in found)
    assert sealed_key("a", "", 1) != sealed_key("b", "", 1)


def test_what_has_run_out_is_dropped_and_nothing_else() -> None:
    now = timezone.now()
    cache.set("short", 1, 60)
    cache.set("long", 1, 3600)
    assert drop_expired(at=now) == 0
    assert drop_expired(at=now + timedelta(minutes=5)) == 1
    assert (cache.get("short"), cache.get("long")) == (None, 1)


def test_a_one_time_code_used_at_one_process_is_used_at_all(cast: Cast) -> None:
    secret = generate_totp_secret()
    factor = TOTP.activate(cast.xu, secret)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert factor.validate_code(code)
    del caches["default"]  # another process
    assert not factor.validate_code(code)
