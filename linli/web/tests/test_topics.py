"""The pages of topics: raising one, its papers, what was decided, and what residents read."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.deliberation.models import Paper, Topic
from linli.deliberation.tests.said import opinion, topic
from linli.deliberation.tests.scenes import forum, talked_over

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


# --- Raising one ------------------------------------------------------------------------------


def test_a_grid_worker_raises_a_topic_and_merges_nothing_by_it(cast, desk, field):
    there, found = forum(cast), opinion(cast)
    given = {"title": "晾衣架", "level": "COMMUNITY", "forum": there.pk}
    assert field.get(f"/forums/topics/new/?opinion={found.pk}").status_code == 403
    assert field.post("/forums/topics/new/", given | {"opinion": found.pk}).status_code == 403
    assert not Topic.objects.exists()
    assert field.post("/forums/topics/new/", given).status_code == 302

    assert desk.post("/forums/topics/new/", given | {"opinion": found.pk}).status_code == 302
    found.refresh_from_db()
    assert found.topic == Topic.objects.latest("pk")


def test_words_of_a_resident_are_looked_at_and_not_published(cast, desk, client):
    there = forum(cast)
    found = opinion(cast, "三楼张家的被子总滴水")
    page = text(desk.get(f"/forums/topics/new/?opinion={found.pk}"))
    assert "<blockquote>三楼张家的被子总滴水" in page
    assert page.count("三楼张家") == 1

    given = {"title": "楼下晾晒", "level": "COMMUNITY", "forum": there.pk, "opinion": found.pk}
    desk.post("/forums/topics/new/", given)
    topic_id = Topic.objects.get().pk
    assert "三楼张家" not in text(client.get(f"/deliberate/topics/{topic_id}/"))
    page = text(desk.get(f"/forums/opinions/{found.pk}/"))
    summary = page.split('name="summary"')[1].split("</textarea>")[0]
    assert "三楼张家" not in summary


# --- Papers -----------------------------------------------------------------------------------


def a_pdf():
    return SimpleUploadedFile("三个位置.pdf", b"%PDF-1.4 three places")


def test_a_file_is_fetched_without_an_account_only_once_it_is_published(cast, desk, client):
    on = topic(cast, forum(cast))
    papers = f"/forums/topics/{on.pk}/papers/"
    assert desk.post(f"{papers}new/", {"title": "三个位置", "file": a_pdf()}).status_code == 302
    paper = Paper.objects.get()
    public, file = f"/deliberate/topics/{on.pk}/", f"/files/{paper.attachment.token}/"

    assert "三个位置.pdf" in text(desk.get(f"{papers}{paper.pk}/"))
    assert desk.get(file).status_code == 200
    assert "三个位置" not in text(client.get(public))
    assert client.get(file).status_code == 404

    assert desk.post(f"{papers}{paper.pk}/publish/").status_code == 302
    assert file in text(client.get(public))
    assert b"".join(client.get(file).streaming_content) == b"%PDF-1.4 three places"

    desk.post(f"{papers}{paper.pk}/withdraw/")
    assert "三个位置" not in text(client.get(public))
    assert client.get(file).status_code == 404


def test_a_paper_looked_through_is_published_as_it_is_given_out(cast, desk, client):
    on = topic(cast, forum(cast))
    given = {"title": "三个位置", "text": "比一比", "is_published": "on"}
    desk.post(f"/forums/topics/{on.pk}/papers/new/", given)
    assert "比一比" in text(client.get(f"/deliberate/topics/{on.pk}/"))


def test_a_good_file_is_kept_while_something_is_missing(cast, desk):
    on = topic(cast, forum(cast))
    new = f"/forums/topics/{on.pk}/papers/new/"
    page = text(desk.post(new, {"title": "", "file": a_pdf()}), 422)
    upload = page.split('name="upload" value="')[1].split('"')[0]
    assert "三个位置.pdf" in page

    assert desk.post(new, {"title": "三个位置", "upload": upload}).status_code == 302
    assert Paper.objects.get().attachment.name == "三个位置.pdf"
    wrong = SimpleUploadedFile("a.exe", b"MZ")
    page = text(desk.post(new, {"title": "程序", "text": "见附件", "file": wrong}), 422)
    assert "见附件" in page
    assert Paper.objects.count() == 1


def test_who_leads_no_topic_publishes_no_paper(cast, desk, field):
    on = topic(cast, forum(cast))
    desk.post(f"/forums/topics/{on.pk}/papers/new/", {"title": "三个位置", "text": "比一比"})
    here = f"/forums/topics/{on.pk}/papers/{Paper.objects.get().pk}/"
    assert "publish/" not in text(field.get(here))
    assert field.post(f"{here}publish/").status_code == 403


# --- What was decided -------------------------------------------------------------------------


def test_one_more_task_loses_nothing_and_finds_nothing_wrong_yet(cast, desk):
    on, meeting = talked_over(cast)
    here = f"/forums/topics/{on.pk}/resolve/"
    assert text(desk.get(here)).count('-text"') == text(desk.get(here)).count('-due_date"')
    sent = {
        "decided": f"meeting:{meeting.pk}",
        "decision": "ADOPTED",
        "text": "装晾衣架八组。",
        "t0-text": "装晾衣架",
        "t0-who": f"organisation:{cast.property_company.pk}",
        "t0-due_date": "2026-05-01",
        "t1-text": "画线",  # Nobody chosen yet.
        "t2-text": "",
    }
    page = text(desk.post(here, sent | {"more": "1"}))
    for typed in ("装晾衣架八组。", "装晾衣架", "2026-05-01", "画线", 'name="t3-text"'):
        assert typed in page
    assert 'name="t4-text"' not in page
    assert f'value="organisation:{cast.property_company.pk}" selected' in page
    assert "field-error" not in page
    assert 'name="t3-text"' in text(desk.post(here, sent | {"t3-text": ""}), 422)
    assert not on.resolutions.exists()


def test_a_resolution_takes_twenty_tasks_and_no_row_more(cast, desk):
    on, meeting = talked_over(cast)
    here = f"/forums/topics/{on.pk}/resolve/"
    sent = {"decided": f"meeting:{meeting.pk}", "decision": "ADOPTED", "text": "装八组。"}
    for place in range(20):
        sent |= {
            f"t{place}-text": f"装第 {place + 1} 组",
            f"t{place}-who": f"organisation:{cast.property_company.pk}",
            f"t{place}-due_date": "2026-05-01",
        }
    assert 'name="more"' not in text(desk.post(here, sent | {"more": "1"}))
    assert desk.post(here, sent).status_code == 302
    assert on.resolutions.get().tasks.count() == 20
