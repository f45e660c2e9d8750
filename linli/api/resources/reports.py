"""Report a matter: by a program of an account, or for the public of a community."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.api.caller import Caller, caller_of
from linli.api.operations import Act, Made
from linli.api.schemas.reports import Likeness, Receipt, ReportChannel, SentReport
from linli.core import codes
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.matters import intake, queries, services
from linli.matters.labels import category_name
from linli.matters.services import Report, ReporterInput
from linli.matters.workflow import Channel, State
from linli.territory import queries as territory
from linli.territory.queries import Location

_ENTERING_ROLES = ("SECRETARY", "STAFF", "SOCIAL_WORKER")
_KEYS = {"ESTATE": "estate_id", "BUILDING": "building_id", "PLACE": "place_id"}


class CommunityMissing(Invalid):
    """Nothing says to which community it goes."""

    sentence = _("Please say which community this is for, or send a place or a point in it.")
    field = "community_id"


def report_matter(request: HttpRequest, body: SentReport) -> Act:
    """Take a report in. The answer holds the tracking code and what may be the same matter."""
    caller = caller_of(request)
    must_be_allowed(caller, body.channel)
    location = located(caller, body)
    in_use = queries.method_in_use(community_id=location.community_id)
    category_id = body.category_id
    for_residents = caller.community_id is not None
    if category_id is None or for_residents:
        category_id = intake.category_for(
            community_id=location.community_id,
            text=body.text,
            chosen_id=category_id,
            for_residents=for_residents,
            in_use=in_use,
        )
    alike = intake.duplicates_at(
        location=location, text=body.text, category_id=category_id, at=caller.at
    )
    given = body.reporter
    wanted = Report(
        submission_key=uuid4(),  # The key of the request sees to it that this happens once.
        community_id=location.community_id,
        text=body.text,
        category_id=category_id,
        condition_id=body.condition_id,
        location=location,
        channel=Channel(body.channel),
        reporter=ReporterInput(
            name=given.name,
            phone=given.phone,
            on_behalf_of=given.on_behalf_of,
            wants_answer=given.wants_answer,
            agreed_privacy=given.agreed_privacy,
        ),
        attachments=body.attachments,
    )

    def act() -> Made:
        made = services.report(
            report=wanted, actor=caller.actor, at=caller.at, is_once=True, in_use=in_use
        )
        matter = made.matter
        return Made(
            Receipt(
                id=matter.pk,
                number=matter.number,
                tracking_code=codes.show_tracking_code(code=made.tracking_code),
                state=State(matter.state),
                is_new=made.is_new,
                calls=list(intake.calls_for(danger=intake.danger_of(text=body.text))),
                duplicates=[_likeness(one) for one in alike],
            ),
            status=201,
            location=f"/api/v1/matters/{matter.pk}",
        )

    return act


def must_be_allowed(caller: Caller, channel: ReportChannel) -> None:
    """Let only those take down calls who answer the telephone of an office.

    :raises NotEntitled: for others.
    """
    takes_calls = caller.actor.grants_of(roles=_ENTERING_ROLES)
    if channel != ReportChannel.API and not takes_calls:
        raise NotEntitled(field="channel")


def located(caller: Caller, body: SentReport) -> Location:
    """Return where a report is, in the community that the token, the body or the point names.

    :raises Refused: when nothing says where, or it lies in another community.
    """
    wanted = caller.community_id if caller.community_id is not None else body.community_id
    if caller.community_id is not None and body.community_id not in (None, caller.community_id):
        raise NotFound(field="community_id")
    point = body.point
    spot: dict[str, Any] = {}
    if point is not None:
        spot = {"longitude": point.longitude, "latitude": point.latitude, "datum": point.datum}
    keys: dict[str, Any] = {
        name: getattr(body, name)
        for name in ("building_id", "entrance_id", "place_id", "estate_id", "area_id")
        if getattr(body, name) is not None
    }
    own = caller.actor.community_ids
    if wanted is None and not keys and not body.poster:
        # The pointed spot says which; else it is the one community that the caller works for.
        if point is None and len(own) != 1:
            raise CommunityMissing
        wanted = None if point is not None else next(iter(own))
    words = body.place_text
    if body.place_query and not keys and wanted is not None:
        kind, key = intake.place_named(community_id=wanted, words=body.place_query)
        keys = {_KEYS[kind]: int(key)} if kind in _KEYS else {}
    if body.place_query and not keys:
        words = "，".join(dict.fromkeys(part for part in (body.place_query, words) if part))[:120]
    return territory.locate(
        community_id=wanted, poster_token=body.poster, place_text=words, **keys, **spot
    )


def _likeness(matter: queries.Alike) -> Likeness:
    return Likeness(
        number=matter.number,
        category=category_name(category=matter.category),
        where=matter.near,
        state=State(matter.state),
        reported_at=matter.reported_at,
    )
