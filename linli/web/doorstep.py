"""The plain port of an office that serves over HTTPS: how to trust it, and the way over."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlsplit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

OVER = "linli.over"
"""Under this name the application finds in the environment where the whole product stands."""

STAYS = ("/trust/", "/static/", "/healthz", "/readyz")
"""What is answered without HTTPS: nothing here asks who somebody is."""


class Doorstep:
    """A WSGI application that lets a few addresses through and sends everybody else over."""

    def __init__(self, application: Application, https_port: int) -> None:
        self.application, self.https_port = application, https_port

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = str(environ.get("PATH_INFO", "/"))
        over = self._over(str(environ.get("HTTP_HOST", "")))
        if path.startswith(STAYS):
            environ[OVER] = over
            return self.application(environ, start_response)
        if path == "/":  # A phone that does not trust us yet would only see a warning over there.
            return _go(start_response, "302 Found", "/trust/")
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _go(start_response, "303 See Other", over)
        asked = environ.get("QUERY_STRING", "")
        wanted = quote(path[1:].encode("latin-1")) + (f"?{asked}" if asked else "")
        return _go(start_response, "302 Found", over + wanted)

    def _over(self, host: str) -> str:
        """Return where the whole product stands, under the name that was asked for."""
        name = urlsplit(f"//{host}").hostname or "localhost"
        port = "" if self.https_port == 443 else f":{self.https_port}"
        return f"https://{f'[{name}]' if ':' in name else name}{port}/"


def _go(start_response: StartResponse, status: str, to: str) -> Iterable[bytes]:
    start_response(status, [("Location", to), ("Content-Length", "0")])
    return []
