"""The pages of opinion maps: answered without an account, drawn, and redrawn by anybody."""

import csv
import dataclasses

import pytest
from click.testing import CliRunner
from django.test import Client

from linli.cli import main
from linli.deliberation.models import Moderation, OpinionMap, Participant, Statement, StatementVote
from linli.deliberation.services import maps as services
from linli.deliberation.tests.said import STATEMENTS, opinion_map, two_camps
from linli.deliberation.tests.scenes import forum
from linli.web.deliberation import map_pages
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.shen)


@pytest.fixture
def opened(cast):
    return opinion_map(cast, forum(cast))


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def answer_all(client, found, vote="agree"):
    path = f"/deliberate/maps/{found.pk}/"
    page = client.get(path)
    while (statement := page.context["way"].next) is not None:
        client.post(f"{path}vote/", {"statement": statement.pk, "vote": vote})
        page = client.get(path)
    return page


def test_somebody_without_an_account_answers_one_statement_after_the_other(client, opened):
    page = answer_all(client, opened)

    assert page.context["way"].answered == len(STATEMENTS)
    assert StatementVote.objects.count() == len(STATEMENTS)
    assert Participant.objects.count() == 1
    answer_all(Client(), opened, vote="pass")
    assert Participant.objects.count() == 2


def test_one_address_is_not_a_crowd(client, opened, cast, signed_in, monkeypatch):
    few = dataclasses.replace(map_pages.NEWCOMERS_BY_ADDRESS, most=2)
    monkeypatch.setattr(map_pages, "NEWCOMERS_BY_ADDRESS", few)
    path, first, second = (
        f"/deliberate/maps/{opened.pk}/",
        *opened.statements.order_by("number")[:2],
    )

    def answer(browser, statement=first, **where):
        said = {"statement": statement.pk, "vote": "agree"}
        return browser.post(f"{path}vote/", said, follow=True, **where)

    answer(client)
    answer(Client())
    refused = answer(Client())
    assert refused.context["way"].answered == 0
    assert len(refused.context["messages"]) == 1
    assert Participant.objects.count() == 2
    # Whoever answers already goes on; so do those who sign in, and those from elsewhere.
    answer(client, second)
    assert StatementVote.objects.count() == 3
    answer(signed_in(cast.xu))
    answer(signed_in(cast.xu))
    answer(Client(), REMOTE_ADDR="10.1.2.3")
    assert Participant.objects.count() == 4


def test_the_map_is_shown_after_a_few_answers_only(client, opened, clock):
    two_camps(opened)
    services.draw_due(at=NOW)
    path = f"/deliberate/maps/{opened.pk}/"
    assert '<svg class="opinion-map"' not in text(client.get(path))
    clock.forward(minutes=1)
    for _n in range(3):
        statement = client.get(path).context["way"].next
        client.post(f"{path}vote/", {"statement": statement.pk, "vote": "agree"})
    page = text(client.get(path))
    assert '<svg class="opinion-map"' in page
    assert "A · 12" in page
    assert "B · 9" in page
    assert 'class="me"' not in page  # Drawn before this person answered.

    services.draw_due(at=NOW)
    assert 'class="me"' in text(client.get(path))


def test_groups_of_fewer_than_five_are_withheld(client, opened):
    two_camps(opened, first=14, second=3)
    services.close_map(map_id=opened.pk, actor=services.system(name="test"), at=NOW)
    services.draw_due(at=NOW)
    opened.refresh_from_db()
    sizes = [group["size"] for group in opened.drawn["groups"]]
    assert min(sizes) < 5 <= max(sizes)
    page = client.get(f"/deliberate/maps/{opened.pk}/")
    drawing = page.context["drawing"]
    assert all(shape.size >= 5 for shape in drawing.shapes)
    assert len(drawing.dots) == sum(size for size in sizes if size >= 5)
    assert drawing.withheld


def test_a_key_that_somebody_made_up_is_nobodys(client, opened):
    client.cookies["linli_maps"] = "stolen:forged"
    path = f"/deliberate/maps/{opened.pk}/"
    statement = client.get(path).context["way"].next
    client.post(f"{path}vote/", {"statement": statement.pk, "vote": "agree"})
    digest = services.participant_digest(map_id=opened.pk, key="stolen")
    assert Participant.objects.get().key_digest != digest


def test_votes_that_are_none_are_refused(client, opened):
    path = f"/deliberate/maps/{opened.pk}/vote/"
    first = opened.statements.first()
    assert client.post(path, {"statement": first.pk, "vote": "maybe"}).status_code == 404
    assert client.post(path, {"statement": "x", "vote": "agree"}).status_code == 404
    assert client.post(path, {"statement": 999_999, "vote": "agree"}).status_code == 404
    OpinionMap.objects.filter(pk=opened.pk).update(is_open=False, closed_at=NOW)
    answer = client.post(path, {"statement": first.pk, "vote": "agree"}, follow=True)
    assert text(answer)
    assert not StatementVote.objects.exists()


