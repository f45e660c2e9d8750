"""A pack's roster: checked with the other files, brought in once, corrected and never ended."""

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import translation

from linli.core.actor import system
from linli.core.clocks import SHANGHAI
from linli.flows.packs import check_pack, load_pack
from linli.flows.packs.memory import CREATED, UNCHANGED
from linli.flows.tests.lingbo import write_pack
from linli.people import services as people
from linli.people.models import (
    Entitlement,
    Household,
    Paper,
    PatchClaim,
    Resident,
    TeamMember,
    Tie,
)
from linli.people.models.needs import NeedGroup, PriorityNeed
from linli.people.models.party import PartyMember
from linli.people.models.talents import Talent
from linli.people.personal import person_of
from linli.people.queries import rhythms_in
from linli.visits.models import Visit

AT = datetime(2026, 6, 17, 12, 0, tzinfo=SHANGHAI)
FUDONG = Path(__file__).resolve().parents[3] / "packs" / "fudong"

ROSTER = """\
party_units:
  - {code: top, level: COMMITTEE, name: 凌波党委}
  - {code: one, level: BRANCH, name: 第一支部, under: top, area: "001001"}
households:
  - entrance: E01/1/1
    room: "101"
    people:
      - key: zhang
        name: 张三丰
        born: 1949-12-31
        phone: "13800138000"
        party: {unit: one, kind: RETIRED}
        skills: 太极拳
        needs: [{group: 独居老人, help: 需要有人帮忙买菜, every: WEEKLY, by: wangge}]
        papers: [{name: 残疾证, expires: +40d}]
  - {entrance: E01/1/1, room: "102", status: VACANT}
kinds:
  - {code: core, use: TEAM, name: 居民骨干}
  - {code: red, use: PATCH, name: 红马甲}
teams: [{grid: "001001", kind: core, resident: zhang}]
patches:
  - {code: lawn, grid: "001001", name: 草坪, claims: [{kind: red, person: wangge}]}
ties:
  - {key: lead, kind: CONTACT, person: wangge, households: [E01/1/1/101]}
  - {key: pair, kind: PAIRING, person: wangge, residents: [zhang]}
entitlements: [{name: 高龄津贴, age: 80}]
campaigns:
  - {key: a, name: 敲门, buildings: [E01/1], visitors: [wangge], since: +0d, until: +5d, per_day: 9}
"""


def faults_of(folder):
    with translation.override("en"):
        return [(one.line, one.text) for one in check_pack(path=folder, at=AT).faults]


@pytest.mark.django_db
def test_a_pack_says_how_often_a_group_is_visited(tmp_path):
    groups = "need_groups: [{name: 独居老人, every: MONTHLY}]\n"
    by_group = ROSTER.replace("every: WEEKLY", "every: GROUP")
    folder = write_pack(tmp_path / "lingbo", roster=groups + by_group)
    load_pack(path=folder, at=AT)
    assert NeedGroup.objects.get().cadence == "MONTHLY"
    community_id = PriorityNeed.objects.get().community_id
    assert [one.every for one in rhythms_in(community_id=community_id).values()] == ["MONTHLY"]
    assert load_pack(path=folder, at=AT).total(CREATED) == 0
    wrong = write_pack(tmp_path / "wrong", roster="need_groups: [{name: 独居老人, every: GROUP}]\n")
    assert faults_of(wrong)


