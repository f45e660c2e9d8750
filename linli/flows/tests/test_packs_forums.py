"""forums.yaml: brought in once, changed as a new version, and its faults named with their line."""

import shutil
from pathlib import Path

import pytest

from linli.deliberation import queries
from linli.deliberation.models import Forum
from linli.deliberation.workflow import FIVE_STEPS, Condition, rhythm_read
from linli.flows.packs.check import check_pack
from linli.flows.packs.load import load_pack
from linli.flows.tests.test_packs_load import FUDONG
from tests.cast import NOW

FORUMS = Path("forums.yaml")


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the demonstration without its story, and without what was talked over."""
    copy = tmp_path / "fudong"
    shutil.copytree(FUDONG, copy)
    (copy / "story.yaml").unlink()
    (copy / "deliberation.yaml").unlink()
    return copy


def rewrite(folder, old, new):
    file = folder / FORUMS
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.django_db
def test_a_forum_comes_in_with_parties_fields_rules_and_steps(folder):
    load_pack(path=folder, at=NOW)
    forum = Forum.objects.get(code="fudong-hall")
    assert [one.duty for one in queries.parties_of(forum=forum)][:3] == [
        "指导员",
        "信息员",
        "服务方",
    ]
    assert [one.name for one in queries.fields_of(forum=forum)] == [
        "设施维护",
        "环境美化",
        "治安管理",
    ]
    rules = queries.ground_rules_of(forum=forum)
    assert (rules.number, len(rules.rules)) == (1, 6)
    assert queries.steps_of(procedure=queries.procedure_of(forum=forum)) == FIVE_STEPS
    rhythm = rhythm_read(forum.rhythm)
    assert (rhythm.nth, rhythm.weekday) == (1, 4)


@pytest.mark.django_db
def test_loaded_again_nothing_doubles_and_changes_are_new_versions(folder):
    load_pack(path=folder, at=NOW)
    again = load_pack(path=folder, at=NOW)
    assert again.counts["forum"]["unchanged"] == 1
    rewrite(folder, "对事不对人，不打断别人。", "对事不对人。")
    rewrite(
        folder,
        "    rules:",
        "    steps:\n"
        "      - {name: 收集, state: GATHERING}\n"
        "      - {name: 商量, state: DELIBERATING, conditions: {OPINIONS: 3}}\n"
        "      - {name: 公布, state: PUBLISHED, conditions: {RESULT: 0}}\n"
        "    rules:",
    )
    load_pack(path=folder, at=NOW)
    forum = Forum.objects.get(code="fudong-hall")
    assert queries.ground_rules_of(forum=forum).number == 2
    steps = queries.steps_of(procedure=queries.procedure_of(forum=forum))
    assert [one.name for one in steps] == ["收集", "商量", "公布"]
    assert steps[1].conditions == ((Condition.OPINIONS, 3),)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("organisation: hengju", "organisation: nobody", 12, "nobody"),
        ("people: [su.minglan]", "people: [su]", 10, "su"),
        ("nth: 1,", "nth: 0,", 6, "nth"),
        ("治安管理]", "设施维护]", 14, "设施维护"),
        ("weekday: 5", "weekday: 8", 6, ""),
        ("    rules:", "    steps: [{name: 议, state: GATHERING}]\n    rules:", 15, ""),
    ],
)
def test_what_leads_nowhere_is_named_with_its_line(folder, old, new, line, words):
    rewrite(folder, old, new)
    checked = check_pack(path=folder, at=NOW)
    assert checked.pack is None
    found = [fault for fault in checked.faults if fault.file == "forums.yaml"]
    assert [fault.line for fault in found] == [line]
    assert words in found[0].text
