"""Wherever somebody names persons, or writes of one, what must never be kept is refused."""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.core.errors import Refused, Several
from linli.people import services as people
from linli.people.books import receiving
from linli.people.models import Entitlement, KindUse, NeedGroup, OwnKind, PartyMember, PriorityNeed
from linli.people.personal import Person
from linli.people.tests.dirty import clean
from linli.visits import services as visits
from linli.visits.models import Campaign, VisitForm
from linli.visits.tests.scenes import wanted
from linli.visits.tests.test_forms import CHOICES, HEAD, book
from tests.cast import NOW

FORBIDDEN = ("社区矫正人员", "吸毒人员", "精神障碍患者", "稳控人员", "信·访 户")
ASKS = {"type": "text", "name": "a", "label": {"zh": "需要什么帮助"}, "required": False}

NAMES_NO_PERSONS = {
    *("add_patch", "rename_patch"),  # places
    *("add_party_unit", "edit_party_unit", "create_organisation", "edit_organisation"),
    *("set_up_community", "create_account", "edit_account", "issue_token"),
}
"""Services with a name that is no list of persons: of a place, a unit, somebody's own."""


class _Here:
    """The community in which everything is tried."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self.actor = cast.actor(cast.shen)
        self.said = {"actor": self.actor, "at": NOW}
        self.community = {"community_id": cast.community.pk, **self.said}
        self.home = people.open_household(
            dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=self.desk, at=NOW
        )
        self.resident = people.add_resident(
            household_id=self.home.pk, person=Person(name="李奶奶"), actor=self.desk, at=NOW
        )
        self.group = people.add_need_group(name="独居老人", **self.community)

        self.branch = people.add_party_unit(
            level="BRANCH", name="支部", area_id=cast.grid.pk, **self.community
        )

    @property
    def desk(self) -> Any:
        return self.cast.actor(self.cast.zhou_min)

    def need(self, words: str) -> Any:
        return people.record_need(
            resident_id=self.resident.pk,
            group_id=self.group.pk,
            help_needed=words,
            cadence="WEEKLY",
            responsible_id=self.cast.xu.pk,
            **self.said,
        )

    def kind(self, name: str, use: str = "TEAM") -> Any:
        return people.add_kind(use=use, name=name, **self.community)

    def member(self, employer: str) -> Any:
        return people.add_party_member(
            unit_id=self.branch.pk,
            kind="IN_SERVICE",
            grid_id=self.cast.grid.pk,
            name="李建国",
            employer=employer,
            **self.said,
        )

    def campaign(self, name: str) -> Any:
        return visits.create_campaign(wanted=wanted(self.cast, name=name), **self.community)

    def form(self, name: str, **asks: Any) -> Any:
        definition = {"name": {}, "questions": [{**ASKS, **asks}]}
        return visits.publish_form(name=name, definition=definition, **self.community)

    def workbook(self, survey: Any = "需要什么帮助", choice: str = "有", title: str = "") -> Any:
        rows = [HEAD, ["select_one yes_no", "a", survey]]
        choices = [*CHOICES, ["yes_no", "more", choice]]
        data = book(rows, choices, [["form_title"], [title]])
        return visits.publish_workbook(name="走访", data=data, **self.community)

    def file(self, name: str) -> Any:
        return receiving.receive(
            upload=SimpleUploadedFile(f"{name}.xlsx", clean([("张三", "", "", "")])),
            register="RESIDENTS",
            community_id=self.cast.community.pk,
            actor=self.desk,
            at=NOW,
        )


def _edit_kind(here: _Here, name: str) -> Any:
    kind = OwnKind.objects.first() or here.kind("居民骨干")
    return people.edit_kind(kind_id=kind.pk, name=name, **here.said)


def _change_need(here: _Here, words: str) -> Any:
    need = PriorityNeed.objects.first() or here.need("需要陪同就医")
    return people.change_need(
        need_id=need.pk,
        cadence="WEEKLY",
        responsible_id=here.cast.xu.pk,
        help_needed=words,
        **here.said,
    )


def _change_campaign(here: _Here, name: str) -> Any:
    known = here.campaign("春季敲门行动")
    return visits.change_campaign(
        campaign_id=known.pk, wanted=wanted(here.cast, name=name), **here.said
    )


def _edit_member(here: _Here, employer: str) -> Any:
    member = PartyMember.objects.first() or here.member("区医院")
    return people.edit_party_member(
        member_id=member.pk,
        kind="IN_SERVICE",
        grid_id=here.cast.grid.pk,
        employer=employer,
        **here.said,
    )


TRIED: dict[str, tuple[Callable[[_Here, str], Any], ...]] = {
    "add_need_group": (lambda here, name: people.add_need_group(name=name, **here.community),),
    "add_kind": tuple(lambda here, name, use=use: here.kind(name, use) for use in KindUse.values),
    "edit_kind": (_edit_kind,),
    "add_entitlement": (
        lambda here, name: people.add_entitlement(name=name, age_years=60, **here.community),
    ),
    "add_paper": (
        lambda here, name: people.add_paper(
            resident_id=here.resident.pk, name=name, expires_on=date(2027, 1, 1), **here.said
        ),
    ),
    "record_need": (lambda here, words: here.need(words),),
    "change_need": (_change_need,),
    "add_resident": (
        lambda here, words: people.add_resident(
            household_id=here.home.pk, person=Person(name="张三", employer=words), **here.said
        ),
    ),
    "edit_resident": (
        lambda here, words: people.edit_resident(
            resident_id=here.resident.pk,
            person=Person(name="李奶奶", languages=words),
            version=1,
            **here.said,
        ),
    ),
    "open_household": (
        lambda here, words: people.open_household(
            dwelling_id=here.cast.dwelling.pk, status="LET", employer=words, **here.said
        ),
    ),
    "set_household": (
        lambda here, words: people.set_household(
            household_id=here.home.pk, status="LET", employer=words, **here.said
        ),
    ),
    "add_party_member": (lambda here, words: here.member(words),),
    "edit_party_member": (_edit_member,),
    "create_campaign": (lambda here, name: here.campaign(f"{name}走访"),),
    "change_campaign": (_change_campaign,),
    "publish_form": (
        lambda here, name: here.form(f"{name}登记表"),
        lambda here, words: here.form("走访", label={"zh": f"是否{words}"}),
        lambda here, words: here.form(
            "走访", type="select_one", choices=[{"name": "b", "label": {"zh": words}}]
        ),
    ),
    "publish_workbook": (
        lambda here, words: here.workbook(survey=f"是否{words}"),
        lambda here, words: here.workbook(choice=words),
        lambda here, words: here.workbook(title=f"{words}登记表"),
    ),
    "receive": (lambda here, name: here.file(f"2026年{name}名单"),),
}
"""Services by which persons are named or written of, and how each is tried."""

WAYS = [
    pytest.param(way, id=f"{name}-{number}")
    for name, ways in TRIED.items()
    for number, way in enumerate(ways)
]


def test_every_service_that_takes_a_name_is_tried_or_names_no_persons():
    takes = {"name", "title", "wanted", "employer", "help_needed", "person", "definition"}
    found = {
        name
        for room in (people, visits)
        for name, service in inspect.getmembers(room, inspect.isfunction)
        if takes & set(inspect.signature(service).parameters)
    }
    assert found - set(TRIED) - NAMES_NO_PERSONS == set()
    assert set(TRIED) - found == {"receive"}  # it stands in `people.books`


@pytest.mark.parametrize("way", WAYS)
def test_a_list_that_must_not_be_is_refused_wherever_somebody_names_one(cast, way):
    here = _Here(cast)
    for words in FORBIDDEN:
        with pytest.raises(Refused) as refused:
            way(here, words)
        faults = refused.value.faults if isinstance(refused.value, Several) else [refused.value]
        assert any("Never" in one.code or _says_so(one) for one in faults), refused.value
    assert list(NeedGroup.objects.values_list("name", flat=True)) == ["独居老人"]
    assert not Entitlement.objects.exists()
    assert not Campaign.objects.exclude(name="春季敲门行动").exists()
    assert not VisitForm.objects.exclude(name="入户走访").exists()


def _says_so(refused: Refused) -> bool:
    if isinstance(refused, visits.WorkbookRefused):
        return {one.code for one in refused.rows} == {"NEVER"}
    return isinstance(refused, people.DiagnosisWritten | people.PaperNameRefused)


def test_what_the_field_names_so_comes_in(cast):
    here = _Here(cast)
    people.add_need_group(name="重点关爱对象", **here.community)
    here.kind("信访代办员", "FORCE")
    for name in ("残疾人两项补贴", "两癌筛查"):
        people.add_entitlement(name=name, age_years=60, **here.community)
    here.campaign("反邪教宣传入户")
    here.form("失能老人走访", label={"zh": "需要陪同就医吗"})
    here.workbook()
    here.file("重点关爱对象名册")
