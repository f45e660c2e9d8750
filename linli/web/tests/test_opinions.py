"""The pages of opinions: said by anybody, answered at the desk, read by the code."""

from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest

from linli.core.models import Event
from linli.deliberation.models import Forum, Opinion, Topic
from linli.deliberation.queries import published_content
from linli.deliberation.services import opinions as services
from linli.deliberation.tests.said import opinion, said, topic
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import ended, planned
from linli.territory import posters
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.zhou_min)


@pytest.fixture
def field(cast, signed_in):
    return signed_in(cast.xu)


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def say(client, cast, **more):
    given = {
        "submission_key": str(uuid4()),
        "community": cast.community.pk,
        "kind": "IDEA",
        "text": "屋顶可以装晾衣架",
        **more,
    }
    return client.post("/deliberate/say/", given)


# --- Anybody ----------------------------------------------------------------------------------


def test_an_idea_is_dropped_in_answered_and_read_by_its_code(cast, client, desk):
    answer = say(client, cast, community=cast.community.pk, place="翠园3幢")
    assert answer.status_code == 302
    code = answer.url.split("/")[-2]
    assert "屋顶可以装晾衣架" in text(client.get(answer.url))
    found = Opinion.objects.get()
    assert (found.kind, found.building_id) == ("IDEA", cast.building.pk)
    assert "屋顶可以装晾衣架" in text(desk.get("/forums/opinions/"))

    desk.post(f"/forums/opinions/{found.pk}/answer/", {"answer": "下周就装。"})
    assert "下周就装。" in text(client.get(f"/m/{code}/"))
    assert client.get("/m/", {"code": code}).url == f"/m/{code}/"
    assert "屋顶" not in text(client.get(f"/deliberate/ideas/?community={cast.community.pk}"))
    desk.post(f"/forums/opinions/{found.pk}/show/", {"summary": "楼顶装公共晾衣架"})
    box = text(client.get(f"/deliberate/ideas/?community={cast.community.pk}"))
    assert "楼顶装公共晾衣架" in box
    assert "下周就装。" in box
    assert "屋顶可以装晾衣架" not in box


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(cast, client):
    page = text(say(client, cast, text="", name="欧阳小梅"), 422)
    assert "欧阳小梅" in page
    page = text(say(client, cast, place="月球基地"), 422)
    assert "屋顶可以装晾衣架" in page
    assert not Opinion.objects.exists()


def test_danger_shows_whom_to_call_and_leads_to_a_report(cast, client):
    page = text(say(client, cast, text="四楼着火了快来人"), 422)
    assert 'href="tel:119"' in page
    assert 'action="/report/"' in page
    assert "is_no_emergency" in page
    assert "is_no_emergency" not in text(say(client, cast, text="隔壁老公在打老婆"), 422)
    assert say(client, cast, text="四楼着火了快来人", is_no_emergency="on").status_code == 302


def test_an_account_finds_its_opinions_again(cast, signed_in):
    resident, other = signed_in(cast.nobody_yet), signed_in(cast.chen)
    say(resident, cast)
    found = Opinion.objects.get()

    assert "屋顶可以装晾衣架" in text(resident.get("/deliberate/mine/"))
    assert "屋顶可以装晾衣架" in text(resident.get(f"/deliberate/mine/{found.pk}/"))
    assert "屋顶可以装晾衣架" not in text(other.get("/deliberate/mine/"))
    assert other.get(f"/deliberate/mine/{found.pk}/").status_code == 404


def test_who_said_it_with_an_account_alone_is_forgotten_too(cast, client, desk, signed_in):
    resident, other = signed_in(cast.nobody_yet), signed_in(cast.chen)
    say(resident, cast)
    found = Opinion.objects.get()
    erase = f"/deliberate/mine/{found.pk}/erase/"
    assert erase in text(resident.get(f"/deliberate/mine/{found.pk}/"))
    assert other.post(erase).status_code == 404

    answer = resident.post(erase)
    assert answer.url == f"/m/{services.code_of(opinion=found)}/"
    found.refresh_from_db()
    assert (found.account_id, found.knows_author) == (None, False)
    assert found.erased_at is not None
    assert "屋顶可以装晾衣架" not in text(resident.get("/deliberate/mine/"))
    assert "屋顶可以装晾衣架" in text(client.get(answer.url))


