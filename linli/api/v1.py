"""The first version of the API, put together."""

from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI

from linli.api.parsing import StrictParser
from linli.api.problems import handle_with
from linli.api.resources import (
    attachments,
    deliberation,
    events,
    figures,
    lists,
    matters,
    me,
    opinions,
    registers,
    steps,
    votes,
)

TITLE = _("Linli API")

api = NinjaAPI(
    title="Linli",
    version="1.0.0",
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
handle_with(api)
api.add_router("/me", me.router)
api.add_router("/matters", matters.router)
api.add_router("/matters", steps.router)
api.add_router("/events", events.router)
api.add_router("/attachments", attachments.router)
api.add_router("/figures", figures.router)
api.add_router("", registers.router)
api.add_router("", lists.router)
api.add_router("", deliberation.router)
api.add_router("", votes.router)
api.add_router("", opinions.router)
