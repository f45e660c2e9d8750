"""A pack's faults: each with its file and line, and all of them at once."""

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import translation

from linli.core.clocks import SHANGHAI
from linli.flows.packs import check_pack
from linli.flows.packs.schema import FILES
from linli.flows.packs.shape import known_keys
from linli.flows.tests.lingbo import change, write_pack
from linli.matters.workflow import Step
from linli.territory.geometry import uncovered_m2

AT = datetime(2026, 6, 17, 12, 0, tzinfo=SHANGHAI)
FUDONG = Path(__file__).resolve().parents[3] / "packs" / "fudong"


@pytest.fixture
def folder(tmp_path):
    return write_pack(tmp_path / "lingbo")


def faults_of(folder):
    with translation.override("en"):
        return [(one.file, one.line, one.text) for one in check_pack(path=folder, at=AT).faults]


def test_sound_pack_has_no_faults(folder):
    assert faults_of(folder) == []


def test_pack_of_fudong_is_sound_at_any_hour():
    for hour in (0, 9, 23):
        checked = check_pack(path=FUDONG, at=AT.replace(hour=hour))
        assert [str(fault) for fault in checked.faults] == []


def test_six_grids_of_fudong_cover_it_without_a_gap():
    places = check_pack(path=FUDONG, at=AT).places
    grids = [shape for (of, _code), shape in places.boundaries.items() if of == "grid"]
    assert len(grids) == 6
    assert uncovered_m2(whole=places.boundaries["community", "community"], parts=grids) < 1


