"""One of everything that has an address, every address filled from it, and who asks."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile, is_zipfile

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from linli.core import attachments
from linli.core.actor import NOBODY, Actor, system
from linli.core.codes import new_tracking_code
from linli.core.models import Delivery
from linli.core.ref import Ref
from linli.flows.tests.test_hotline import LAMP, a_workbook
from linli.flows.worker import run_due
from linli.matters.models import SavedView
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.tests.test_lists import a_list, a_sheet, add
from linli.matters.workflow import State
from linli.notify import services as notify
from linli.notify import webhooks
from linli.notify.models import Message, Webhook
from linli.notify.tests import test_send  # noqa: F401  # Registers a service that sends nowhere.
from linli.people import services as people
from linli.people.books import receiving
from linli.people.books.running import work
from linli.people.models import NeedGroup, Role
from linli.people.personal import Person
from linli.people.tests.dirty import clean
from linli.territory import services as territory
from linli.territory.tests.workbooks import workbook
from linli.visits import services as visits
from linli.visits.models import Visit
from linli.web.steps import PAGES
from tests.cast import NOW, Cast
from tests.house.deliberating import deliberation_in

ROLES = {
    "shen": "secretary",
    "zhou_min": "staff",
    "zhou_ning": "staff, the other",
    "fang": "case officer",
    "li": "grid lead",
    "xu": "grid worker of this grid",
    "sun": "grid worker of another grid",
    "wang": "building lead",
    "qian": "handler lead",
    "chen": "handler",
    "ma": "handler of another company",
    "gu": "overseer",
    "nobody_yet": "account without a role",
    "outsider": "secretary of another community",
    "outside_handler": "handler of another community",
    "resident": "has the tracking code",
    "nobody": "a visitor",
}
"""Who asks: everybody of the cast, and the two that have no account."""

OUTSIDE = ("nobody_yet", "outsider", "outside_handler", "resident", "nobody")
"""Who has nothing to do with the work of 府东社区."""


@dataclass(frozen=True)
class World:
    """The objects that addresses name."""

    cast: Cast
    ids: Mapping[str, Any]
    queries: Mapping[str, str]
    code: str
    secrets: tuple[str, ...]


def make_world(cast: Cast) -> World:
    """Make one of everything, by the services, as its own people would."""
    desk, secretary = cast.actor(cast.zhou_min), cast.actor(cast.shen)
    stage = stage_at(cast, State.DISPATCHED, text="翠园3幢门口路灯坏，密语一号")
    run_due(at=NOW)
    stage.take()
    photo = photo_of(stage.id)
    people.edit_account(
        account_id=cast.xu.pk, actor=cast.actor(cast.xu), at=NOW, name="许中杰", phone="13900001111"
    )
    problems = a_list(cast, name="密语烦心事")
    add(cast, problems, stage.matter)
    sheet = a_sheet(cast, stage.matter, name="密语例会")
    handover = people.hand_over(
        absent_id=cast.xu.pk,
        stand_in_id=cast.li.pk,
        from_date=NOW.date() + timedelta(days=5),
        until_date=NOW.date() + timedelta(days=6),
        actor=cast.actor(cast.xu),
        at=NOW,
        note="密语请假",
    )
    duty = people.set_duty(
        area_id=cast.community.pk,
        account_id=cast.zhou_ning.pk,
        starts_at=NOW + timedelta(hours=8),
        ends_at=NOW + timedelta(hours=20),
        actor=secretary,
        at=NOW,
    )
    channel = notify.add_channel(
        name="密语通道",
        address="linlitest://works/",
        digest_minutes=0,
        actor=cast.actor(cast.chen),
        at=NOW,
    )
    webhook = webhooks.add_webhook(
        community_id=cast.community.pk,
        name="密语平台",
        url="https://works.example/",
        names=["matters.*"],
        actor=secretary,
        at=NOW,
    ).webhook
    # A test of it goes nowhere: this machine's own network is not allowed.
    Webhook.objects.filter(pk=webhook.pk).update(url="https://127.0.0.1/")
    household = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    people.set_household(
        household_id=household.pk, status="LIVES_HERE", employer="密语单位", actor=desk, at=NOW
    )
    merged = people.merge_household(
        household_id=household.pk,
        edit=people.LateEdit(
            submission_key=uuid4(),
            base=people.HouseholdValues(status="LIVES_HERE"),
            wanted=people.HouseholdValues(status="LIVES_HERE", employer="密语公司"),
        ),
        actor=desk,
        at=NOW,
    )
    resident = people.add_resident(
        household_id=household.pk,
        person=Person(name="密语住户", phone="13900002222"),
        actor=desk,
        at=NOW,
    )
    campaign = visits.create_campaign(
        community_id=cast.community.pk,
        wanted=visits.CampaignInput(
            name="密语走访",
            from_date=NOW.date(),
            until_date=NOW.date(),
            visits_per_day=9,
            visitor_ids=[cast.xu.pk],
        ),
        actor=desk,
        at=NOW,
    )
    visits.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    visits.start_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    top = people.add_party_unit(
        community_id=cast.community.pk, level="COMMITTEE", name="密语党委", actor=secretary, at=NOW
    )
    branch = people.add_party_unit(
        community_id=cast.community.pk,
        level="BRANCH",
        name="密语支部",
        parent_id=top.pk,
        area_id=cast.grid.pk,
        actor=secretary,
        at=NOW,
    )
    member = people.add_party_member(
        unit_id=branch.pk, kind="IN_SERVICE", name="密语党员", actor=secretary, at=NOW
    )
    kept = {"actor": secretary, "at": NOW}
    kind = people.add_kind(community_id=cast.community.pk, use="TEAM", name="密语骨干", **kept)
    joined = people.join_team(
        grid_id=cast.grid.pk, kind_id=kind.pk, resident_id=resident.pk, **kept
    )
    vest = people.add_kind(community_id=cast.community.pk, use="PATCH", name="密语马甲", **kept)
    patch = people.add_patch(grid_id=cast.grid.pk, name="密语草坪", **kept)
    claim = people.claim_patch(patch_id=patch.pk, kind_id=vest.pk, resident_id=resident.pk, **kept)
    people.list_talent(resident_id=resident.pk, skills="密语书法", consented_on=NOW.date(), **kept)
    holder = people.name_tie_holder(
        community_id=cast.community.pk,
        kind="PAIRING",
        account_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    tie = people.make_tie(holder_id=holder.pk, resident_id=resident.pk, actor=secretary, at=NOW)
    lent = people.hand_tie_over(
        tie_id=tie.pk,
        account_id=cast.sun.pk,
        from_date=NOW.date(),
        until_date=NOW.date(),
        actor=secretary,
        at=NOW,
    )
    people.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    group = NeedGroup.objects.earliest("id")
    need = people.record_need(
        resident_id=resident.pk,
        group_id=group.pk,
        help_needed="密语帮忙",
        cadence="WEEKLY",
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    entitlement = people.add_entitlement(
        community_id=cast.community.pk, name="密语津贴", age_years=80, actor=desk, at=NOW
    )
    paper = people.add_paper(
        resident_id=resident.pk, name="密语证", expires_on=NOW.date(), actor=secretary, at=NOW
    )
    workbook_in = _workbook_of_residents(cast, desk)
    given_up = Delivery.objects.earliest("id")
    Delivery.objects.filter(pk=given_up.pk).update(state="DEAD", attempts=10, error="KeyError")
    poster = territory.make_poster(actor=desk, at=NOW, building_id=cast.building.pk)
    issued = people.issue_token(
        name="密语程序",
        scopes=("READ",),
        expires_at=NOW + timedelta(days=30),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    view = SavedView.objects.create(
        account=cast.zhou_min, name="密语视图", query="view=open", saved_at=NOW
    )
    ids = {
        "matter_id": stage.id,
        "view_id": view.pk,
        "area_id": cast.grid.pk,
        "estate_id": cast.estate.pk,
        "building_id": cast.building.pk,
        "entrance_id": cast.entrance.pk,
        "place_id": cast.place.pk,
        "poster_id": poster.pk,
        "account_id": cast.xu.pk,
        "role_id": Role.objects.get(account=cast.xu).pk,
        "organisation_id": cast.property_company.pk,
        "duty_id": duty.pk,
        "handover_id": handover.pk,
        "message_id": Message.objects.filter(account=cast.chen).earliest("id").pk,
        "channel_id": channel.pk,
        "webhook_id": webhook.pk,
        "household_id": household.pk,
        "dispute_id": merged.disputes[0].pk,
        "resident_id": resident.pk,
        "campaign_id": campaign.pk,
        "campaign_step": "close",
        "visit_id": Visit.objects.get().pk,
        "unit_id": branch.pk,
        "member_id": member.pk,
        "grid_id": cast.grid.pk,
        "kind_id": kind.pk,
        "team_member_id": joined.pk,
        "patch_id": patch.pk,
        "claim_id": claim.pk,
        "holder_id": holder.pk,
        "tie_id": tie.pk,
        "need_id": need.pk,
        "group_id": group.pk,
        "entitlement_id": entitlement.pk,
        "paper_id": paper.pk,
        "stand_in_id": lent.pk,
        "field": "phone",
        "kind": "reaction",
        "letter_id": given_up.pk,
        "list_id": problems.pk,
        "sheet_id": sheet.pk,
        "community_id": cast.community.pk,
        "token_id": issued.token.pk,
        "trace": stage.matter.trace,
        "token": photo,
        "extension": ".json",
        "service_code": "LAMP.json",
        "service_request_id": f"{stage.matter.number}.json",
        "open311_token.token_id": f"{stage.matter.number}.json",
        "rest": "nothing.json",
        "poster.token": poster.token,
        "sign_in_link.token": people.make_sign_in_link(
            account_id=cast.nobody_yet.pk, face="resident", actor=system(name="shell"), at=NOW
        ),
        "places_import_decide.token": _paper(
            desk, "底册.xlsx", workbook({"小区": [["编码", "名称"], ["LY", "柳苑"]]})
        ),
        "register": "residents",
        "listing": "residents",
        "fill_form_columns.token": UUID(int=0),
        "residents_import_one.token": workbook_in,
        "residents_import_columns.token": workbook_in,
        "residents_import_decide.token": workbook_in,
        "residents_import_drop.token": workbook_in,
        "residents_import_wrong.token": workbook_in,
        "hotline_preview.token": _paper(desk, "工单.xlsx", a_workbook(LAMP)),
    }
    ids |= deliberation_in(cast)
    ids["hotline_columns.token"] = ids["hotline_preview.token"]
    here = f"community={cast.community.pk}"
    jurisdiction = f"jurisdiction_id={cast.community.code}"
    queries = {
        "open311_services": jurisdiction,
        "open311_service": jurisdiction,
        "open311_requests": jurisdiction,
        "open311_request": jurisdiction,
        "open311_token": jurisdiction,
        "places_import_decide": "datum=WGS_84",
        "places_posters_print": f"ids={poster.pk}",
        "places_posters_pdf": f"ids={poster.pk}",
        "overview_cases": "of=received",
        "overview_cases_export": "of=received",
        "report_map": here,
        "places_map_json": here,
        "places_find": f"{here}&q=cy",
        "report_places": f"{here}&place_query=cy",
        "report_hints": f"{here}&text=路灯坏了&place_ref=BUILDING:{cast.building.pk}",
        "desk": "view=all&q=路灯",
        "desk_new_hints": "text=路灯坏了",
        "home": here,
        "board": here,
        "report": here,
        "privacy": here,
        "who_visits": f"{here}&code=123456",
        "deliberate": here,
        "say": here,
        "ideas": here,
        "maps": here,
    }
    secrets = (
        "密语",
        "13812348000",
        "13900001111",
        "138****8000",
        "张*",
        "路灯坏",
        "周敏",
        "许中杰",
        "钱经理",
        "安居物业",
    )
    return World(cast, ids, queries, stage.report.tracking_code, secrets)


def photo_of(matter_id: int) -> Any:
    """Add a photo to a matter, as its reporter would, and return the photo's token."""
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    upload = SimpleUploadedFile("路灯.jpg", out.getvalue())
    kept = attachments.store_photo(upload=upload, purpose="REPORT", actor=NOBODY, at=NOW)
    subject = Ref("matters.matter", matter_id)
    attachments.claim(tokens=[kept.token], subject=subject, actor=NOBODY, at=NOW)
    return kept.token


