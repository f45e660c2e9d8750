"""Which community a request is for: the jurisdiction of the standard is a community here."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.api.open311.parameters import BadRequest, Parameters
from linli.core.errors import Refused
from linli.territory import queries as territory

_CODE_LENGTH_MAX = 24


class JurisdictionMissing(BadRequest):
    """Several communities live here, and none was named."""

    sentence = _(
        "jurisdiction_id was not provided: several communities are served here. It is the "
        "statistical code of the community, 12 digits."
    )


class JurisdictionUnknown(Refused):
    """No community here has this code."""

    sentence = _("jurisdiction_id was not found.")
    status = 404


def community_of(*, parameters: Parameters) -> Any:
    """Return the community that is named by its code, or the only one.

    :raises JurisdictionMissing: when there are several and none is named.
    :raises JurisdictionUnknown: when none has this code, or there is none at all.
    """
    code = parameters.one("jurisdiction_id")
    if len(code) > _CODE_LENGTH_MAX:
        raise JurisdictionUnknown
    found = territory.find_communities(code=code, limit=2)
    if not found:
        raise JurisdictionUnknown
    if len(found) > 1:
        raise JurisdictionMissing
    return found[0]
