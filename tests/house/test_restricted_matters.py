"""A restricted matter leaves no mark anywhere for those who are not in charge of it."""

from contextlib import suppress

import pytest
from django.urls import reverse

from linli.core.errors import Refused
from linli.flows.worker import run_due
from linli.matters import services
from linli.matters.models import Problem, SheetItem
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.tests.test_lists import a_list, a_sheet, add
from linli.matters.workflow import State
from linli.notify.models import Message
from linli.web.steps import PAGES
from tests.cast import NOW, Cast
from tests.house.access import ROLES, browser_of, photo_of, text_of, unchanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

IN_CHARGE = ("shen", "fang")
WORDS = "密语二号，翠园3幢门口的路灯坏了，晚上看不清路。"


class Shut:
    """A restricted matter at the same place, in the same words, as an ordinary one."""

    def __init__(self, cast: Cast, category: str) -> None:
        self.cast = cast
        self.matter = Stage(cast, category_id=getattr(cast, category).pk, text=WORDS).matter
        self.photo = photo_of(self.matter.pk)
        self.open = stage_at(cast, State.TAKEN)
        run_due(at=NOW)

    @property
    def own_addresses(self) -> dict[str, str]:
        """Return the addresses that name it."""
        key = {"matter_id": self.matter.pk}
        named = {name: reverse(name, kwargs=key) for name in ("desk_matter", "message_matter")}
        named |= {name: reverse(name, kwargs=key) for name in ("field_matter", "order")}
        named["order_slip"] = reverse("order_slip", kwargs=key)
        named["file"] = reverse("file", kwargs={"token": self.photo})
        named["small file"] = named["file"] + "?size=small"
        named["trace"] = reverse("trace", kwargs={"trace": self.matter.trace})
        jurisdiction = f"?jurisdiction_id={self.cast.community.code}"
        for name in ("requests", "tokens"):
            path = f"/open311/v2/{name}/{self.matter.number}.xml"
            named[f"open311 {name}"] = path + jurisdiction
        for step in PAGES:
            named[f"step {step}"] = reverse("take_step", kwargs=key | {"code": str(step)})
        return named

    @property
    def wide_addresses(self) -> list[str]:
        """Return the addresses on which it could turn up among others."""
        here = f"community={self.cast.community.pk}"
        cases = f"period=all&grid={self.cast.grid.pk}"
        return [
            "/",
            f"/?{here}",
            f"/board/?{here}",
            "/desk/",
            "/desk/?view=all",
            "/desk/?view=open",
            "/desk/?view=all&q=密语",
            f"/desk/?view=all&q=2026-{self.matter.pk}",
            "/desk/?view=all&q=13812348000",
            f"/desk/?view=all&category={self.matter.category_id}",
            f"/desk/{self.open.id}/",
            f"/field/matters/{self.open.id}/",
            f"/trace/{self.open.matter.trace}/",
            "/field/",
            "/field/brought-in/",
            "/orders/",
            "/orders/done/",
            "/overview/",
            "/overview/export/",
            "/overview/?show=received",
            f"/overview/cases/?of=received&{cases}",
            f"/overview/cases/export/?of=received&{cases}",
            "/overview/cases/?of=open",
            "/overview/cases/?of=overdue",
            "/lists/",
            "/lists/hotline/?tab=all",
            "/lists/meetings/new/?view=all",
            "/messages/",
            f"/places/buildings/{self.cast.building.pk}/",
            "/places/map/",
            f"/places/map.json?{here}",
            f"/report/map/?{here}",
            f"/open311/v2/requests.json?jurisdiction_id={self.cast.community.code}",
            f"/open311/v2/requests.json?jurisdiction_id={self.cast.community.code}"
            f"&service_request_id={self.matter.number}",
        ]

    @property
    def posted(self) -> list[tuple[str, dict[str, object]]]:
        """Return what could bring it out when it is asked for by a form."""
        place = {
            "text": WORDS,
            "place_ref": f"BUILDING:{self.cast.building.pk}",
            "place": "翠园3幢",
            "community": self.cast.community.pk,
            "category": self.cast.lamp.pk,
        }
        return [
            ("/report/hints/", place),
            ("/field/report/hint/", place),
            ("/desk/new/hints/", place),
            ("/desk/export/", {"view": "all"}),
            ("/desk/export/", {"view": "all", "q": "密语"}),
            (f"/matters/{self.open.id}/merge/", {"into": f"2026-{self.matter.pk}"}),
        ]


@pytest.mark.parametrize("category", ["referral", "emergency"])
@pytest.mark.parametrize("who", ROLES)
def test_it_does_not_exist_for_those_who_are_not_in_charge(who, category, cast, signed_in):
    shut = Shut(cast, category)
    browser = browser_of(shut, who, signed_in)
    wrong = []

    def look(path: str, *, sent: dict[str, object] | None = None) -> tuple[int, str]:
        with unchanged(browser):
            answer = browser.get(path) if sent is None else browser.post(path, sent)
            return answer.status_code, text_of(answer)

    for name, path in shut.own_addresses.items():
        for sent in (None, {}):
            status, said = look(path, sent=sent)
            if who in IN_CHARGE:
                if status >= 500:
                    wrong.append(f"{name}: {status}")
            elif status not in (302, 404, 405) or "密语" in said:
                wrong.append(f"{name} {'GET' if sent is None else 'POST'}: {status}")
            elif status == 302 and who in cast.accounts:
                wrong.append(f"{name} leads somewhere")
    if who not in IN_CHARGE:
        for path in shut.wide_addresses:
            if "密语" in look(path)[1].replace("密语&", "").replace('value="密语"', ""):
                wrong.append(f"{path} tells of it")
        for path, sent in shut.posted:
            said = look(path, sent=sent)[1]
            # What somebody typed is theirs to read again; the title is not.
            if said.count("密语") > said.count(f"{WORDS}</textarea>") or "并案后" in said:
                wrong.append(f"{path} brings it out")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", IN_CHARGE)
def test_those_in_charge_find_it(who, cast, signed_in):
    shut = Shut(cast, "referral")
    browser = signed_in(getattr(cast, who))
    for name in ("desk_matter", "trace", "file"):
        assert browser.get(shut.own_addresses[name]).status_code == 200, name
    assert "密语" in browser.get("/desk/?view=all").content.decode()


def test_it_stands_on_no_list_and_no_sheet_whoever_adds_it(cast):
    shut = Shut(cast, "referral")
    wanted, sheet = a_list(cast), a_sheet(cast, shut.open.matter)
    with suppress(Refused):  # refused or passed over: what counts is what stands there then
        add(cast, wanted, shut.matter)
    with suppress(Refused):
        services.add_to_sheet(
            sheet_id=sheet.pk, matter_ids=[shut.matter.pk], actor=cast.actor(cast.shen), at=NOW
        )
    assert not Problem.objects.filter(matter=shut.matter).exists()
    assert not SheetItem.objects.filter(matter=shut.matter).exists()


def test_only_those_in_charge_are_told_of_it(cast):
    shut = Shut(cast, "emergency")
    told = Message.objects.filter(path__contains=f"/{shut.matter.pk}/")
    names = set(told.values_list("account__username", flat=True))
    assert names
    assert names <= {*IN_CHARGE}
