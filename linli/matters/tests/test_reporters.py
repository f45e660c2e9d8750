"""Those who asked: opened for a reason, told, nudging, forgotten on request, never on the board."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.core import attachments
from linli.core.actor import NOBODY, Actor
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.core.ref import Ref
from linli.matters import queries, services
from linli.matters.models import Matter, Reporter
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import LATER, Stage, a_report, reported, stage_at
from linli.matters.workflow import Channel, State
from linli.territory.models import Community
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def _open(stage: Stage, who: str, reason: str = "约上门时间") -> services.Contact:
    return services.open_contact(
        matter_id=stage.id,
        reporter_id=stage.report.reporter.pk,
        actor=stage.cast.actor(getattr(stage.cast, who)),
        at=NOW,
        reason=reason,
    )


def test_a_number_is_opened_for_a_reason_that_is_logged(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    assert _open(stage, "chen").phone == "13812348000"
    event = Event.objects.get(name="matters.contact_opened")
    assert event.actor == cast.actor(cast.chen).key
    assert event.facts["reason"] == "约上门时间"
    with pytest.raises(services.TextMissing):
        _open(stage, "zhou_min", reason=" ")
    with pytest.raises(NotFound):
        _open(stage, "outsider")
    assert Event.objects.filter(name="matters.contact_opened").count() == 1


def test_who_is_complained_of_never_learns_who_complained(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN, complained_of_id=cast.property_company.pk)
    for who in ("chen", "qian"):
        actor = cast.actor(getattr(cast, who))
        assert not services.may_know_reporters(matter=stage.matter, actor=actor)
        with pytest.raises(NotFound):
            _open(stage, who)
    assert _open(stage, "zhou_min").name == "张三"


def test_told_by_phone_by_whom_and_when_counts_as_told(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    told = services.tell(
        matter_id=stage.id,
        reporter_id=stage.report.reporter.pk,
        actor=cast.actor(cast.zhou_min),
        at=LATER,
        means="PHONE",
        text="已告知三天内修好",
    )
    assert (told.told_by, told.told_at, told.means) == (cast.zhou_min, LATER, "PHONE")


def test_one_nudge_a_day_is_enough(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    resident = queries.actor_of_reporter(reporter=stage.report.reporter)
    services.nudge(matter_id=stage.id, actor=resident, at=NOW)
    with pytest.raises(services.NudgedToday):
        services.nudge(matter_id=stage.id, actor=resident, at=NOW + timedelta(hours=23))
    services.nudge(matter_id=stage.id, actor=resident, at=NOW + timedelta(hours=24))
    assert Event.objects.filter(name="matters.nudged").count() == 2


def test_erasure_forgets_the_person_and_leaves_the_record_whole(cast: Cast) -> None:
    stage = Stage(cast, text="路灯坏了，请打13812348000联系我")
    reporter = stage.report.reporter
    events = list(Event.objects.values())
    services.erase_reporter(
        matter_id=stage.id,
        reporter_id=reporter.pk,
        actor=queries.actor_of_reporter(reporter=reporter),
        at=LATER,
    )
    row = Reporter.objects.get(pk=reporter.pk)
    assert (bytes(row.name_sealed), bytes(row.phone_sealed), row.phone_digest) == (b"", b"", "")
    assert services.masked_contact(reporter=row).is_erased
    assert "13812348000" not in stage.matter.text
    assert "路灯坏了" in stage.matter.text
    assert list(Event.objects.values())[: len(events)] == events
    assert queries.reporter_by_code(code=stage.report.tracking_code, at=LATER) == reporter


def test_only_the_person_or_the_secretary_may_erase(cast: Cast) -> None:
    stage = Stage(cast)
    given = {"matter_id": stage.id, "reporter_id": stage.report.reporter.pk, "at": NOW}
    for who in (cast.zhou_min, cast.xu, cast.gu):
        with pytest.raises(NotEntitled):
            services.erase_reporter(actor=cast.actor(who), **given)
    services.erase_reporter(actor=cast.actor(cast.shen), **given)


def test_no_event_carries_personal_data(cast: Cast) -> None:
    stage = Stage(cast, reporter=ReporterInput(name="欧阳小红", phone="13812348000"))
    for step in ("accept", "dispatch", "take", "resolve", "verify"):
        getattr(stage, step)()
    stage.rate(solved=False, satisfaction="DISSATISFIED")
    facts = json.dumps(list(Event.objects.values_list("facts", flat=True)), ensure_ascii=False)
    for secret in ("欧阳小红", "13812348000", stage.matter.text, stage.report.tracking_code):
        assert secret not in facts


@pytest.fixture
def board(cast: Cast) -> Cast:
    Community.objects.filter(area=cast.community).update(public_board=True)
    return cast


def _publish(stage: Stage, summary: str) -> Matter:
    actor = stage.cast.actor(stage.cast.zhou_min)
    return services.publish(matter_id=stage.id, actor=actor, at=NOW, summary=summary)


def test_the_board_is_off_until_a_community_turns_it_on(cast: Cast) -> None:
    with pytest.raises(services.BoardIsOff):
        _publish(Stage(cast), "翠园3幢门口路灯已修复")


@pytest.mark.parametrize("summary", ["3幢502室路灯", "联系13812348000", "电话025-83210000"])
def test_a_summary_names_nobody_and_no_room(board: Cast, summary: str) -> None:
    stage = Stage(board)
    with pytest.raises(services.SummaryNamesSomebody):
        _publish(stage, summary)
    assert stage.matter.published_at is None


def test_what_staff_wrote_is_shown_until_it_is_taken_down(board: Cast) -> None:
    stage = Stage(board)
    _publish(stage, "翠园3幢门口路灯已修复")
    assert queries.published_matters(community_id=board.community.pk).get() == stage.matter
    _publish(stage, "")
    assert not queries.published_matters(community_id=board.community.pk).exists()


def test_a_restricted_matter_is_never_public(board: Cast) -> None:
    stage = Stage(board, category_id=board.referral.pk)
    with pytest.raises(services.BoardIsOff):
        services.publish(
            matter_id=stage.id, actor=board.actor(board.shen), at=NOW, summary="已转介"
        )


def test_a_mediation_is_recorded_for_a_dispute_only(cast: Cast) -> None:
    noise = Stage(cast, category_id=cast.dispute.pk, text="楼上半夜跳绳太吵")
    given = {
        "actor": cast.actor(cast.xu),
        "at": LATER,
        "held_at": NOW,
        "text": "双方到居委会面谈",
        "agreement": "晚十点后不再跳绳",
        "outcome": "AGREED",
    }
    record = services.record_mediation(matter_id=noise.id, **given)
    assert (record.mediator, record.outcome) == (cast.xu, "AGREED")
    with pytest.raises(services.NoDispute):
        services.record_mediation(matter_id=Stage(cast).id, **given)


def test_a_photo_of_the_result_is_asked_only_where_the_category_demands_one(cast: Cast) -> None:
    wall = Stage(cast, category_id=cast.hazard.pk, text="外墙砖松了")
    for step in ("accept", "dispatch", "take"):
        getattr(wall, step)()
    with pytest.raises(services.PhotoMissing):
        wall.resolve()
    assert wall.matter.state == State.TAKEN
    assert stage_at(cast, State.RESOLVED).matter.state == State.RESOLVED


def test_an_answered_question_needs_no_inspection(cast: Cast) -> None:
    asked = reported(cast, category_id=cast.question.pk, text="高龄津贴怎么办？")
    services.settle(
        matter_id=asked.matter.pk,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
        note="满80周岁，带身份证到窗口办理",
    )
    assert Matter.objects.get(pk=asked.matter.pk).state == State.VERIFIED


def test_first_unit_keeps_it_until_another_takes_it(cast: Cast) -> None:
    stage = stage_at(cast, State.RETURNED)
    first = stage.matter.order
    desk = cast.actor(cast.zhou_min)
    services.dispatch(
        matter_id=stage.id, actor=desk, at=LATER, organisation_id=cast.power_company.pk
    )
    first.refresh_from_db()
    assert first.state == "RETURNED"
    services.take(matter_id=stage.id, actor=cast.actor(cast.ma), at=LATER)
    first.refresh_from_db()
    assert (first.state, first.ended_at) == ("RELEASED", LATER)


def test_an_order_goes_to_nobody_outside_the_community(cast: Cast) -> None:
    stage = stage_at(cast, State.ACCEPTED)
    given = {"matter_id": stage.id, "actor": cast.actor(cast.zhou_min), "at": NOW}
    for wrong in (
        {"organisation_id": cast.outside_company.pk},
        {"account_id": cast.outsider.pk},
        {"account_id": cast.nobody_yet.pk},
        {},
        {"organisation_id": cast.property_company.pk, "account_id": cast.xu.pk},
    ):
        with pytest.raises(services.HandlerUnknown):
            services.dispatch(**given, **wrong)
    assert stage.matter.state == State.ACCEPTED


# --- Photos of whoever asked to be forgotten -----------------------------------------------------


def _photo(actor: Actor = NOBODY, purpose: str = "REPORT") -> UUID:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "JPEG")
    upload = SimpleUploadedFile("a.jpg", out.getvalue())
    return attachments.store_photo(upload=upload, purpose=purpose, actor=actor, at=NOW).token


def _photos_left(stage: Stage) -> set[UUID]:
    found = attachments.attachments_of(subject=Ref(queries.SUBJECT, stage.id))
    return {one.token for one in found}


def _forget(stage: Stage) -> None:
    reporter = stage.report.reporter
    services.erase_reporter(
        matter_id=stage.id,
        reporter_id=reporter.pk,
        actor=queries.actor_of_reporter(reporter=reporter),
        at=LATER,
    )


def test_own_photos_go_when_it_is_over_and_those_of_the_result_stay(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    stage = Stage(cast, attachments=[_photo()])
    (own,) = attachments.attachments_of(subject=Ref(queries.SUBJECT, stage.id))
    stage.accept()
    stage.dispatch()
    stage.take()
    result = _photo(cast.actor(cast.chen), "RESULT")
    stage._do(services.resolve, "chen", note="已换", attachments=[result])
    stage.verify()
    stage.rate()
    with django_capture_on_commit_callbacks(execute=True):
        _forget(stage)
    assert _photos_left(stage) == {result}
    assert not own.file.storage.exists(own.file.name)
    event = Event.objects.get(name="matters.photos_erased")
    assert event.facts == {"reporter_id": stage.report.reporter.pk, "photos": 1}


def test_whoever_puts_it_right_sees_the_photo_until_it_is_over(cast: Cast) -> None:
    stage = Stage(cast, attachments=[_photo()])
    stage.accept()
    _forget(stage)
    assert len(_photos_left(stage)) == 1
    assert services.erase_photos_due(matter_id=stage.id, at=LATER) == 0
    stage._do(services.decline, "zhou_min", reason="不归社区")
    assert services.erase_photos_due(matter_id=stage.id, at=LATER) == 1
    assert not _photos_left(stage)


def test_photos_that_are_evidence_about_others_stay(cast: Cast) -> None:
    stage = Stage(cast, attachments=[_photo()], category_id=cast.dispute.pk)
    stage.decline()
    _forget(stage)
    assert len(_photos_left(stage)) == 1


def test_photos_of_staff_on_their_round_stay(cast: Cast) -> None:
    xu = cast.actor(cast.xu)
    report = a_report(
        cast, channel=Channel.FIELD, reporter=ReporterInput(), attachments=[_photo(xu)]
    )
    made = services.report(report=report, actor=xu, at=NOW)
    given = {"matter_id": made.matter.pk, "at": NOW}
    services.decline(actor=cast.actor(cast.zhou_min), reason="不归社区", **given)
    services.erase_reporter(actor=xu, reporter_id=made.reporter.pk, **given)
    found = attachments.attachments_of(subject=Ref(queries.SUBJECT, made.matter.pk))
    assert len(found) == 1


def test_what_somebody_brought_in_is_paged_newest_first_and_only_what_they_see(cast: Cast) -> None:
    mine = [reported(cast).matter.pk for _ in range(3)]
    closed, hidden = stage_at(cast, State.CLOSED).id, reported(cast).matter.pk
    reported(cast)  # Somebody else's, in the same grid.
    own = Reporter.objects.filter(matter_id__in=[*mine, closed, hidden])
    own.update(account=cast.xu)
    Matter.objects.filter(pk=hidden).update(is_restricted=True)
    actor = cast.actor(cast.xu)
    first = queries.page_of_reported(actor=actor, size=3)
    assert [one.pk for one in first.matters] == [closed, *reversed(mine[1:])]
    second = queries.page_of_reported(actor=actor, size=3, after=first.next_after or "")
    assert [one.pk for one in second.matters] == [mine[0]]
    assert second.next_after is None
    still = queries.page_of_reported(actor=actor, states={State.REPORTED})
    assert [one.pk for one in still.matters] == list(reversed(mine))
    assert queries.page_of_reported(actor=cast.actor(cast.li)).matters == []
    assert queries.page_of_reported(actor=NOBODY).matters == []
