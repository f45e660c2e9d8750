"""Somebody tries to carry the registers off: page by page, through the API, or as a stolen file.

ID numbers, telephones and what help somebody needs are seeded as words that stand nowhere else, and
must be in no answer to anybody who gave no reason, nor in the database's own bytes after it all.
"""

import subprocess
import uuid
from pathlib import Path
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from linli.api.tests.programs import program_of
from linli.core.models import Event
from linli.flows.worker import run_due
from linli.people import events, services
from linli.people.books.running import work
from linli.people.models import NeedGroup, Resident, RosterImport
from linli.people.personal import Person
from linli.people.tests.dirty import book
from linli.visits import services as visits
from linli.visits.services import Recorded
from linli.visits.tests.scenes import running
from tests.cast import NOW
from tests.house.access import ROLES, browser_of, text_of

NAME, NUMBER, PHONE = "欧阳密语", "11010519491231002X", "13800138007"
HELP = "要人每周代取密语药"
ANSWER = "密语答复灯坏了"
SECRETS = (NUMBER, PHONE, HELP)
DUMP_SECONDS = 300


@pytest.fixture
def elder(cast):
    """Somebody on the roster with a number, a telephone and a need that few may know of."""
    desk, secretary = cast.actor(cast.zhou_min), cast.actor(cast.shen)
    household = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    person = Person(name=NAME, id_number=NUMBER, phone=PHONE, relation="HEAD")
    resident = services.add_resident(household_id=household.pk, person=person, actor=desk, at=NOW)
    services.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    services.record_need(
        resident_id=resident.pk,
        group_id=NeedGroup.objects.get(name="独居老人").pk,
        help_needed=HELP,
        cadence="WEEKLY",
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )
    return resident


def asked_of_pages(cast, elder):
    """Return what might tell: every search, hint, history and page that knows of somebody."""
    searches = [
        f"{page}?q={words}"
        for page in ("/residents/", "/residents/talents/", "/desk/", "/people/")
        for words in (NUMBER, PHONE, "8007", NAME, "oymy", "取密语药")
    ]
    here = f"community={cast.community.pk}"
    return [
        *searches,
        "/residents/households/",
        f"/residents/{elder.pk}/",
        f"/residents/{elder.pk}/edit/",
        f"/residents/{elder.pk}/merge/?q={NAME}",
        f"/residents/households/{elder.household_id}/",
        "/residents/needs/",
        f"/residents/needs/{elder.needs.get().pk}/",
        "/residents/openings/",
        "/residents/coming/",
        "/residents/mine/",
        "/residents/ties/?kind=PAIRING",
        "/residents/import/",
        f"/residents/teams/{cast.grid.pk}/?q={NAME}",
        f"/visits/of/{elder.household_id}/",
        f"/trace/{elder.row_key}/",
        f"/trace/{uuid.uuid4()}/",
        "/field/visits/",
        f"/places/find/?{here}&q={PHONE}",
        f"/report/places/?{here}&place_query={PHONE}",
        f"/who-visits/?{here}&code={PHONE[:6]}",
        f"/open311/v2/requests.json?jurisdiction_id={cast.community.code}&q={PHONE}",
    ]