def test_anybody_redraws_the_map_and_finds_the_same_groups(client, opened, cast, tmp_path):
    two_camps(opened)
    shared = opened.statements.get(text=STATEMENTS[7])
    services.moderate(statement_id=shared.pk, is_in=False, actor=cast.actor(cast.shen), at=NOW)
    services.add_statement(
        map_id=opened.pk, text="还在等待审核", actor=cast.actor(cast.nobody_yet), at=NOW
    )
    services.draw_due(at=NOW)
    files = {}
    for name in ("VOTES.csv", "STATEMENTS.csv"):
        answer = client.get(f"/deliberate/maps/{opened.pk}/{name}")
        files[name] = tmp_path / name
        files[name].write_bytes(answer.content)
        assert answer.status_code == 200
    out = tmp_path / "out"
    said = CliRunner().invoke(
        main,
        [
            "opinion-map",
            str(files["VOTES.csv"]),
            "--statements",
            str(files["STATEMENTS.csv"]),
            "--seed",
            str(opened.seed),
            "--out",
            str(out),
        ],
    )
    assert said.exit_code == 0, said.output

    opened.refresh_from_db()
    # The file names people in the order of their digests; a JSON column keeps no order.
    people = Participant.objects.filter(map=opened).order_by("key_digest")
    points = opened.drawn["points"]
    drawn = [points[str(key)][2] for key in people.values_list("pk", flat=True)]
    redrawn = [int(row["group"]) for row in csv.DictReader((out / "groups.csv").open())]
    assert redrawn == drawn
    numbers = dict(Statement.objects.values_list("id", "number"))
    consensus = {
        int(row["statement"]): float(row["group_aware_consensus"])
        for row in csv.DictReader((out / "consensus.csv").open())
    }
    for one in opened.drawn["shared"]:
        assert consensus[numbers[one["statement"]]] == pytest.approx(one["consensus"], abs=1e-3)


def test_a_residents_statement_waits_for_staff(client, desk, opened):
    path = f"/deliberate/maps/{opened.pk}/"
    text(client.post(f"{path}statements/", {"text": "屋顶也能晾"}, follow=True))
    made = Statement.objects.latest("pk")
    assert made.moderated == Moderation.WAITING
    assert text(client.post(f"{path}statements/", {"text": ""}), 422)
    assert "屋顶也能晾" in text(client.post(f"{path}statements/", {"text": "屋顶也能晾"}), 422)

    assert "屋顶也能晾" in text(desk.get(f"/forums/maps/{opened.pk}/"))
    desk.post(f"/forums/maps/{opened.pk}/statements/{made.pk}/", {"is_in": "1"})
    made.refresh_from_db()
    assert made.moderated == Moderation.IN
    desk.post(f"/forums/maps/{opened.pk}/statements/{made.pk}/", {"is_in": "0"})
    made.refresh_from_db()
    assert made.moderated == Moderation.OUT


def test_the_office_opens_a_map_and_closes_it(cast, client, desk, clock):
    there = forum(cast)
    assert text(desk.get("/forums/maps/"))
    given = {
        "forum": there.pk,
        "question": "楼下怎么晾晒？",
        "statements": "建晾衣架。\n不建。\n\n先试试。",
        "takes_statements": "on",
    }
    assert "建晾衣架。" in text(desk.post("/forums/maps/new/", {**given, "question": ""}), 422)
    assert text(desk.post("/forums/maps/new/", {**given, "statements": "只有一句"}), 422)
    assert desk.post("/forums/maps/new/", given).status_code == 302
    made = OpinionMap.objects.get()
    assert made.statements.count() == 3
    assert "楼下怎么晾晒？" in text(client.get(f"/deliberate/maps/?community={cast.community.pk}"))
    assert "楼下怎么晾晒？" in text(desk.get("/forums/maps/"))
    desk.post(f"/forums/maps/{made.pk}/statements/", {"text": "再加一句"})
    assert made.statements.count() == 4

    services.draw_due(at=NOW)
    assert services.draw_due(at=NOW) == 0
    clock.forward(minutes=1)
    desk.post(f"/forums/maps/{made.pk}/redraw/")
    assert services.draw_due(at=NOW) == 1
    desk.post(f"/forums/maps/{made.pk}/close/")
    assert not OpinionMap.objects.get().is_open


def test_only_who_runs_forums_keeps_maps(opened, cast, signed_in, client):
    worker, outsider = signed_in(cast.xu), signed_in(cast.outsider)
    assert text(worker.get(f"/forums/maps/{opened.pk}/"))
    for path in ("close/", "redraw/", "statements/"):
        assert worker.post(f"/forums/maps/{opened.pk}/{path}").status_code == 404
    assert outsider.get(f"/forums/maps/{opened.pk}/").status_code == 404
    assert outsider.post(f"/forums/maps/{opened.pk}/close/").status_code == 403
    assert client.get(f"/forums/maps/{opened.pk}/").status_code == 302


def test_a_forum_that_is_not_public_shows_its_maps_to_nobody(cast, client):
    hidden = opinion_map(cast, forum(cast, is_public=False))
    assert client.get(f"/deliberate/maps/{hidden.pk}/").status_code == 404
    first = hidden.statements.first()
    sent = {"statement": first.pk, "vote": "agree"}
    assert client.post(f"/deliberate/maps/{hidden.pk}/vote/", sent).status_code == 404
    assert not StatementVote.objects.exists()


def test_files_of_a_map_that_few_answered_are_not_given(client, opened):
    two_camps(opened, first=2, second=2)
    assert client.get(f"/deliberate/maps/{opened.pk}/VOTES.csv").status_code == 404
    assert client.get(f"/deliberate/maps/{opened.pk}/STATEMENTS.csv").status_code == 404
