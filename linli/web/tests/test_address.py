"""Which host a slip, a page to keep or a QR code may carry, and what is said over HTTPS."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from linli.web.address import whole_address
from tests.cast import Cast

PATH = "/account/sign-in/"


def written(host: str, **request: Any) -> str:
    made = RequestFactory().get("/", headers={"Host": host}, **request)
    return whole_address(request=made, path=PATH)


@pytest.fixture(autouse=True)
def as_installed(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = ""


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "localhost:8000",
        "localhost",
        "[::1]:8000",
        "192.168.1.20:8000",
        "10.2.3.4",
        "172.20.0.9:80",
        "[fd00::7]:8000",
    ],
)
def test_this_machine_and_the_offices_network_are_written_as_they_were_asked_for(host: str) -> None:
    assert written(host) == f"http://{host}{PATH}"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "8.8.8.8",
        "172.32.0.1",
        "0.0.0.0:8000",
        "[2001:4860:4860::8888]",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.20.nip.io",
        "linli.office",
    ],
)
def test_a_host_that_could_be_anybodys_is_written_nowhere(host: str) -> None:
    assert written(host) == ""


def test_the_public_address_comes_first_whatever_was_asked_for(settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://linli.example.org"
    for host in ("evil.example", "192.168.1.20:8000", "linli.example.org"):
        assert written(host) == f"https://linli.example.org{PATH}"


def test_a_host_that_the_operator_named_is_written(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["linli.office"]
    assert written("linli.office:8000") == f"http://linli.office:8000{PATH}"


@pytest.mark.django_db
def test_no_slip_carries_a_host_that_somebody_made_up(
    cast: Cast, signed_in: Any, clock: Any, settings: LazySettings
) -> None:
    browser: Client = signed_in(cast.shen)
    address = f"/people/{cast.xu.pk}/reset/"
    foreign = browser.post(address, {"what": "password"}, headers={"Host": "evil.example"})
    assert foreign.status_code == 200
    assert "evil.example" not in foreign.content.decode()
    near = browser.post(address, {"what": "password"}, headers={"Host": "192.168.1.20:8000"})
    assert f"http://192.168.1.20:8000{PATH}" in near.content.decode()
    settings.PUBLIC_URL = "https://linli.example.org"
    public = browser.post(address, {"what": "password"}, headers={"Host": "192.168.1.20:8000"})
    assert f"https://linli.example.org{PATH}" in public.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("public_url", "given", "header"),
    [
        ("https://linli.example.org", "", "max-age=2592000"),
        ("https://linli.example.org", "31536000", "max-age=31536000"),
        ("https://linli.example.org", "0", None),
        ("http://linli.example.org", "", None),
        ("", "", None),
    ],
)
def test_https_is_asked_for_only_where_the_public_address_has_it(
    public_url: str, given: str, header: str | None, tmp_path: Any, client: Client, settings: Any
) -> None:
    shown = "from linli.config import settings; print(settings.SECURE_HSTS_SECONDS)"
    environment = {
        **os.environ,
        "LINLI_HOME": str(tmp_path),
        "LINLI_PUBLIC_URL": public_url,
        "LINLI_HSTS_SECONDS": given,
    }
    run = subprocess.run(
        [sys.executable, "-c", shown], env=environment, capture_output=True, text=True, check=True
    )
    settings.SECURE_HSTS_SECONDS = int(run.stdout)
    # The middleware reads its settings when it is made, so a client of its own.
    said = Client().get("/privacy/", secure=True)
    assert said.headers.get("Strict-Transport-Security") == header
    assert "Strict-Transport-Security" not in Client().get("/privacy/").headers