def _workbook_of_residents(cast: Cast, actor: Actor) -> Any:
    """Hand in a workbook, let the worker check it, and return the import's token."""
    row = receiving.receive(
        upload=SimpleUploadedFile("名册.xlsx", clean([("密语新人", "", "翠园3幢1单元502", "")])),
        register="RESIDENTS",
        community_id=cast.community.pk,
        actor=actor,
        at=NOW,
    )
    while work(at=NOW):
        pass
    return row.token


def _paper(actor: Actor, name: str, data: bytes) -> Any:
    upload = SimpleUploadedFile(name, data)
    return attachments.store_file(upload=upload, purpose="IMPORT", actor=actor, at=NOW).token


# --- Addresses --------------------------------------------------------------------------------


def every_pattern() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the name and the arguments of every address, whichever list it stands in."""

    def walk(patterns: list[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace:
                    continue  # Addresses for programs: cookies count for nothing there.
                yield from walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                arguments = tuple(pattern.pattern.converters)
                yield pattern.name or str(pattern.pattern), arguments

    return walk(get_resolver().url_patterns)


def addresses(world: World, *, who: str) -> Iterator[tuple[str, str]]:
    """Give a name and an address for every pattern; the steps are an address each."""
    # Whoever was not given the code has a wrong one.
    code = world.code if who == "resident" else new_tracking_code()
    for name, arguments in every_pattern():
        filled = {
            key: world.ids.get(f"{name}.{key}", world.ids.get(key, code)) for key in arguments
        }
        query = world.queries.get(name, "")
        if name == "take_step":
            for step in PAGES:
                yield f"{name}:{step}", reverse(name, kwargs=filled | {"code": str(step)})
        else:
            address = reverse(name, kwargs=filled)
            yield name, f"{address}?{query}" if query else address


# --- Answers ----------------------------------------------------------------------------------


@contextmanager
def unchanged(browser: Client) -> Iterator[None]:
    """Let a request happen and leave database, sign-in and limits as they were before it."""
    cookies = deepcopy(browser.cookies)
    cache.clear()  # How often one may ask is another test's.
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        browser.cookies = cookies


def outcome(answer: HttpResponse) -> str:
    """Say in two or three letters what came back."""
    if answer.status_code in (301, 302):
        return "in" if answer["Location"].startswith("/account/sign-in/") else "go"
    return {200: "ok", 404: "--"}.get(answer.status_code, str(answer.status_code))


def text_of(answer: HttpResponse) -> str:
    """Return everything readable in an answer, workbooks and papers unpacked."""
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if is_zipfile(io.BytesIO(content)):
        with ZipFile(io.BytesIO(content)) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    return content.decode(errors="replace")


def browser_of(world: Any, who: str, signed_in: Any) -> Client:
    """Return the browser of somebody, one that shows faults instead of raising them."""
    account = world.cast.accounts.get(who)
    browser: Client = Client() if account is None else signed_in(account)
    browser.raise_request_exception = False
    return browser


__all__ = [
    "OUTSIDE",
    "ROLES",
    "Stage",
    "World",
    "addresses",
    "browser_of",
    "every_pattern",
    "make_world",
    "outcome",
    "photo_of",
    "text_of",
    "unchanged",
]