def test_the_office_forgets_whoever_asks_it_to_account_or_name(cast, desk, signed_in):
    say(signed_in(cast.nobody_yet), cast)
    found = Opinion.objects.get()
    assert f"/forums/opinions/{found.pk}/forget/" in text(desk.get(f"/forums/opinions/{found.pk}/"))
    desk.post(f"/forums/opinions/{found.pk}/forget/")
    found.refresh_from_db()
    assert not found.knows_author


def test_a_code_that_belongs_to_nothing_is_unknown(client):
    assert client.get("/m/0000000000/").status_code == 404
    assert client.get("/deliberate/said/0000000000/").status_code == 404


def test_an_author_has_their_name_forgotten(cast, client):
    say(client, cast, name="欧阳小梅", phone="13800138000", agreed="on")
    code = services.code_of(opinion=Opinion.objects.get())
    assert f"/deliberate/said/{code}/erase/" in text(client.get(f"/m/{code}/"))

    client.post(f"/deliberate/said/{code}/erase/")
    found = Opinion.objects.get()
    assert found.erased_at is not None
    assert bytes(found.name_sealed) == b""
    assert f"/deliberate/said/{code}/erase/" not in text(client.get(f"/m/{code}/"))


# --- The office -------------------------------------------------------------------------------


def named(cast):
    return said(
        cast, "屋顶可以装晾衣架", name="欧阳小梅", phone="13800138000", agreed_privacy=True
    ).opinion


def test_a_name_is_on_no_page_and_in_no_file_until_it_is_opened(cast, client, desk):
    found = named(cast)
    services.answer_opinion(
        opinion_id=found.pk, text="好的。", actor=cast.actor(cast.zhou_min), at=NOW
    )
    services.show_opinion(
        opinion_id=found.pk, summary="晾衣架", actor=cast.actor(cast.zhou_min), at=NOW
    )
    code = services.code_of(opinion=found)
    for reader, path in (
        (client, f"/m/{code}/"),
        (client, f"/deliberate/said/{code}/"),
        (client, f"/deliberate/ideas/?community={cast.community.pk}"),
        (desk, "/forums/opinions/?state=ALL"),
        (desk, f"/forums/opinions/{found.pk}/"),
    ):
        page = text(reader.get(path))
        assert "欧阳" not in page
        assert "13800138000" not in page
    file = desk.post("/forums/opinions/export/?state=ALL").content
    cells = [
        str(cell.value) for row in openpyxl.load_workbook(BytesIO(file)).active for cell in row
    ]
    assert "屋顶可以装晾衣架" in cells
    assert not any("欧阳" in cell or "13800138000" in cell for cell in cells)

    page = desk.post(f"/forums/opinions/{found.pk}/author/", {"reason": "回访"})
    assert "欧阳小梅" in text(page)
    assert "no-store" in page.headers["Cache-Control"]
    facts = str(list(Event.objects.values_list("facts", flat=True)))
    assert "欧阳" not in facts


def test_staff_write_down_what_they_are_told_by_any_channel(cast, desk):
    for channel, count in (("PHONE", 1), ("HANDS", 23)):
        page = desk.post(
            "/forums/opinions/new/",
            {
                "submission_key": str(uuid4()),
                "text": "晾衣架要装高一点",
                "channel": channel,
                "kind": "OPINION",
                "people_count": count,
                "place": "",
                "name": "",
                "phone": "",
            },
        )
        found = Opinion.objects.latest("pk")
        assert (found.channel, found.people_count) == (channel, count)
        assert found.entered_by_id == cast.zhou_min.pk
        assert f"/forums/opinions/{found.pk}/" in text(page)
    wrong = desk.post("/forums/opinions/new/", {"text": "晾衣架", "channel": "HANDS"})
    assert "晾衣架" in text(wrong, 422)


def test_what_was_said_at_a_meeting_names_it(cast, desk):
    held = ended(cast, forum(cast))
    planned(cast, held.forum, name="下次例会", regular_day=None)
    new = f"/forums/opinions/new/?meeting={held.pk}"
    page = text(desk.get(new))
    assert f'<option value="{held.pk}" selected' in page
    assert "下次例会" not in page
    sent = {
        "submission_key": str(uuid4()),
        "text": "晾衣架要装高一点",
        "channel": "MEETING",
        "kind": "OPINION",
        "people_count": 1,
    }
    assert "晾衣架要装高一点" in text(desk.post(new, sent), 422)
    page = text(desk.post(new, sent | {"meeting": held.pk}))
    found = Opinion.objects.get()
    assert (found.channel, found.source) == ("MEETING", f"deliberation.meeting:{held.pk}")
    assert f'<option value="{held.pk}" selected' in page  # The next one, too, was said there.


