"""Programs and browsers that talk to a running Linli over HTTP, and keep count of every answer."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.cookies import SimpleCookie
from random import Random
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

_SECONDS_MAX = 30.0


@dataclass(slots=True)
class Browser:
    """One keep-alive connection with its cookies, at an address of its own behind a proxy.

    The address is only said in ``X-Forwarded-For``: the server has to run with
    ``LINLI_TRUSTED_PROXIES=1``, or every browser is the same one to its rate limits.
    """

    host: str
    port: int
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, *, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Message, bytes]:
        """Send one request and return status, headers and body.

        :raises OSError, http.client.HTTPException: when no whole answer came.
        """
        said = {"X-Forwarded-For": self.address, "Accept-Language": "zh-CN", **(headers or {})}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        target, is_old = quote(path, safe="/?&=%"), self._connection is not None
        try:
            response, content = self._ask(method, target, body, said)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            if not is_old:
                raise
            # A server may close a connection that was idle; every client asks once more then.
            response, content = self._ask(method, target, body, said)
        for value in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        return response.status, response.headers, content

    def _ask(
        self, method: str, target: str, body: str, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self.host, self.port, timeout=_SECONDS_MAX
            )
        try:
            self._connection.request(method, target, body.encode(), dict(headers))
            response = self._connection.getresponse()
            return response, response.read()
        except BaseException:
            self.close()
            raise

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a form as a phone's outbox does, with its token against forgery."""
        token = self.cookies.get("csrftoken", "")
        status, _, content = self.send(
            "POST",
            path,
            body=urlencode({**fields, "csrfmiddlewaretoken": token}),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Linli-Outbox": "1",
            },
        )
        return status, content

    def close(self) -> None:
        """Give the connection up; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One report that was sent: whether it was acknowledged, how long it took, what went wrong."""

    key: UUID
    is_acknowledged: bool
    seconds: float
    at: float  # time.monotonic() when the answer came
    fault: str = ""


class Resident:
    """Somebody who reports from a phone, again and again, each report with a key of its own."""

    def __init__(
        self, *, host: str, port: int, number: int, community_id: int, building_ids: list[int]
    ) -> None:
        self.browser = Browser(host=host, port=port)
        self.random = Random(number)
        self.number, self.community_id, self.building_ids = number, community_id, building_ids
        self.sent = 0

    def report(self, *, key: UUID | None = None) -> Sent:
        """Send one report; with a `key` that was sent before, the same one again."""
        key = key or uuid4()
        self.sent += 1
        # Every twentieth report comes from another address, as from other phones.
        self.browser.address = f"10.{self.number % 250}.{self.sent // 5000}.{self.sent // 20 % 250}"
        begun = time.perf_counter()
        try:
            if "csrftoken" not in self.browser.cookies:
                self.browser.send("GET", f"/report/?community={self.community_id}")
                begun = time.perf_counter()
            status, content = self.browser.post("/report/", self._fields(key))
        except (OSError, http.client.HTTPException) as error:
            return self._told(key, begun, fault=type(error).__name__)
        if status == 200 and json.loads(content).get("state") == "accepted":
            return self._told(key, begun)
        return self._told(key, begun, fault=f"HTTP {status}")

    def _fields(self, key: UUID) -> dict[str, str]:
        building = self.random.choice(self.building_ids)
        return {
            "submission_key": str(key),
            "community": str(self.community_id),
            "text": f"翠园3幢门口路灯不亮，已经三天了，请尽快处理。编号{key.hex[:10]}",
            "place_ref": f"BUILDING:{building}",
        }

    def _told(self, key: UUID, begun: float, *, fault: str = "") -> Sent:
        seconds = time.perf_counter() - begun
        return Sent(key, not fault, seconds, time.monotonic(), fault)


class Program:
    """A city's app that reports over the REST API with the token of a community."""

    def __init__(
        self, *, host: str, port: int, number: int, secret: str, building_ids: list[int]
    ) -> None:
        self.browser = Browser(host=host, port=port, address=f"10.9.{number}.1")
        self.random, self.secret, self.building_ids = Random(number), secret, building_ids

    def report(self, *, key: UUID | None = None) -> Sent:
        """Send one report; with a `key` that was sent before, the same one again."""
        key = key or uuid4()
        body = {
            "text": f"翠园3幢门口路灯不亮，已经三天了，请尽快处理。编号{key.hex[:10]}",
            "building_id": self.random.choice(self.building_ids),
        }
        begun = time.perf_counter()
        fault = ""
        try:
            status, _, _ = self.browser.send(
                "POST",
                "/api/v1/matters",
                body=json.dumps(body, ensure_ascii=False),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.secret}",
                    "Idempotency-Key": str(key),
                },
            )
            fault = "" if status == 201 else f"HTTP {status}"
        except (OSError, http.client.HTTPException) as error:
            fault = type(error).__name__
        return Sent(key, not fault, time.perf_counter() - begun, time.monotonic(), fault)


Reporting = Callable[[], Sent]


class Crowd:
    """Clients at work; `join` waits for them, `sent` has every report and what came of it."""

    def __init__(
        self, *, reporting: list[Reporting], stop: threading.Event, pause_seconds: float = 0
    ) -> None:
        self.sent: list[Sent] = []
        self.stop, self.pause_seconds = stop, pause_seconds
        self.threads = [
            threading.Thread(target=self._keep_on, args=(one,), daemon=True) for one in reporting
        ]
        for thread in self.threads:
            thread.start()

    def _keep_on(self, report: Reporting) -> None:
        while not self.stop.is_set():
            sent = report()
            self.sent.append(sent)  # A list's append is atomic.
            self.stop.wait(self.pause_seconds if sent.is_acknowledged else 0.2)

    def join(self, *, seconds: float = _SECONDS_MAX + 5) -> None:
        """Wait until everybody has stopped."""
        for thread in self.threads:
            thread.join(timeout=seconds)