CASES = {
    "an unknown key": ("people.yaml", "name: 示例书记", "nmae: 示例书记", "did you mean “name”"),
    "a missing key": ("people.yaml", "    name: 示例书记\n", "", "“name” is missing"),
    "a wrong code": (
        "matters.yaml",
        "kind: DISPUTE",
        "kind: QUARREL",
        "one of 'REQUEST', 'HAZARD'",
    ),
    "a duplicate code": ("matters.yaml", "code: dispute", "code: lamp", "used twice"),
    "a duplicate key": ("matters.yaml", "    words: [路灯]", "    name: 路灯", "written twice"),
    "an unknown handler": ("matters.yaml", "handler: PROPERTY_COMPANY", "handler: WUYE", "WUYE"),
    "an unknown clock": ("matters.yaml", "3 WORKING_DAYS", "3 LUNAR_DAYS", "no clock “LUNAR_DAYS”"),
    "an unreadable limit": ("matters.yaml", "3 WORKING_DAYS", "three days", "not a time limit"),
    "a limit of nothing": ("matters.yaml", "3 WORKING_DAYS", "0 WORKING_DAYS", "at least 1"),
    "a word for a number": ("matters.yaml", "rework: 7", "rework: 七", "not a whole number"),
    "an unknown estate": ("organisations.yaml", "[E01, E02]", "[E01, E99]", "no estate “E99”"),
    "a wrong phone": ("people.yaml", '"13800000009"', '"1380000"', "not a telephone number"),
    "a role without scope": (
        "people.yaml",
        ", organisation: wuye",
        "",
        "must say where it is held",
    ),
    "a role in two places": (
        "people.yaml",
        "STAFF, area: community",
        "STAFF, area: community, building: E01/1",
        "held in one place",
    ),
    "a role at a wrong level": (
        "people.yaml",
        'GRID_WORKER, area: "001001"',
        "GRID_WORKER, area: community",
        "not held at a place of this level",
    ),
    "a handler at a place": (
        "people.yaml",
        "HANDLER, organisation: wuye",
        "HANDLER, area: community",
        "Handlers hold their role in an organisation",
    ),
    "a role in an unknown grid": ("people.yaml", '"001001"', '"009001"', "no area “009001”"),
    "an unknown person on duty": (
        "people.yaml",
        "person: ganshi",
        "person: nobody",
        "nobody “nobody”",
    ),
    "a wrong date": ("people.yaml", "+0d 18:00", "today", "not a moment"),
    "an area code of a wrong level": ("territory.yaml", '"3506"', '"35"', "4 digits"),
    "a code not below the one above": ("territory.yaml", '"350602"', '"350702"', "does not begin"),
    "an unknown large grid": (
        "territory.yaml",
        '{code: "003001"',
        '{code: "004001"',
        "no such large",
    ),
    "a missing map": ("territory.yaml", "grids.geojson", "girds.geojson", "no file girds"),
    "a building in an unknown grid": (
        "territory.yaml",
        'grid: "001002", storeys: 2, entrances: 1, rooms: 2, point: [118.055200, 24.400800]',
        'grid: "001009", storeys: 2, entrances: 1, rooms: 2, point: [118.055200, 24.400800]',
        "no area “001009”",
    ),
    "a building outside its grid": (
        "territory.yaml",
        "point: [118.051200, 24.400800]",
        "point: [118.151200, 24.400800]",
        "outside its grid 001001",
    ),
    "a point the wrong way round": (
        "territory.yaml",
        "point: [118.051200, 24.400800]",
        "point: [24.400800, 118.051200]",
        "wrong way round",
    ),
    "a point of one number": (
        "territory.yaml",
        "point: [118.051200, 24.400800]",
        "point: [118.051200]",
        "A point is two numbers",
    ),
    "a poster in two places": (
        "territory.yaml",
        "{place: gate}",
        "{place: gate, building: E01/1}",
        "hangs at one",
    ),
    "an unknown entrance": ("territory.yaml", "E01/1/1", "E01/1/9", "no entrance “E01/1/9”"),
    "an unknown person in the story": (
        "story.yaml",
        "by: shifu, at: -5d",
        "by: shfu, at: -5d",
        "nobody “shfu”",
    ),
    "an unknown step": ("story.yaml", "do: take", "do: grab", "“grab” is no step"),
    "an unknown category": (
        "story.yaml",
        "by: wangge\n      category: lamp",
        "by: wangge\n      category: lmap",
        "no category “lmap”",
    ),
    "a missing photo": (
        "story.yaml",
        "note: 已换灯。",
        "note: 已换灯。, photos: [x.jpg]",
        "no photo x.jpg",
    ),
    "a step from a wrong state": (
        "story.yaml",
        "do: take, by: shifu",
        "do: verify, by: ganshi",
        "“Verify” cannot be taken",
    ),
    "a step of somebody else": (
        "story.yaml",
        "do: take, by: shifu",
        "do: take, by: ganshi",
        "is not for ganshi",
    ),
    "a handler who verifies": (
        "story.yaml",
        "do: verify, by: ganshi",
        "do: verify, by: shifu",
        "not for shifu",
    ),
    "a step before the one above": (
        "story.yaml",
        "-5d 09:40",
        "-6d 09:40",
        "before the step above",
    ),
    "a step still to come": ("story.yaml", "at: -3d 09:00", "at: +3d 09:00", "is past whenever"),
    "an unknown matter on a list": (
        "story.yaml",
        "[lamp, lamp-again]",
        "[lamp, lamb]",
        "no matter “lamb”",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_is_told_with_its_file_and_line(folder, case):
    file, old, new, sentence = CASES[case]
    line = change(folder, file, old, new)
    found = faults_of(folder)
    if case in ("a missing key", "a point of one number"):
        line = found[0][1]  # Told at the thing it is missing from.
    told = [
        text for name, number, text in found if (name, number) in ((file, line), (file, line + 1))
    ]
    assert any(sentence in text for text in told), found


def test_all_faults_are_told_at_once(folder):
    for case in ("an unknown key", "an unknown clock"):
        change(folder, *CASES[case][:3])
    change(folder, *CASES["an unknown person in the story"][:3])
    change(folder, "organisations.yaml", "[E01, E02]", "[E01, E99]")
    change(folder, "territory.yaml", "E01/1/1", "E01/1/9")
    found = faults_of(folder)
    assert [(name, text[:20]) for name, _line, text in found] == [
        ("matters.yaml", "There is no clock “L"),
        ("organisations.yaml", "There is no estate “"),
        ("people.yaml", "“name” is missing he"),
        ("people.yaml", "“nmae” is not known "),
        ("story.yaml", "There is nobody “shf"),
        ("territory.yaml", "There is no entrance"),
    ]


def test_one_mistake_is_told_once(folder):
    change(folder, "people.yaml", "username: shifu\n    name: 示例师傅", "username: shifu")
    assert len(faults_of(folder)) == 1


def test_faults_are_told_in_chinese_too(folder):
    change(folder, "matters.yaml", "3 WORKING_DAYS", "3 LUNAR_DAYS")
    with translation.override("zh-hans"):
        (fault,) = check_pack(path=folder, at=AT).faults
        assert "没有“LUNAR_DAYS”这种计时" in fault.text


def test_unsupported_format_is_all_that_is_told(folder):
    line = change(folder, "pack.yaml", "format: 1", "format: 2")
    change(folder, "matters.yaml", "3 WORKING_DAYS", "3 LUNAR_DAYS")
    assert faults_of(folder) == [
        ("pack.yaml", line, "This pack is in format 2; this Linli reads format 1.")
    ]


def test_code_with_leading_zeros_stays_text(folder):
    change(folder, "people.yaml", 'area: "001001"', "area: 001001")
    assert faults_of(folder) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("people: [\n", "not valid YAML"),
        ("", "empty"),
        ("people: &a [*a]\n", "anchors and aliases"),
        ("- a\n", "Keys with values"),
        ("people: 3\n", "A list is needed"),
        ("people:\n  - 3\n", "Keys with values"),
        ("\x01\n", "cannot stand in a YAML file"),
    ],
)
def test_broken_file_gets_one_sentence(folder, text, sentence):
    (folder / "people.yaml").write_text(text, encoding="utf-8")
    found = [text for name, _line, text in faults_of(folder) if name == "people.yaml"]
    assert len(found) == 1
    assert sentence in found[0]