def test_a_poster_leads_to_where_one_says_it(cast, desk, field, settings, monkeypatch):
    there, drawn = forum(cast), []
    settings.PUBLIC_URL = "https://linli.example"
    make = posters.posters_pdf
    monkeypatch.setattr(
        posters, "posters_pdf", lambda faces: drawn.extend(faces) or make(faces=faces)
    )
    poster = f"/forums/{there.pk}/poster.pdf"
    assert poster in text(field.get(f"/forums/{there.pk}/"))
    for path, query in (
        (poster, f"community={cast.community.pk}&forum={there.pk}"),
        ("/forums/opinions/poster.pdf", f"community={cast.community.pk}"),
    ):
        answer = field.get(path)
        assert answer.content.startswith(b"%PDF")
        assert drawn.pop().address == f"https://linli.example/deliberate/say/?{query}"

    Forum.objects.update(takes_opinions=False)
    assert desk.get(poster).status_code == 404
    assert poster not in text(desk.get(f"/forums/{there.pk}/"))


def test_a_sheet_keeps_what_is_right_and_what_is_wrong_stays(cast, field):
    page = text(field.get("/forums/opinions/sheet/"))
    assert page.count("-submission_key") >= 8
    keys = [str(uuid4()) for _n in range(4)]
    sent = {"question": "要不要装晾衣架？"}
    for number, (line, place, count) in enumerate(
        [("要", "翠园3幢", "2"), ("不要", "月球", "1"), ("随便", "翠园5幢", "x"), ("", "", "")]
    ):
        sent |= {
            f"l{number}-submission_key": keys[number],
            f"l{number}-text": line,
            f"l{number}-place": place,
            f"l{number}-people_count": count,
        }
    page = text(field.post("/forums/opinions/sheet/", sent), 422)
    kept = Opinion.objects.get()
    assert (kept.channel, kept.people_count) == ("FORM", 2)
    assert kept.text == "〔要不要装晾衣架？〕要"
    assert kept.building_id == cast.building.pk
    assert "不要" in page
    assert "随便" in page

    sent |= {"l1-place": "翠园5幢", "l2-people_count": "1"}
    text(field.post("/forums/opinions/sheet/", sent))
    assert Opinion.objects.count() == 3


def test_a_sheet_without_its_question_loses_no_line(cast, field):
    sent = {"question": "", "l0-submission_key": str(uuid4()), "l0-text": "要", "l0-place": ""}
    page = text(field.post("/forums/opinions/sheet/", sent), 422)
    assert ">要<" in page.replace("\n", "").replace(">\r", ">")
    assert not Opinion.objects.exists()


def test_those_ticked_become_part_of_a_topic_or_a_new_one(cast, desk):
    there = forum(cast)
    on = topic(cast, there)
    keys = [opinion(cast, f"晾衣架 {number}").pk for number in range(3)]

    desk.post("/forums/opinions/merge/", {"opinion": keys[:2], "topic": on.pk})
    assert Opinion.objects.filter(topic=on).count() == 2
    answer = desk.post("/forums/opinions/merge/", {"opinion": keys[2:], "topic": "NEW"})
    assert answer.url == f"/forums/topics/new/?opinion={keys[2]}"
    given = {"title": "晾衣架", "level": "COMMUNITY", "forum": there.pk, "opinion": keys[2]}
    assert desk.post("/forums/topics/new/", given).status_code == 302
    raised = Topic.objects.latest("pk")
    merged = Opinion.objects.get(pk=keys[2])
    assert (merged.state, merged.topic_id, merged.trace) == ("MERGED", raised.pk, raised.trace)
    page = text(desk.get(f"/forums/opinions/{keys[2]}/"))
    assert f"/forums/topics/{raised.pk}/" in page

    desk.post(f"/forums/opinions/{keys[2]}/take-out/")
    assert Opinion.objects.get(pk=keys[2]).is_new


