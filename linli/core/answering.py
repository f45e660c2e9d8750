"""What every face says when something goes wrong: a title for each status."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: Mapping[int, Any] = {
    400: _("We could not read this request"),
    401: _("Please show who you are"),
    403: _("This is not yours to do"),
    404: _("There is nothing here"),
    405: _("Not in this way"),
    409: _("This cannot be done now"),
    410: _("This is no longer in use"),
    413: _("That is too large"),
    415: _("Not in this format"),
    422: _("Please check what you entered"),
    429: _("Please wait a little"),
    500: _("Something went wrong"),
    503: _("Please try again in a moment"),
}
"""What happened, by HTTP status."""
