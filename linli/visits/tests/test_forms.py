"""What an XLSForm may hold, what is refused and where, and answers checked against it."""

import io

import pytest
import xlsxwriter

from linli.core.errors import NotEntitled
from linli.visits import queries, services
from linli.visits.forms import conditions
from linli.visits.forms.definition import check
from linli.visits.forms.xlsform import XlsFormRefused, read
from linli.visits.models import VisitFormVersion
from linli.visits.tests.scenes import wanted
from tests.cast import NOW

HEAD = ["type", "name", "label::中文", "label::English", "required", "relevant", "constraint"]
HEAD += ["constraint_message::中文", "hint::中文"]
SURVEY = [
    HEAD,
    ["note", "hello", "您好", "Hello"],
    ["select_one yes_no", "elder", "家里有老人吗", "Any elder?", "yes"],
    [],
    ["begin_group", "about", "关于老人", "", "", "${elder} = 'yes'"],
    ["integer", "age", "几岁", "Age", "yes", "", ". >= 60 and . < 120", "应在60到120之间"],
    ["select_multiple needs", "needs", "需要什么", "Needs", "", "", "", "", "可多选"],
    ["text", "other", "其他需要", "Other", "yes", "selected(${needs}, 'other')"],
    ["end_group"],
    ["date", "again", "下次何时", "Next"],
    ["decimal", "area", "面积", "Area"],
]
CHOICES = [
    ["list_name", "name", "label::中文", "label::English"],
    ["yes_no", "yes", "有", "Yes"],
    ["yes_no", "no", "没有", "No"],
    ["needs", "meals", "助餐", "Meals"],
    ["needs", "other", "其他", "Other"],
]
SETTINGS = [["form_title"], ["老人走访表"]]


def book(survey=SURVEY, choices=CHOICES, settings=SETTINGS):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    sheet.write(number, place, value)
    return stream.getvalue()


def test_photos_are_asked_for_once_and_answered_by_what_was_sent():
    photo = ["image", "seen", "现场照片", "Photos", "yes"]
    definition = read(book([HEAD, photo]))
    token = "8c9c1d5e-7a43-4ac8-8f0c-3a3f1f4d2b10"
    assert check(definition=definition, given={"seen": [token]}) == ({"seen": [token]}, [])
    assert [one.code for one in check(definition=definition, given={})[1]] == ["MISSING"]
    assert [one.code for one in check(definition=definition, given={"seen": ["x"]})[1]] == [
        "CHOICE"
    ]
    assert refused(photo, ["image", "more", "更多照片"]) == [("survey", 3, "PHOTOS")]


def refused(*rows, choices=CHOICES):
    with pytest.raises(XlsFormRefused) as error:
        read(book([HEAD, *rows], choices))
    return [(one.sheet, one.row, one.code) for one in error.value.faults]