def test_out_of_a_published_topic_only_for_a_reason_that_its_author_reads(cast, client, desk):
    came_in = said(cast, "楼下没有地方晾被子")
    on = topic(cast, forum(cast))
    key = came_in.opinion.pk
    desk.post("/forums/opinions/merge/", {"opinion": key, "topic": on.pk})
    Topic.objects.filter(pk=on.pk).update(state="PUBLISHED", published_at=NOW)
    content = published_content(topic=on)
    published = on.publications.create(
        kind="RESULT", number=1, content=content, digest="0", published_at=NOW, published_by="x"
    )

    take_out = f"/forums/opinions/{key}/take-out/"
    assert 'name="reason"' in text(desk.post(take_out, {"reason": ""}), 422)
    page = text(desk.post(take_out, {"reason": "长" * 201}), 422)
    assert "长" * 201 in page  # Nothing typed is lost.
    assert desk.post(take_out, {"reason": "说的是另一处"}).status_code == 302
    assert "说的是另一处" in text(client.get(f"/m/{came_in.code}/"))
    assert "说的是另一处" in text(client.get(f"/deliberate/published/{published.public_key}/"))


def test_nothing_ticked_is_said(cast, desk):
    on = topic(cast, forum(cast))
    page = desk.post("/forums/opinions/merge/", {"topic": on.pk}, follow=True)
    assert "200" in text(page)


def test_an_author_reads_where_the_topic_stands(cast, client, desk):
    came_in = said(cast, "楼下没有地方晾被子")
    on = topic(cast, forum(cast))
    desk.post("/forums/opinions/merge/", {"opinion": came_in.opinion.pk, "topic": on.pk})

    page = text(client.get(f"/m/{came_in.code}/"))
    assert on.title in page
    assert f"/deliberate/topics/{on.pk}/" in page


def test_who_only_reads_opinions_changes_none(cast, field, client, signed_in):
    found = opinion(cast)
    assert text(field.get(f"/forums/opinions/{found.pk}/"))
    for path in ("answer", "take-out", "show", "hide", "author", "forget"):
        assert field.post(f"/forums/opinions/{found.pk}/{path}/").status_code == 404
    outsider = signed_in(cast.outsider)
    assert outsider.get(f"/forums/opinions/{found.pk}/").status_code == 404
    assert (
        outsider.post(f"/forums/opinions/{found.pk}/answer/", {"answer": "好"}).status_code == 404
    )
    assert client.get(f"/forums/opinions/{found.pk}/").status_code == 302
    assert client.get("/deliberate/mine/").status_code == 404


def test_the_queue_is_narrowed_and_an_empty_one_says_so(cast, desk):
    assert text(desk.get("/forums/opinions/"))
    opinion(cast, "晾衣架", kind="IDEA", building_id=cast.building.pk)
    opinion(cast, "停车位")

    page = text(desk.get("/forums/opinions/?q=停车"))
    assert "停车位" in page
    assert "晾衣架" not in page
    page = text(desk.get(f"/forums/opinions/?grid={cast.grid.pk}&kind=IDEA"))
    assert "晾衣架" in page
    assert "停车位" not in page
    page = text(desk.get("/forums/opinions/?channel=PHONE"))
    assert "停车位" not in page


def test_the_queue_asks_the_same_number_of_queries_for_one_and_for_many(
    cast, desk, django_assert_max_num_queries
):
    for number in range(12):
        opinion(cast, f"晾衣架 {number}", building_id=cast.building.pk)
    desk.get("/forums/opinions/")
    with django_assert_max_num_queries(26):
        text(desk.get("/forums/opinions/"))


def test_a_topic_is_offered_what_sounds_like_it(cast, desk, field):
    on = topic(cast, forum(cast), title="楼下没有地方晾晒")
    found = opinion(cast, "楼下没有地方晾被子")
    opinion(cast, "停车位太少")

    page = text(desk.get(f"/forums/topics/{on.pk}/"))
    assert f'id="alike-{found.pk}"' in page
    assert page.count('id="alike-') == 1
    assert 'id="alike-' not in text(field.get(f"/forums/topics/{on.pk}/"))
    desk.post("/forums/opinions/merge/", {"opinion": found.pk, "topic": on.pk})
    assert 'id="alike-' not in text(desk.get(f"/forums/topics/{on.pk}/"))
