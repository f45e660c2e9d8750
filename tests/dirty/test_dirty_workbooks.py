"""Every workbook that an office keeps goes the whole way, and comes out as the office expects.

`office_books.py` was written by somebody who had not read the importer. What it expects is checked
here through the pages: handed in, columns named, looked at, decided, and then read from the roster.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from openpyxl import load_workbook

from linli.core.sheets import plain_heading
from linli.people import queries
from linli.people.books import receiving
from linli.people.books.batches import Kept
from linli.people.books.catalogue import REGISTERS
from linli.people.books.running import work
from linli.people.models import Household, Resident, RosterImport
from linli.territory.models import Building, Dwelling, Entrance
from tests.cast import NOW
from tests.dirty.office_books import BOOKS, Book, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOME = "/residents/import/"
ESTATE = "台城花园"
_SEXES = {"男": "MALE", "女": "FEMALE"}
_STATES = {"lives_here": "LIVES_HERE", "let": "LET", "vacant": "VACANT"}
_STATES["elsewhere"] = "LIVES_ELSEWHERE"
_RELATIONS = {"户主": "HEAD", "妻": "SPOUSE", "夫": "SPOUSE", "孙": "GRANDCHILD", "儿媳": "OTHER"}
_RELATIONS |= dict.fromkeys(("之子", "长子", "长女"), "CHILD")

_DOOR = ("household__dwelling__entrance__building__estate",)

Place = tuple[int, int]  # sheet, row


@dataclass
class Came:
    """What became of a workbook."""

    refused: str = ""  # the sentence with which the whole file was refused
    rows: dict[Place, Kept] = field(default_factory=dict)
    said: dict[Place, list[tuple[str, str, str]]] = field(default_factory=dict)  # faults, hints
    columns: dict[str, str] = field(default_factory=dict)
    page: str = ""


@pytest.fixture
def ground(cast):
    """One estate with buildings 1, 2, 3 and 5 of three entrances and eight floors."""
    Dwelling.objects.all().delete()
    Entrance.objects.all().delete()
    cast.estate.name = ESTATE
    cast.estate.save()
    cast.next_building.__class__.objects.filter(estate=cast.other_estate).update(ended_at=NOW)
    doors = []
    for number in (1, 2, 3, 5):
        building = {3: cast.building, 5: cast.next_building}.get(number) or _another(cast, number)
        building.name = f"{number}号楼"
        building.code = str(number)
        building.save()
        for unit in (1, 2, 3):
            entrance = Entrance.objects.create(
                building=building, code=str(unit), name=f"{unit}单元"
            )
            doors += [
                Dwelling(entrance=entrance, room=str(100 * floor + flat))
                for floor in range(1, 9)
                for flat in (1, 2)
            ]
    Dwelling.objects.bulk_create(doors)
    return cast


def _another(cast, number):
    found = Building.objects.get(pk=cast.building.pk)
    found.pk, found.code, found._state.adding = None, str(number), True
    found.name = f"{number}号楼"
    return found


@pytest.fixture
def desk(ground, signed_in):
    return signed_in(ground.zhou_min)


def bring_in(browser, entry: Book, folder) -> Came:
    """Do what a person does with a workbook, and return what was said and what is there."""
    path = folder / entry.file
    entry.write(path)
    upload = SimpleUploadedFile(entry.file, path.read_bytes())
    answer = browser.post(HOME, {"register": entry.register.upper(), "file": upload})
    if answer.status_code != 302:
        return Came(refused=_fault_on(answer))
    address = answer.headers["Location"]
    row = _after_work()
    if row.state == "READ":
        page = browser.get(address)
        assert page.status_code == 200
        headings, known = receiving.headings_known(row=row)
        named = {heading: known.get(heading, "") for heading in headings}
        chosen = {f"column_{at}": named[heading] for at, heading in enumerate(headings)}
        answer = browser.post(f"{address}columns/", chosen)
        if answer.status_code != 302:
            return Came(refused=_fault_on(answer))
        row = _after_work()
    if row.state == "FAILED":
        return Came(refused=row.problem)
    headings, columns = receiving.headings_known(row=row)
    came = Came(columns={plain_heading(heading): key for heading, key in columns.items()})
    sheets = _sheets(path)
    for outcome in ("NEW", "CHANGED", "UNCHANGED", "WRONG"):
        for kept in receiving.opened_rows(row=row, outcome=outcome, limit=10_000):
            place = sheets.get(kept.sheet, 1), kept.line
            came.rows[place] = kept
            came.said[place] = [
                (one.column, one.value, one.sentence) for one in (*kept.faults, *kept.hints)
            ]
    counts = receiving.counts_of(row=row)
    for name in ("wrong", "hinted"):
        if getattr(counts, name):
            came.page += browser.get(f"{address}?show={name}").content.decode()
    if counts.good:
        browser.post(f"{address}decide/", {"only_good": "1"})
        assert _after_work().state == "DONE"
    return came


def _after_work() -> RosterImport:
    while work(at=NOW):
        pass
    return RosterImport.objects.latest("id")


def _fault_on(answer) -> str:
    assert answer.status_code in (400, 422), answer.status_code
    form = answer.context.get("form")
    return str(form.errors) if form is not None else str(answer.context["fault"])


def _sheets(path) -> dict[str, int]:
    try:
        names = load_workbook(path, read_only=True).sheetnames
    except Exception:  # not every “workbook” is one
        return {}
    return {name: at for at, name in enumerate(names, start=1)}


def judge(entry: Book, came: Came) -> list[str]:
    """Return in which points the office would be disappointed."""
    if entry.whole:
        return [] if came.refused else [f"{entry.whole}: nothing was refused"]
    if came.refused:
        return [f"the whole file is refused: {came.refused}"]
    bad = [*_disappointed_by_rows(entry, came), *_disappointed_by_roster(entry, came)]
    if entry.homes is not None and (homes := Household.objects.count()) != entry.homes:
        bad.append(f"{homes} homes instead of {entry.homes}")
    return bad


def _disappointed_by_rows(entry: Book, came: Came) -> list[str]:
    register = REGISTERS[entry.register.upper()]
    bad = []
    for place, heading in entry.refused.items():
        if not came.rows.get(place) or came.rows[place].outcome != "WRONG":
            bad.append(f"{place} is taken, {heading} is wrong")
        elif not _speaks_of(heading, came, place, register):
            bad.append(f"{place}: {heading} is not named: {came.said[place]}")
    for place, about in entry.told.items():
        if not _speaks_of(about, came, place, register):
            bad.append(f"{place}: nothing is said of {about}: {came.said.get(place)}")
    bad += [
        f"{place}: the page does not say {sentence}"
        for place, said in came.said.items()
        for _, _, sentence in said
        if escape(sentence) not in came.page
    ]
    bad += [f"{place} is taken for a row" for place in entry.quiet if place in came.rows]
    expected = {*entry.people, *entry.refused, *entry.told}
    bad += [f"{place} comes from nowhere" for place in came.rows if place not in expected]
    return bad


def _speaks_of(about: str, came: Came, place: Place, register) -> bool:
    keys = {came.columns.get(plain_heading(about)), register.headings.get(plain_heading(about))}
    keys.discard(None)
    if about == "住址":
        keys.add("address")
    return any(
        column in keys or about in value or about in sentence
        for column, value, sentence in came.said.get(place, ())
    )


def _disappointed_by_roster(entry: Book, came: Came) -> list[str]:
    there = _homes() if entry.register == "households" else _people()
    bad = []
    taken = [one for one in came.rows.values() if one.outcome in ("NEW", "CHANGED")]
    if len(there) != len(taken):
        bad.append(f"{len(there)} stand on the roster, {len(taken)} were shown")
    for place, expected in entry.people.items():
        row = came.rows.get(place)
        if row is None or row.outcome == "WRONG":
            bad.append(f"{place} is not taken: {came.said.get(place, 'no row')}")
            continue
        found = there.get(_key_of(entry, row))
        if found is None:
            bad.append(f"{place} is not on the roster")
            continue
        bad += [
            f"{place} {name}: {found[name]!r} instead of {value!r}"
            for name, value in expected.items()
            if name in found and found[name] != _in_house(name, value)
        ]
    kept = str(there)
    return bad + [f"{word} is kept" for word in entry.never if word in kept]


def _key_of(entry: Book, row: Kept):
    if entry.register == "households":
        return row.door
    return row.said["name"], row.said.get("id_number", ""), row.door, row.said.get("birth_date")


def _in_house(name: str, value: str):
    if name == "place":
        building, unit, room = value.split("/")
        return f"{ESTATE} {building}号楼 {unit}单元 {room}"
    words = {"sex": _SEXES, "relation": _RELATIONS, "status": _STATES}.get(name)
    return words[value] if words else value


def _people() -> dict[tuple, dict]:
    found = {}
    for resident in Resident.objects.filter(until_date=None).select_related(*_DOOR):
        one = queries.row_of(resident=resident)
        person = one.person
        born = person.birth_date.isoformat() if person.birth_date else None
        found[person.name, person.id_number, one.address, born] = {
            "name": person.name,
            "id": person.id_number,
            "sex": person.sex,
            "born": born or "",
            "phone": person.phone,
            "place": one.address,
            "relation": person.relation,
            "employer": person.employer,
        }
    assert len(found) == Resident.objects.filter(until_date=None).count()
    return found


def _homes() -> dict[str, dict]:
    rows = Household.objects.select_related("dwelling__entrance__building__estate")
    found = {}
    for one in rows:
        place = queries.address_of(household=one)
        found[place] = {"place": place, "status": one.status, "employer": one.employer}
    return found


@pytest.mark.parametrize("name", BOOKS, ids=lambda name: f"book{name[:2]}")
def test_a_workbook_comes_out_as_its_office_expects(desk, name, tmp_path):
    entry = BOOKS[name]
    came = bring_in(desk, entry, tmp_path)
    disappointed = judge(entry, came)
    assert not disappointed, "\n".join(disappointed)


def test_the_table_to_read_is_the_one_that_is_checked():
    written = Path(__file__).with_name("EXPECTATIONS.md").read_text(encoding="utf-8")
    assert written == table(), "python tests/dirty/office_books.py writes it anew"