def posted_to_pages(elder):
    """Return what asks for it by a form, without a reason or beyond what is theirs."""
    return [
        (f"/residents/{elder.pk}/open/phone/", {"reason": ""}),
        (f"/residents/{elder.pk}/open/id-number/", {"reason": " "}),
        (f"/residents/{elder.pk}/edit/", {"name": "", "version": "0"}),
        ("/residents/export/", {}),
        ("/residents/export/?full=1", {"reason": ""}),
        (f"/residents/export/?q={PHONE}", {}),
        ("/residents/households/export/", {}),
        ("/residents/needs/export/", {}),
        ("/residents/needs/export/?full=1", {"reason": ""}),
        ("/residents/talents/export/", {}),
        ("/residents/coming/export/", {}),
        ("/desk/export/", {"view": "all"}),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("who", ROLES)
def test_no_page_search_hint_history_or_export_tells_it(who, cast, elder, signed_in):
    browser = browser_of(mock.Mock(cast=cast), who, signed_in)
    told = []
    for address in asked_of_pages(cast, elder):
        said = text_of(browser.get(address))
        for one in SECRETS:
            if f"={one}" in address:  # What was asked stands again in its field and in links.
                said = said.replace(f'value="{one}"', "").replace(f"={one}", "")
            if one in said:
                told.append((address, one))
    for address, form in posted_to_pages(elder):
        said = text_of(browser.post(address, form))
        told += [(address, one) for one in SECRETS if one in said and one not in address]
    assert not told
    assert not Event.objects.filter(
        name__in=(events.NUMBER_OPENED, events.NEED_OPENED, events.NUMBER_TAKEN_OUT)
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("who", ["zhou_min", "li", "wang", "fang", "qian", "chen", "ma"])
def test_a_look_at_the_restricted_register_is_refused_and_written_down(who, cast, elder, signed_in):
    need = Event.objects.filter(name=events.NEED_RECORDED).get()
    addresses = [
        ("get", "/residents/needs/"),
        ("get", f"/residents/needs/{need.subject_id}/"),
        ("post", f"/residents/needs/{need.subject_id}/open/"),
        ("post", "/residents/needs/export/?full=1"),
    ]
    account = getattr(cast, who)
    browser = signed_in(account)
    for total, (method, address) in enumerate(addresses, start=1):
        answer = getattr(browser, method)(address, {"reason": "想看看"})
        assert answer.status_code == 403, address
        assert NAME not in text_of(answer)
        refused = Event.objects.filter(name=events.NEED_LOOK_REFUSED, actor=cast.actor(account).key)
        assert refused.count() == total, address
    assert not Event.objects.filter(name__in=(events.NEED_OPENED, events.ROSTER_EXPORTED))


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("who", ["shen", "zhou_min", "xu", "chen", "gu", "outsider"])
def test_the_api_tells_programs_of_nobody(who, cast, elder):
    program = program_of(cast, getattr(cast, who))
    paths = program.get("/api/v1/openapi.json").json().get("paths", {})
    lists = [path for path, methods in paths.items() if "get" in methods and "{" not in path]
    assert len(lists) > 10
    for path in lists:
        for asked in ({}, {"q": PHONE}, {"query": NUMBER}, {"limit": "x"}):
            said = text_of(program.get(path, asked))
            assert not [
                one for one in (*SECRETS, NAME) if one in said and one not in asked.values()
            ], path


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("path", ["/residents/", "/residents/export/"])
def test_a_page_that_breaks_tells_nothing_of_what_it_held(path, cast, elder, signed_in, settings):
    assert settings.DEBUG is False
    browser = signed_in(cast.zhou_min)
    browser.raise_request_exception = False
    broken = mock.patch(
        "linli.people.queries.residents.row_of", side_effect=RuntimeError(f"{PHONE} {NUMBER}")
    )
    with broken:
        answer = browser.post(path) if "export" in path else browser.get(path)
    assert answer.status_code == 500
    said = text_of(answer)
    assert not [one for one in (*SECRETS, NAME, "Traceback") if one in said]
    assert not Event.objects.filter(name=events.ROSTER_EXPORTED)


def walk_everything(cast, elder, signed_in):
    """Bring in, search, open, export, visit, report: whatever writes something down."""
    desk, secretary = signed_in(cast.zhou_min), signed_in(cast.shen)
    rows = [
        ("姓名", "身份证号", "住址", "联系电话"),
        ("欧阳来", "440524188001010014", "翠园3幢1单元502", "13800138008"),
        ("欧阳错", "110105194912310021", "翠园8幢1单元502", "13800138009"),
    ]
    upload = SimpleUploadedFile("名册.xlsx", book({"居民": rows}))
    made = desk.post("/residents/import/", {"register": "RESIDENTS", "file": upload})
    while work(at=NOW):
        pass
    assert RosterImport.objects.get().state == "CHECKED"
    assert desk.post(f"{made['Location']}wrong/").status_code == 200
    for words in (NUMBER, PHONE, NAME):
        assert desk.get("/residents/", {"q": words}).status_code == 200
        desk.get("/desk/", {"q": words})
    why = {"reason": f"回访 {PHONE} {NUMBER}"}
    assert PHONE in text_of(desk.post(f"/residents/{elder.pk}/open/phone/", why))
    assert PHONE in text_of(desk.post("/residents/export/?full=1", why))
    assert NAME in text_of(secretary.post("/residents/needs/export/?full=1", why))
    need = Event.objects.filter(name=events.NEED_RECORDED).get()
    opened = secretary.post(f"/residents/needs/{need.subject_id}/open/", why)
    assert HELP in text_of(opened)
    secretary.get("/residents/openings/")
    desk.post(f"/residents/{elder.pk}/edit/", {"name": NAME, "phone": PHONE, "version": "1"})
    visit = running(cast).visits.get(household_id=elder.household_id)
    recorded = Recorded(submission_key=uuid.uuid4(), outcome="MET", answers={"said": ANSWER})
    visits.record_visit(visit_id=visit.pk, recorded=recorded, actor=cast.actor(cast.xu), at=NOW)
    signed_in(cast.li).get("/residents/needs/")
    run_due(at=NOW)


def bytes_of_database(folder):
    """Return what a thief of the database has: SQLite's own files, or a dump of PostgreSQL."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        name = Path(connection.settings_dict["NAME"])
        return b"".join(one.read_bytes() for one in sorted(name.parent.glob(f"{name.name}*")))
    known = connection.settings_dict
    out = folder / "stolen.sql"
    asked = ["pg_dump", "--no-owner", "--inserts", "-f", str(out)]
    for flag, key in (("-h", "HOST"), ("-p", "PORT"), ("-U", "USER")):
        asked += [flag, str(known[key])] if known.get(key) else []
    subprocess.run([*asked, known["NAME"]], check=True, timeout=DUMP_SECONDS)
    return out.read_bytes()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clock")
def test_a_stolen_database_tells_of_nobody(cast, elder, signed_in, tmp_path):
    walk_everything(cast, elder, signed_in)
    stolen = bytes_of_database(tmp_path)
    assert Resident.objects.filter(pk=elder.pk).exists()
    assert "翠园".encode() in stolen, "what is no secret is found: this looks at the right bytes"
    secrets = (*SECRETS, NAME, ANSWER, "13800138008", "13800138009", "440524188001010014")
    for one in (*secrets, "110105194912310021"):
        for written in (one.encode(), one.encode("utf-16-le"), one.encode().hex().encode()):
            assert written not in stolen, one
        escaped = one.encode("unicode_escape")  # as JSON may write it
        assert escaped == one.encode() or escaped not in stolen, one