def test_a_workbook_becomes_plain_questions():
    made = read(book())
    assert made["name"] == {"zh": "老人走访表"}
    by_name = {one["name"]: one for one in made["questions"]}
    assert list(by_name) == [
        *("hello", "elder", "group_5", "age", "needs", "other", "again", "area")
    ]
    assert by_name["age"]["relevant"] == ["=", "elder", "yes"]
    assert by_name["other"]["relevant"] == [
        *("and", ["=", "elder", "yes"], ["selected", "needs", "other"])
    ]
    assert by_name["elder"]["choices"][0]["label"] == {"zh": "有", "en": "Yes"}
    assert by_name["needs"]["hint"] == {"zh": "可多选"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["geopoint", "where", "在哪里"], "TYPE"),
        (["begin_repeat", "each", "每个人"], "TYPE"),
        (["geopoint", "here", "位置"], "TYPE"),
        (["text", "1st", "姓名"], "NAME"),
        (["text", "", "姓名"], "NAME"),
        (["text", "name"], "LABEL"),
        (["select_one nowhere", "one", "选"], "LIST"),
        (["select_one yes_no or_other", "one", "选"], "LIST"),
        (["text", "one", "问", "", "sometimes"], "REQUIRED"),
        (["text", "one", "问", "", "", "count(${two}) > 1"], "CONDITION"),
        (["text", "one", "问", "", "", "${later} = 'x'"], "UNKNOWN"),
        (["text", "one", "问", "", "", "", "regex(., '[0-9]')"], "CONDITION"),
        (["end_group"], "GROUP"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_row(row, code):
    assert ("survey", 3, code) in refused(["note", "hello", "您好"], row)


@pytest.mark.parametrize(
    "row",
    [
        ["text", "ill", "患有何种疾病"],
        ["text", "ill", "Notes", "Diagnosis"],
        ["select_one yes_no", "drugs", "是否吸毒人员"],
        ["note", "who", "精神障碍患者"],
        ["begin_group", "who", "社区矫正人员"],
        ["text", "a", "问", *[""] * 5, "写明精神病诊断"],
    ],
)
def test_what_is_never_kept_is_refused_by_its_row(row):
    found = refused(["note", "hello", "您好"], row)
    assert ("survey", 3, "NEVER") in found


def test_choices_and_the_title_are_no_lists_of_persons_either():
    choices = [*CHOICES, ["needs", "drugs", "戒毒帮扶"]]
    assert refused(["text", "a", "问"], choices=choices) == [("choices", 6, "NEVER")]
    settings = [["form_title"], ["精神障碍患者、社区矫正人员登记表"]]
    with pytest.raises(XlsFormRefused) as error:
        read(book(settings=settings))
    assert [(one.sheet, one.row, one.code) for one in error.value.faults] == [
        ("settings", 2, "NEVER")
    ]


def test_a_form_may_say_what_not_to_write_down():
    row = ["text", "help", "需要什么帮助", *[""] * 5, "不写疾病诊断"]
    made = read(book([HEAD, ["note", "hello", "本表不登记疾病和信访情况"], row]))
    assert len(made["questions"]) == 2


def test_everything_is_told_at_once_and_columns_are_not_lost_in_silence():
    head = [*HEAD, "calculation"]
    with pytest.raises(XlsFormRefused) as error:
        read(book([head, ["text", "a", "问", *[""] * 6, "1+1"], ["audio", "b", "录音"]]))
    found = [(one.row, one.code, one.said) for one in error.value.faults]
    assert found == [(2, "COLUMN", "calculation"), (3, "TYPE", "audio")]


def test_names_twice_and_open_groups_are_refused():
    assert refused(["text", "a", "问"], ["text", "a", "又问"]) == [("survey", 3, "TWICE")]
    assert refused(["begin_group", "g", "组"], ["text", "a", "问"]) == [("survey", 3, "GROUP")]
    twice = [*CHOICES, ["yes_no", "yes", "有"]]
    assert refused(["text", "a", "问"], choices=twice) == [("choices", 6, "TWICE")]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not a zip", b"name,type\n"])
def test_what_is_no_workbook_is_said_to_be_none(data):
    with pytest.raises(XlsFormRefused) as error:
        read(data)
    assert [one.code for one in error.value.faults] == ["FILE"]


def test_an_empty_workbook_asks_nothing():
    with pytest.raises(XlsFormRefused) as error:
        read(book([HEAD]))
    assert error.value.faults[0].code == "EMPTY"


def test_only_what_is_relevant_is_asked():
    made = read(book())
    answers, faults = check(definition=made, given={"elder": "no", "age": "x", "other": "y"})
    assert (answers, faults) == ({"elder": "no"}, [])


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, [("elder", "MISSING")]),
        ({"elder": "yes"}, [("age", "MISSING")]),
        ({"elder": "yes", "age": "59"}, [("age", "CONSTRAINT")]),
        ({"elder": "yes", "age": "sixty"}, [("age", "NUMBER")]),
        ({"elder": "yes", "age": "80", "needs": ["other"]}, [("other", "MISSING")]),
        ({"elder": "yes", "age": "80", "needs": ["gold"]}, [("needs", "CHOICE")]),
        ({"elder": "no", "again": "2026-02-30"}, [("again", "DATE")]),
        ({"elder": "no", "area": "NaN"}, [("area", "NUMBER")]),
        ({"elder": "maybe"}, [("elder", "CHOICE")]),
    ],
)
def test_answers_that_do_not_fit_say_why(given, wrong):
    _answers, faults = check(definition=read(book()), given=given)
    assert [(one.question, one.code) for one in faults] == wrong


def test_answers_come_out_in_one_shape():
    given = {"elder": "yes", "age": " 80 ", "needs": ["meals"], "area": "89.5", "x": "y"}
    answers, faults = check(definition=read(book()), given=given)
    assert faults == []
    assert answers == {"elder": "yes", "age": 80, "needs": ["meals"], "area": "89.5"}


def test_and_binds_closer_than_or():
    parsed = conditions.parse("${a} = 'x' or ${b} > 1 and ${c} != \"y\"")
    assert parsed == ["or", ["=", "a", "x"], ["and", [">", "b", "1"], ["!=", "c", "y"]]]


@pytest.mark.parametrize("text", ["${a}", "a = 1", "(${a} = 1)", "${a} = ${b}", "${a} = 1 and"])
def test_more_than_simple_comparisons_is_not_understood(text):
    with pytest.raises(conditions.NotUnderstood):
        conditions.parse(text)


# --- Versions -----------------------------------------------------------------------------------


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


def publish(cast, actor, survey=SURVEY):
    return services.publish_workbook(
        community_id=cast.community.pk, name="", data=book(survey), actor=actor, at=NOW
    )


def test_a_new_wording_is_a_new_version_and_the_old_one_stays(cast, desk):
    first = publish(cast, desk)
    kept = dict(first.definition)
    campaign = services.create_campaign(
        community_id=cast.community.pk,
        wanted=wanted(cast, form_version_id=first.pk),
        actor=desk,
        at=NOW,
    )
    second = publish(cast, desk, [*SURVEY, ["text", "more", "还有"]])
    again = publish(cast, desk)
    assert (first.number, second.number, again.pk) == (1, 2, first.pk)
    campaign.refresh_from_db()
    assert campaign.form_version == first
    assert VisitFormVersion.objects.get(pk=first.pk).definition == kept
    assert [one.pk for one in queries.forms_of(community_id=cast.community.pk)] == [second.pk]


def test_a_refused_workbook_publishes_nothing(cast, desk):
    with pytest.raises(services.WorkbookRefused) as error:
        publish(cast, desk, [HEAD, ["audio", "b", "录音"]])
    assert [(one.sheet, one.row, one.code) for one in error.value.rows] == [("survey", 2, "TYPE")]
    assert not VisitFormVersion.objects.exists()


@pytest.mark.parametrize("who", ["li", "xu", "gu", "outsider"])
def test_only_the_office_publishes(cast, who):
    with pytest.raises(NotEntitled):
        publish(cast, cast.actor(cast.accounts[who]))