def test_file_in_another_encoding_is_refused(folder):
    (folder / "people.yaml").write_bytes("people: 人\n".encode("gb18030"))
    assert ("people.yaml", 1, "This file is not in UTF-8; save it as UTF-8.") in faults_of(folder)


def test_misspelt_and_missing_files_are_named(folder):
    (folder / "matters.yaml").rename(folder / "maters.yaml")
    found = faults_of(folder)
    assert ("matters.yaml", 1, "This file is missing from the pack.") in found
    assert any(name == "maters.yaml" and "mean matters.yaml" in text for name, _, text in found)


def test_pack_of_a_real_community_needs_neither_people_nor_story(tmp_path):
    folder = write_pack(tmp_path / "real", people=None, story=None)
    assert faults_of(folder) == []


def test_missing_folder_is_told(tmp_path):
    assert faults_of(tmp_path / "nowhere") == [("nowhere", 1, "There is no such folder.")]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"code": "001002"', '"code": "009009"', "no area “009009”"),
        ('"code": "001002"', '"code": "001001"', "drawn twice"),
        ('"of": "grid", "code": "001002"', '"of": "gird", "code": "001002"', "must be community"),
        ("[118.054, 24.404], [118.054, 24.4]]]", "[118.054, 24.404]]]", "open"),
        ("[118.054, 24.4], [118.058, 24.4]", "[118.052, 24.4], [118.058, 24.4]", "overlaps grid"),
    ],
)
def test_fault_of_a_map_is_told_with_its_line(folder, old, new, sentence):
    path = folder / "grids.geojson"
    text = path.read_text(encoding="utf-8")
    assert old in text
    if "118.052" in new:
        new_text = text.replace(old, new).replace(
            "[118.054, 24.404], [118.054, 24.4]]]", "[118.052, 24.404], [118.052, 24.4]]]"
        )
    else:
        new_text = text.replace(old, new)
    path.write_text(new_text, encoding="utf-8")
    told = [one for one in faults_of(folder) if one[0] == "grids.geojson"]
    assert [line for _file, line, _text in told] == [3]
    assert sentence in told[0][2]


def test_restricted_matter_goes_on_no_list_and_to_nobody_else(folder):
    change(
        folder, "story.yaml", "category: lamp\n      text: 单元", "category: care\n      text: 单元"
    )
    texts = [text for _file, _line, text in faults_of(folder)]
    assert texts == ["A restricted matter is put on no list."] * 2


def test_documentation_names_every_file_key_and_step():
    text = (FUDONG.parents[1] / "docs" / "packs.md").read_text(encoding="utf-8")
    for name, model in FILES.items():
        assert f"`{name}`" in text
        missing = {key for key in known_keys(model=model) if key not in text}
        assert not missing, f"docs/packs.md does not name {sorted(missing)} of {name}"
    for step in Step:
        if step not in (Step.CLOSE, Step.ESCALATE, Step.UNMERGE):  # Time's, or nobody's to tell.
            assert step.value in text
