"""Every step through its one address: done, refused, and nothing typed is lost."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.core.codes import show_tracking_code
from linli.core.models import Attachment, Event
from linli.matters import services
from linli.matters.models import Matter, Rating, Told
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import Stage, a_report, reported, stage_at
from linli.matters.workflow import Channel, State, Step
from linli.territory.models import Community
from linli.web.steps import PAGES
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LATER_DAY = (NOW + timedelta(days=3)).date().isoformat()


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "green").save(out, "JPEG")
    return SimpleUploadedFile("after.jpg", out.getvalue(), content_type="image/jpeg")


class Taken:
    """A step: where it starts, who takes it, what is sent, and where it leads."""

    def __init__(self, step, state, who, sent=None, leads_to=None):
        self.step, self.state, self.who = step, state, who
        self.sent = sent or (lambda cast, stage: {})
        self.leads_to = leads_to

    def __repr__(self):
        return str(self.step)


def reporter(cast, stage):
    return {"reporter_id": stage.report.reporter.pk}


STEPS = [
    Taken("accept", State.REPORTED, "zhou_min", lambda c, s: {"title": "路灯不亮"}, State.ACCEPTED),
    Taken(
        "accept_and_dispatch",
        State.REPORTED,
        "zhou_min",
        lambda c, s: {"title": "路灯", "handler": f"o{c.property_company.pk}", "note": "请今天去"},
        State.DISPATCHED,
    ),
    Taken(
        "decline", State.REPORTED, "zhou_min", lambda c, s: {"reason": "不归社区"}, State.DECLINED
    ),
    Taken(
        "dispatch",
        State.ACCEPTED,
        "zhou_min",
        lambda c, s: {"handler": f"a{c.xu.pk}"},
        State.DISPATCHED,
    ),
    Taken("recall", State.DISPATCHED, "zhou_min", lambda c, s: {"reason": "派错"}, State.ACCEPTED),
    Taken("take", State.DISPATCHED, "chen", None, State.TAKEN),
    Taken("object", State.DISPATCHED, "chen", lambda c, s: {"reason": "不归我"}, State.OBJECTED),
    Taken("uphold", State.OBJECTED, "zhou_ning", lambda c, s: {"judgement": "对"}, State.ACCEPTED),
    Taken(
        "overrule",
        State.OBJECTED,
        "zhou_ning",
        lambda c, s: {"judgement": "合同内"},
        State.DISPATCHED,
    ),
    Taken(
        "return",
        State.TAKEN,
        "chen",
        lambda c, s: {"reason_id": c.private_part.pk, "note": "户内线路"},
        State.RETURNED,
    ),
    Taken(
        "refuse_return", State.RETURNED, "zhou_min", lambda c, s: {"reason": "你办"}, State.TAKEN
    ),
    Taken("settle", State.REPORTED, "xu", lambda c, s: {"note": "当场拧紧"}, State.RESOLVED),
    Taken(
        "ask_time",
        State.TAKEN,
        "chen",
        lambda c, s: {"kind": "EXTENSION", "amount": "2", "reason": "缺件"},
    ),
    Taken("extend", State.TAKEN, "zhou_min", lambda c, s: {"amount": "2", "reason": "缺件"}),
    Taken(
        "pause",
        State.TAKEN,
        "zhou_min",
        lambda c, s: {"until": LATER_DAY, "reason": "等件"},
        State.PAUSED,
    ),
    Taken("resume", State.PAUSED, "zhou_min", None, State.TAKEN),
    Taken("resolve", State.TAKEN, "chen", lambda c, s: {"note": "已换灯泡"}, State.RESOLVED),
    Taken("verify", State.RESOLVED, "xu", lambda c, s: {"note": "亮了"}, State.VERIFIED),
    Taken("rework", State.RESOLVED, "xu", lambda c, s: {"reason": "没亮"}, State.REWORK),
    Taken(
        "rate",
        State.VERIFIED,
        "zhou_min",
        lambda c, s: {**reporter(c, s), "solved": "yes", "satisfaction": "SATISFIED"},
        State.CLOSED,
    ),
    Taken("withdraw", State.REPORTED, "zhou_min", reporter, State.WITHDRAWN),
    Taken("unmerge", State.MERGED, "zhou_min", None, State.REPORTED),
    Taken(
        "recategorise",
        State.REPORTED,
        "zhou_min",
        lambda c, s: {"condition_id": c.disorder.conditions.get().pk},
    ),
    Taken("escalate", State.REPORTED, "xu", lambda c, s: {"reason": "网格办不了"}),
    Taken("nudge", State.TAKEN, "zhou_min", None),
    Taken("supervise", State.TAKEN, "gu", lambda c, s: {"note": "请抓紧"}),
    Taken("note", State.TAKEN, "chen", lambda c, s: {"text": "已到现场", "for_reporter": "on"}),
    Taken("tell", State.TAKEN, "zhou_min", lambda c, s: {**reporter(c, s), "means": "PHONE"}),
    Taken("publish", State.CLOSED, "zhou_min", lambda c, s: {"summary": ""}),
    Taken("open_contact", State.TAKEN, "chen", lambda c, s: {**reporter(c, s), "reason": "约时间"}),
    Taken("erase", State.CLOSED, "shen", lambda c, s: {**reporter(c, s), "sure": "on"}),
]


def address(stage: Stage, step: str) -> str:
    return f"/matters/{stage.id}/{step}/"


def send(signed_in, stage, who, step, **sent):
    return signed_in(getattr(stage.cast, who)).post(address(stage, step), sent)


@pytest.mark.parametrize("taken", STEPS, ids=repr)
def test_whoever_may_take_a_step_does_and_comes_back_to_where_they_were(taken, cast, signed_in):
    stage = stage_at(cast, taken.state)
    sent = taken.sent(cast, stage)
    here = f"/desk/{stage.id}/?view=todo"
    asked = signed_in(getattr(cast, taken.who)).get(address(stage, taken.step), {"next": here})
    assert asked.status_code == 200
    before = Event.objects.count()

    answer = send(signed_in, stage, taken.who, taken.step, next=here, **sent)

    if taken.step == "open_contact":
        assert answer.status_code == 200
        assert "13812348000" in answer.content.decode()
    else:
        assert answer.status_code == 302, answer.content.decode()
        assert answer["Location"] == here
    assert Event.objects.count() > before
    if taken.leads_to is not None:
        assert stage.matter.state == taken.leads_to


@pytest.mark.parametrize("taken", STEPS, ids=repr)
def test_an_outsider_finds_no_step_and_changes_nothing(taken, cast, signed_in):
    stage = stage_at(cast, taken.state)
    before = Event.objects.count()
    browser = signed_in(cast.outsider)
    assert browser.get(address(stage, taken.step)).status_code == 404
    answer = browser.post(address(stage, taken.step), taken.sent(cast, stage))
    assert answer.status_code == 404
    assert Event.objects.count() == before


def test_every_step_of_the_workflow_has_its_page_but_closing():
    assert set(Step) - set(PAGES) == {Step.CLOSE}


def test_merging_names_the_other_by_number_and_leads_back(cast, signed_in):
    stage, other = Stage(cast), reported(cast).matter
    answer = send(signed_in, stage, "zhou_min", "merge", into=f"2026-{other.pk}")
    assert answer.status_code == 302
    assert stage.matter.merged_into_id == other.pk


def test_a_mediation_is_recorded_for_a_dispute(cast, signed_in):
    stage = Stage(cast, category_id=cast.dispute.pk, text="楼上半夜拖椅子太吵")
    sent = {
        "held_at": "2026-03-04T09:00",
        "place": "居委会调解室",
        "parties_count": "2",
        "text": "双方到场",
        "agreement": "十点后不拖椅子",
        "outcome": "AGREED",
    }
    assert send(signed_in, stage, "zhou_min", "mediate", **sent).status_code == 302
    assert stage.matter.mediations.get().agreement == "十点后不拖椅子"


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "state", "who", "sent", "kept"),
    [
        ("decline", State.REPORTED, "zhou_min", {"reason": "  。。 "}, "  。。 "),
        ("recall", State.DISPATCHED, "zhou_min", {"reason": ""}, None),
        ("object", State.DISPATCHED, "chen", {"reason": "长" * 401}, "长" * 401),
        ("return", State.TAKEN, "chen", {"note": "业主自己改过线路"}, "业主自己改过线路"),
        ("resolve", State.TAKEN, "chen", {"note": "😀"}, "😀"),
        ("extend", State.TAKEN, "zhou_min", {"amount": "1000", "reason": "缺件"}, "缺件"),
        ("pause", State.TAKEN, "zhou_min", {"until": "2020-01-01", "reason": "等件"}, "等件"),
        ("ask_time", State.TAKEN, "chen", {"kind": "PAUSE", "reason": "等件啊"}, "等件啊"),
        ("dispatch", State.ACCEPTED, "zhou_min", {"handler": "o0", "note": "快去"}, "快去"),
        ("merge", State.REPORTED, "zhou_min", {"into": "2026-999999"}, None),
        ("merge", State.REPORTED, "zhou_min", {"into": "路灯"}, "路灯"),
        (
            "publish",
            State.CLOSED,
            "zhou_min",
            {"summary": "张三 13812348000 家门口路灯已修好"},
            "张三 13812348000 家门口路灯已修好",
        ),
        ("rate", State.VERIFIED, "zhou_min", {"solved": "yes", "comment": "亮堂多了"}, "亮堂多了"),
        ("open_contact", State.TAKEN, "zhou_min", {"reason": ""}, None),
        ("erase", State.CLOSED, "shen", {}, None),
    ],
)
def test_a_refusal_stands_beside_the_field_and_keeps_what_was_typed(
    step, state, who, sent, kept, cast, signed_in
):
    stage = stage_at(cast, state)
    Community.objects.update(public_board=True)
    if "reporter_id" in PAGES[step].form.base_fields:
        sent = {"reporter_id": stage.report.reporter.pk} | sent
    answer = send(signed_in, stage, who, step, **sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert stage.matter.state == state
    assert "field-error" in page
    if kept is not None:
        assert kept in page


def test_a_photo_that_the_category_demands_is_asked_for_and_a_good_one_is_kept(cast, signed_in):
    stage = Stage(cast, category_id=cast.hazard.pk, text="3幢外墙瓷砖要掉")
    for step in ("accept", "dispatch", "take"):
        getattr(stage, step)()
    browser = signed_in(cast.chen)
    missing = browser.post(address(stage, "resolve"), {"note": "已拆除"})
    assert missing.status_code == 422
    assert "photos-error" in missing.content.decode()

    refused = browser.post(address(stage, "resolve"), {"note": "", "photos": picture()})
    assert refused.status_code == 422
    photo = Attachment.objects.get()
    assert str(photo.token) in refused.content.decode()

    done = browser.post(
        address(stage, "resolve"), {"note": "已拆", "photo_token": str(photo.token)}
    )
    assert done.status_code == 302
    assert stage.matter.state == State.RESOLVED
    photo.refresh_from_db()
    assert photo.subject_id == stage.id


def test_a_script_called_photo_is_refused_and_the_words_stay(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    script = SimpleUploadedFile("x.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    answer = send(signed_in, stage, "chen", "resolve", note="已换好灯泡", photos=script)
    assert answer.status_code == 422
    assert "已换好灯泡" in answer.content.decode()
    assert stage.matter.state == State.TAKEN


def test_who_is_too_late_reads_who_was_faster_and_gets_the_words_back(cast, signed_in):
    stage = stage_at(cast, State.REPORTED)
    stage.decline()
    answer = send(signed_in, stage, "zhou_ning", "decline", reason="属于产权人自己的事")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "周敏" in page
    assert "属于产权人自己的事" in page
    assert "不予受理" in page


def test_a_fragment_is_answered_by_a_fragment(cast, signed_in):
    stage = stage_at(cast, State.REPORTED)
    browser = signed_in(cast.zhou_min, headers={"HX-Request": "true"})
    form = browser.get(address(stage, "decline"))
    assert form.content.decode().lstrip().startswith("<section")
    refused = browser.post(address(stage, "decline"), {"reason": ""})
    assert refused.status_code == 422
    assert "<html" not in refused.content.decode()
    done = browser.post(address(stage, "decline"), {"reason": "不归社区", "next": "/desk/"})
    assert done["HX-Redirect"] == "/desk/"


def test_a_handler_sees_the_matter_but_not_the_steps_of_the_desk(cast, signed_in):
    stage = stage_at(cast, State.DISPATCHED)
    assert send(signed_in, stage, "chen", "recall", reason="不想办").status_code == 403
    assert stage.matter.state == State.DISPATCHED


def test_a_handler_neither_verifies_nor_records_a_rating(cast, signed_in):
    stage = stage_at(cast, State.RESOLVED)
    assert send(signed_in, stage, "chen", "verify").status_code == 403
    stage.verify()
    sent = {**reporter(cast, stage), "solved": "yes", "satisfaction": "SATISFIED"}
    assert send(signed_in, stage, "chen", "rate", **sent).status_code == 403
    assert not Rating.objects.exists()


def test_nobody_is_sent_to_another_site(cast, signed_in):
    stage = stage_at(cast, State.DISPATCHED)
    for bad in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        Matter.objects.filter(pk=stage.id).update(state=State.DISPATCHED)
        answer = send(signed_in, stage, "chen", "take", next=bad)
        assert answer["Location"] == f"/orders/{stage.id}/"


def test_those_complained_of_never_learn_who_asked(cast, signed_in):
    stage = Stage(cast, complained_of_id=cast.property_company.pk)
    for step in ("accept", "dispatch", "take"):
        getattr(stage, step)()
    sent = {**reporter(cast, stage), "reason": "想联系一下"}
    answer = send(signed_in, stage, "chen", "open_contact", **sent)
    assert answer.status_code == 404
    assert "13812348000" not in answer.content.decode()
    form = signed_in(cast.chen).get(address(stage, "tell")).content.decode()
    assert "张*" not in form


def test_opening_a_number_is_written_down_without_the_number(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    sent = {**reporter(cast, stage), "reason": "约上门时间 13812348000"}
    answer = send(signed_in, stage, "zhou_min", "open_contact", **sent)
    assert answer["Cache-Control"] == "no-store"
    event = Event.objects.get(name="matters.contact_opened")
    assert "13812348000" not in str(event.facts)
    assert event.facts["reason"].startswith("约上门时间")


def test_only_the_desk_reads_out_a_tracking_code(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    code = show_tracking_code(code=stage.report.tracking_code)
    sent = {**reporter(cast, stage), "reason": "约上门时间"}
    # With the code one rates as whoever asked, which a handler never does.
    for who, reads_it in (("chen", False), ("qian", False), ("xu", False), ("zhou_min", True)):
        page = send(signed_in, stage, who, "open_contact", **sent).content.decode()
        assert "13812348000" in page
        assert (code in page) is reads_it


def test_who_reported_on_a_round_is_named_when_opened(cast, signed_in):
    made = services.report(
        report=a_report(cast, channel=Channel.FIELD, reporter=ReporterInput()),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    sent = {"reporter_id": made.reporter.pk, "reason": "想问具体位置"}
    path = f"/matters/{made.matter.pk}/open_contact/"
    assert cast.xu.name in signed_in(cast.zhou_min).post(path, sent).content.decode()


def test_told_by_phone_counts_with_by_whom_and_when(cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    sent = {**reporter(cast, stage), "means": "PHONE", "text": "已告知明天上门"}
    send(signed_in, stage, "zhou_min", "tell", **sent)
    told = Told.objects.get()
    assert (told.told_by, told.told_at, told.text) == (cast.zhou_min, NOW, "已告知明天上门")


def test_without_signing_in_there_is_a_way_to_sign_in(cast, client):
    stage = stage_at(cast, State.REPORTED)
    answer = client.get(address(stage, "accept"))
    assert answer.status_code == 302
    assert "next=" in answer["Location"]


@pytest.mark.parametrize(
    ("state", "who", "step"),
    [
        (State.TAKEN, "zhou_min", "resolve"),  # the handler's
        (State.RESOLVED, "chen", "rework"),  # never who did it
        (State.REPORTED, "xu", "decline"),  # the desk's
        (State.TAKEN, "chen", "supervise"),
        (State.TAKEN, "xu", "erase"),  # the secretary's
        (State.TAKEN, "zhou_min", "erase"),
    ],
)
def test_whose_step_it_is_comes_before_what_is_missing_in_its_form(
    cast, signed_in, state, who, step
):
    stage = stage_at(cast, state)
    assert send(signed_in, stage, who, step).status_code == 403
    assert stage.matter.state == state


def test_an_empty_form_for_what_is_over_says_how_it_stands(cast, signed_in):
    stage = stage_at(cast, State.CLOSED)
    answer = send(signed_in, stage, "zhou_min", "decline", reason="")
    assert answer.status_code == 409


def test_an_unknown_step_does_not_exist(cast, signed_in):
    stage = stage_at(cast, State.VERIFIED)
    for step in ("close", "explode"):
        assert signed_in(cast.shen).post(address(stage, step)).status_code == 404


def test_the_suggested_handler_is_chosen_already_and_shows_what_is_in_hand(cast, signed_in):
    stage_at(cast, State.TAKEN)
    stage = stage_at(cast, State.REPORTED)
    page = signed_in(cast.zhou_min).get(address(stage, "accept_and_dispatch")).content.decode()
    chosen = f'value="o{cast.property_company.pk}" selected'
    assert chosen in page
    assert "安居物业 · " in page
