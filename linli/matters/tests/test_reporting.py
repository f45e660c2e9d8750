"""What comes in, and what is refused without losing anything."""

import uuid

import pytest

from linli.core import crypto
from linli.core.actor import NOBODY, system
from linli.matters import queries, reference, services
from linli.matters.models import Matter, Reporter
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import LATER, a_report, reported
from linli.matters.workflow import Channel, Kind
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def test_a_matter_keeps_every_place_it_was_reported_in(cast: Cast) -> None:
    matter = reported(cast, location=locate(entrance_id=cast.entrance.pk)).matter
    assert (matter.entrance, matter.building, matter.estate) == (
        cast.entrance,
        cast.building,
        cast.estate,
    )
    assert (matter.micro_grid, matter.grid, matter.community) == (
        cast.micro_grid,
        cast.grid,
        cast.community,
    )
    assert (matter.subdistrict, matter.district, matter.city) == (
        cast.subdistrict,
        cast.district,
        cast.city,
    )


def test_the_same_form_sent_twice_is_one_matter_with_one_code(cast: Cast) -> None:
    form = a_report(cast)
    first = services.report(report=form, actor=NOBODY, at=NOW)
    again = services.report(report=form, actor=NOBODY, at=LATER)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.matter == again.matter
    assert first.tracking_code == again.tracking_code


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", services.TextMissing),
        ("   \n\t ", services.TextMissing),
        ("😡😡😡", services.TextMissing),
        ("……！！", services.TextMissing),
        ("灯" * 10_000, services.TextTooLong),
    ],
)
def test_a_text_that_says_nothing_or_too_much_is_refused(
    cast: Cast, text: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as refused:
        reported(cast, text=text)
    assert refused.value.field == "text"
    assert not Matter.objects.exists()


def test_punctuation_and_emoji_stay_as_they_were_written(cast: Cast) -> None:
    matter = reported(cast, text="路灯坏了！！\r\n\r\n\r\n\r\n晚上好黑😡，请修。").matter
    assert matter.text == "路灯坏了！！\n\n晚上好黑😡，请修。"
    assert matter.title == "路灯坏了"


@pytest.mark.parametrize("phone", ["12345678901", "电话", "138123", "1381234800x"])
def test_a_phone_that_is_none_is_refused(cast: Cast, phone: str) -> None:
    with pytest.raises(services.PhoneInvalid) as refused:
        reported(cast, reporter=ReporterInput(phone=phone))
    assert phone in str(refused.value)


def test_names_and_phones_never_lie_open_in_the_tables(cast: Cast) -> None:
    report = reported(cast, reporter=ReporterInput(name="欧阳小红", phone="+86 138-1234-8000"))
    row = Reporter.objects.values().get(pk=report.reporter.pk)
    stored = b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for value in row.values()
    )
    for secret in ("欧阳小红", "13812348000", report.tracking_code):
        assert secret.encode() not in stored
    contact = services.masked_contact(reporter=report.reporter)
    assert (contact.name, contact.phone) == ("欧***", "138****8000")


def test_a_ciphertext_moved_to_another_person_is_refused(cast: Cast) -> None:
    one, other = reported(cast).reporter, reported(cast).reporter
    Reporter.objects.filter(pk=other.pk).update(phone_sealed=one.phone_sealed)
    other.refresh_from_db()
    with pytest.raises(crypto.SealBroken):
        services.masked_contact(reporter=other)


@pytest.mark.parametrize(
    "text",
    ["隔壁天天打老婆，今天又动手了", "邻居把孩子锁在阳台上打", "楼上有人要跳楼"],
)
def test_violence_harm_to_a_child_and_suicide_are_restricted_whatever_the_category(
    cast: Cast, text: str
) -> None:
    matter = reported(cast, text=text).matter
    assert (matter.kind, matter.is_restricted) == (Kind.EMERGENCY, True)
    for account in (cast.zhou_min, cast.xu, cast.gu, cast.chen):
        assert not queries.visible_to(actor=cast.actor(account)).filter(pk=matter.pk).exists()
    for account in (cast.shen, cast.fang):
        assert queries.visible_to(actor=cast.actor(account)).filter(pk=matter.pk).exists()
    near = queries.suggest_duplicates(
        spot=queries.Spot(community_id=cast.community.pk, building_id=cast.building.pk),
        text=text,
        at=LATER,
    )
    assert near == []


def test_a_category_of_another_community_or_out_of_use_is_refused(cast: Cast) -> None:
    with pytest.raises(services.CategoryUnknown):
        reported(cast, category_id=cast.elsewhere_category.pk)
    reference.end_category(
        community_id=cast.community.pk, code=cast.lamp.code, actor=system(name="pack"), at=NOW
    )
    with pytest.raises(services.CategoryUnknown):
        reported(cast)


def test_what_was_told_by_phone_is_entered_for_the_caller(cast: Cast) -> None:
    entered = services.report(
        report=a_report(cast, channel=Channel.PHONE),
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    assert entered.reporter.entered_by == cast.zhou_min
    assert entered.reporter.account is None
    reporter = queries.reporter_by_code(code=entered.tracking_code.lower(), at=NOW)
    assert reporter == entered.reporter


def test_advice_given_on_patrol_stands_on_the_thread(cast: Cast) -> None:
    found = services.report(
        report=a_report(
            cast,
            channel=Channel.FIELD,
            text="绿化带上晾着被子",
            category_id=cast.disorder.pk,
            advice="已当面劝导，婆婆答应收走",
        ),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    assert found.matter.notes.get().kind == "ADVICE"
    assert found.reporter.account == cast.xu


def test_a_code_that_is_wrong_or_long_over_opens_nothing(cast: Cast) -> None:
    for code in ("", "XXXX", "0000000000", "’; drop table", "😀" * 10, "1" * 5000):
        with pytest.raises(queries.UnknownCode):
            queries.reporter_by_code(code=code, at=NOW)


def test_categories_are_suggested_by_the_words(cast: Cast) -> None:
    best = queries.suggest_categories(community_id=cast.community.pk, text="门口路灯不亮了")[0]
    assert int(best.key) == cast.lamp.pk
    assert best.because == ("路灯不亮",)


def test_every_report_has_a_trace_and_a_submission_of_its_own(cast: Cast) -> None:
    one, other = reported(cast).matter, reported(cast).matter
    assert one.trace != other.trace
    assert isinstance(one.submission_key, uuid.UUID)
