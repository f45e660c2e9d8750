"""Apprise addresses: which can be used, and how a text leaves through one. Never logged."""

import apprise
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid

FIELD = "channel.address"
"""The field under which `core.crypto` seals an address."""

ADDRESS_LENGTH_MAX = 500

_ACTS_ON_THE_SERVER = frozenset(
    {"dbus", "qt", "kde", "glib", "gio", "gnome", "macosx", "windows", "syslog", "rsyslog"}
    | {"blink1", "growl"}
)
# These send any request to any address, so they would let somebody reach into the office's net.
_SENDS_ANYTHING_ANYWHERE = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
_REFUSED = _ACTS_ON_THE_SERVER | _SENDS_ANYTHING_ANYWHERE


class AddressNotUsable(Invalid):
    """Apprise cannot read it, or Linli does not send there."""

    sentence = _(
        "This address cannot be used. Please copy it as the service gives it, for example "
        "mailtos://name:password@example.com, wecombot://key, dingtalk://token or feishu://token."
    )
    field = "address"


def service_of(*, address: str) -> str:
    """Return what the service behind an address is called, such as ``E-Mail``.

    :raises AddressNotUsable: when it cannot be used.
    """
    plain = address.strip()
    schema = plain.partition("://")[0].lower()
    if not plain or len(plain) > ADDRESS_LENGTH_MAX or schema in _REFUSED:
        raise AddressNotUsable
    way_out = apprise.Apprise()
    if not way_out.add(plain) or len(way_out) != 1:
        raise AddressNotUsable
    return str(way_out[0].service_name or schema)


def send(*, address: str, title: str, body: str) -> bool:
    """Send a plain text through an address and tell whether the service took it. Uses the net."""
    way_out = apprise.Apprise()
    return bool(
        way_out.add(address)
        and way_out.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    )