@pytest.mark.django_db
def test_a_roster_comes_in_once_and_is_corrected(tmp_path):
    folder = write_pack(tmp_path / "lingbo", roster=ROSTER)
    assert load_pack(path=folder, at=AT).counts["resident"][CREATED] == 1
    zhang = Resident.objects.get()
    assert person_of(row=vars(zhang)).name == "张三丰"
    assert PartyMember.objects.get().resident == zhang
    assert Talent.objects.get().skills == "太极拳"
    assert PriorityNeed.objects.get().resident == zhang
    assert TeamMember.objects.get().resident == zhang
    claim = PatchClaim.objects.get()
    assert (claim.patch.name, claim.account.username) == ("草坪", "wangge")
    links = Tie.objects.order_by("id").values_list("kind", "household__dwelling__room", "resident")
    assert list(links) == [("CONTACT", "101", None), ("PAIRING", None, zhang.pk)]
    assert (Paper.objects.get().resident, Entitlement.objects.get().age_years) == (zhang, 80)
    due = Visit.objects.filter(state="DUE").exclude(campaign__kind="PRIORITY")
    assert Household.objects.count() == due.count() == 2
    again = load_pack(path=folder, at=AT)
    assert again.total(CREATED) == 0
    assert again.counts["campaign"][UNCHANGED] == 1
    path = folder / "roster.yaml"
    path.write_text(ROSTER.replace("13800138000", "13900139000"), encoding="utf-8")
    load_pack(path=folder, at=AT)
    assert person_of(row=vars(Resident.objects.get())).phone == "13900139000"
    tie = Tie.objects.get(kind="CONTACT")
    people.end_tie(tie_id=tie.pk, ending="DONE", actor=system(name="test"), at=AT)
    load_pack(path=folder, at=AT)
    assert not Tie.objects.filter(kind="CONTACT", until_date=None).exists()  # People know better.
    path.unlink()
    load_pack(path=folder, at=AT)
    assert Resident.objects.filter(until_date=None).exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("E01/1/1\n", "E99/1/1\n", 5, "There is no entrance “E99/1/1” in territory.yaml."),
        ("under: top", "under: base", 3, "There is no party unit “base” above this line."),
        ("unit: one", "unit: two", 12, "There is no party unit “two” above this line."),
        ("by: wangge", "by: nobody", 14, "There is nobody “nobody” in people.yaml."),
        ("[wangge]", "[nobody]", 28, "There is nobody “nobody” in people.yaml."),
        ("[E01/1]", "[E01/2]", 28, "There is no building “E01/2” in territory.yaml."),
        ("13800138000", "138", 11, "“138” is not a telephone number."),
        ("code: one", "code: top", 3, "“top” is used twice; the first is in line 2."),
        ("kind: core, resident", "kind: red, resident", 20, "There is no kind “red” for this in"),
        ('grid: "001001", kind', 'grid: "009", kind', 20, "There is no area “009” in"),
        ("kind: red, person: wangge", "kind: red", 22, "Please name exactly one of these:"),
        ("[zhang]", "[li]", 25, "There is no resident “li” in roster.yaml."),
        ("[E01/1/1/101]", "[E01/1/1/9]", 24, "There is no household “E01/1/1/9” in"),
        ("PAIRING, person: wangge", "PAIRING, resident: li", 25, "There is no resident “li” in"),
        ("code: lawn", "code: lawn, ended: 1", 22, "“ended” is not known here"),
        ("kind: RETIRED", "kind: CANDIDATE", 12, "“CANDIDATE” is not a code that is known here"),
    ],
)
def test_what_leads_nowhere_is_named_with_its_line(tmp_path, old, new, line, sentence):
    assert old in ROSTER
    folder = write_pack(tmp_path / "lingbo", roster=ROSTER.replace(old, new, 1))
    told = faults_of(folder)
    assert (line, sentence) in [(at, text[: len(sentence)]) for at, text in told]


def test_a_key_that_two_people_share_is_named(tmp_path):
    second = (
        '  - {entrance: E02/1/1, room: "101", people: [{key: zhang, name: 李, born: 1980-01-01}]}'
    )
    folder = write_pack(tmp_path / "lingbo", roster=ROSTER.replace("kinds:", f"{second}\nkinds:"))
    assert faults_of(folder) == [(17, "“zhang” is used twice; the first is in line 8.")]


@pytest.mark.django_db
def test_the_demonstration_has_people_behind_its_doors():
    report = load_pack(path=FUDONG, at=AT, with_story=False)
    assert report.counts["resident"][CREATED] > 100
    assert Resident.objects.exclude(id_digest="").count() == 0  # an invented number may be real
    assert Visit.objects.filter(state="DUE").exists()
    for kind in ("team_member", "patch_claim", "tie", "paper", "entitlement"):
        assert report.counts[kind][CREATED], kind
