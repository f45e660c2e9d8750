"""Show an attachment to those who may see its subject, and to nobody else."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from linli.core import attachments
from linli.core.actor import Actor
from linli.core.downloads import download
from linli.core.errors import NotFound
from linli.deliberation import queries as deliberation
from linli.matters import queries as matters
from linli.visits import queries as visits
from linli.web.access import Request
from linli.web.photos import is_own_upload


def _may_see_matter(actor: Actor, matter_id: int) -> bool:
    return matters.visible_to(actor=actor, matter_id=matter_id).exists()


def _may_see_visit(actor: Actor, visit_id: int) -> bool:
    return visits.visits_open_to(actor=actor).filter(pk=visit_id).exists()


def _may_see_paper(actor: Actor, paper_id: int) -> bool:
    return deliberation.may_see_paper(actor=actor, paper_id=paper_id)


MAY_SEE: Mapping[str, Callable[[Actor, int], bool]] = {
    matters.SUBJECT: _may_see_matter,
    visits.VISIT: _may_see_visit,
    deliberation.PAPER: _may_see_paper,
}
"""Who may see what hangs on a subject, by its kind; a kind not named is seen by nobody."""


@require_safe
def show(request: Request, token: UUID) -> HttpResponseBase:
    """Send an attachment; with ``?w=`` a small picture of it."""
    found = attachments.get_by_token(token=token)
    if found.subject_id is None:
        is_open = is_own_upload(request=request, attachment=found)
    else:
        may_see = MAY_SEE.get(found.subject_kind)
        is_open = may_see is not None and may_see(request.actor, found.subject_id)
    if not is_open:
        raise NotFound
    return download(request=request, attachment=found, is_small="w" in request.GET)


urlpatterns = [
    path("files/<uuid:token>/", show, name="file"),
]
