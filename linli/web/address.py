"""The address of this Linli as it is written on paper and on screens for people to keep.

A browser says itself which host it asked for. As long as any host is answered
(LINLI_ALLOWED_HOSTS=*), somebody could have a slip or a page carry a link to a host of their own.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

_EVERY_HOST = "*"
_LOCAL_NAMES = frozenset({"localhost"})


def whole_address(*, request: HttpRequest, path: str) -> str:
    """Return the whole address of a path, or "" where nobody can tell which host is ours.

    The public address is taken where there is one. Without one, the host that was asked for is
    written only if the operator named it, or if it is this machine or one of the office's network.
    """
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    host = request.get_host()
    if _EVERY_HOST in settings.ALLOWED_HOSTS and not _is_near(host):
        return ""
    return f"{request.scheme}://{host}{path}"


def _is_near(host: str) -> bool:
    """Tell whether a host is a loopback or private address; a name could be anybody's."""
    domain, _port = split_domain_port(host)
    if domain in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(domain.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_unspecified)
