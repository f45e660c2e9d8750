"""Sessions, hosts, rate limits, slow clients: what an attacker meets and an office does not."""

import http.client
import re
import socket
import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from linli.core.models import Event
from linli.people.events import SIGN_IN_FAILED
from linli.people.models import Account
from tests.cast import NOW, PASSWORD
from tests.house import test_running

SLOW_CLIENTS = 40

port, start = test_running.port, test_running.start  # fixtures


def sign_in_step(browser: Client, name: str, password: str = PASSWORD, **more: str):
    form = {"login": name, "password": password}
    return browser.post(reverse("account_login"), form, **more)


# --- Sessions -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_session_from_before_signing_in_is_not_the_one_after(cast):
    browser = Client()
    session = browser.session
    session["planted"] = "by an attacker"
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = planted
    assert sign_in_step(browser, "nobody_yet").status_code == 302
    assert browser.cookies["sessionid"].value != planted
    attacker = Client()
    attacker.cookies["sessionid"] = planted
    assert "_auth_user_id" not in attacker.session
    assert attacker.get("/account/").status_code == 302


@pytest.mark.django_db
def test_a_session_key_that_somebody_made_up_is_not_taken(cast):
    browser = Client()
    browser.cookies["sessionid"] = "a" * 32
    sign_in_step(browser, "nobody_yet")
    assert browser.cookies["sessionid"].value != "a" * 32


@pytest.mark.django_db
def test_after_signing_out_the_old_cookie_opens_nothing(cast, signed_in):
    browser = signed_in(cast.zhou_min)
    kept = browser.cookies["sessionid"].value
    browser.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/desk/").status_code == 302


@pytest.mark.django_db
def test_cookies_go_over_https_only_where_there_is_https(cast, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    browser = Client()
    answer = sign_in_step(browser, "nobody_yet", secure=True)
    cookie = answer.cookies["sessionid"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


# --- Hosts --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_foreign_host_is_refused_and_never_repeated(cast, settings):
    settings.ALLOWED_HOSTS = ["linli.example.org"]
    browser = Client()
    for headers in (
        {"Host": "evil.example"},
        {"Host": "linli.example.org.evil.example"},
        {"Host": "evil.example:80@linli.example.org"},
    ):
        answer = browser.get("/", headers=headers)
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()
    told = {"Host": "linli.example.org", "X-Forwarded-Host": "evil.example"}
    answer = browser.get("/account/sign-in/?next=/desk/", headers=told)
    assert answer.status_code == 200
    assert "evil" not in answer.content.decode() + str(answer.headers)


# --- How often ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_fifty_people_behind_one_address_sign_in_within_a_minute(cast):
    """An office starts its day: some mistype, all get in."""
    hashed = cast.nobody_yet.password
    Account.objects.bulk_create(
        Account(username=f"colleague{n}", name=f"同事{n}", password=hashed, created_at=NOW)
        for n in range(50)
    )
    cache.clear()
    for n in range(50):
        browser = Client(REMOTE_ADDR="203.0.113.7")
        if n % 5 == 0:
            assert sign_in_step(browser, f"colleague{n}", "mistyped").status_code == 200
        assert sign_in_step(browser, f"colleague{n}").status_code == 302, n


@pytest.mark.django_db
@pytest.mark.parametrize("lies", [False, True])
def test_whoever_tries_one_password_on_many_names_is_stopped(cast, lies):
    """Thirty wrong guesses a minute; without a proxy of ours X-Forwarded-For is only a word."""
    cache.clear()
    for n in range(60):
        more = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{n}"} if lies else {}
        browser = Client(REMOTE_ADDR="203.0.113.8", **more)
        answer = sign_in_step(browser, f"guess{n}", "Password123")
        assert answer.status_code in (200, 429)
    # The rest was turned away before any password was looked at, the right one too.
    assert Event.objects.filter(name=SIGN_IN_FAILED).count() == 30
    browser = Client(REMOTE_ADDR="203.0.113.8")
    assert sign_in_step(browser, "nobody_yet").status_code in (200, 429)
    # Another office is not hindered.
    assert sign_in_step(Client(REMOTE_ADDR="203.0.113.9"), "nobody_yet").status_code == 302


@pytest.mark.django_db
def test_a_wrong_name_takes_as_long_as_a_wrong_password(cast, settings):
    """The hash is computed for names that are not there as well."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    cast.nobody_yet.set_password(PASSWORD)
    cast.nobody_yet.save()
    spent = {}
    for name in ("nobody_yet", "not_there"):
        cache.clear()
        times = []
        for _ in range(4):
            began = time.process_time()
            sign_in_step(Client(), name, "wrong password")
            times.append(time.process_time() - began)
        spent[name] = min(times)
    assert spent["not_there"] > spent["nobody_yet"] * 0.5, spent


# --- On the wire --------------------------------------------------------------------------------


def talk(port: int, sent: bytes, *, seconds: float = 10) -> bytes:
    """Send bytes and return what comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        got = b""
        try:
            line.sendall(sent)
            while chunk := line.recv(4096):
                got += chunk
                if b"\r\n\r\n" in got:
                    break
        except OSError:
            pass
        return got


def asked(port: int, *, seconds: float = 10) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.soak
def test_the_server_outlives_huge_headers_and_clients_that_dawdle(start, port):
    start("serve")
    for name, sent in {
        "a header of a megabyte": HEAD + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n",
        "ten thousand headers": HEAD + b"".join(b"X%d: 1\r\n" % n for n in range(10_000)) + b"\r\n",
        "an endless first line": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n",
        "two lengths": HEAD.replace(b"GET", b"POST")
        + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\nabcde",
        "length and chunks": HEAD.replace(b"GET", b"POST")
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + b"GET /metrics HTTP/1.1\r\n\r\n",
        "a line in a header": HEAD + b"X: a\x00b\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00" + b"\x00" * 100 + b"\r\n\r\n",
    }.items():
        got = talk(port, sent)
        status = re.match(rb"HTTP/1\.[01] (\d+)", got)
        assert status is None or int(status[1]) < 500, (name, got[:100])
        assert b"Traceback" not in got, name
        assert asked(port) == 200, name
    slow = []
    try:
        for number in range(SLOW_CLIENTS):
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            line.sendall(
                HEAD
                if number % 2
                else b"POST /language/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\na"
            )
            slow.append(line)
        began = time.monotonic()
        assert asked(port, seconds=60) == 200
        assert time.monotonic() - began < 50
    finally:
        for line in slow:
            line.close()
    assert asked(port) == 200
