"""Votes over HTTP: drafted, opened, voted in with a slip, hidden, counted, and counted again."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.urls import reverse

from linli import cli
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Envelope, OpenBallot, OwnersShare, Participation, Vote
from linli.deliberation.queries.votes import public_result
from linli.deliberation.services import casting, opening
from linli.deliberation.tally import Kind
from linli.deliberation.tests.votes_scene import END, OVER, RACKS, code_of, scene
from linli.deliberation.workflow import RollUnit, VotePurpose
from linli.web import limits
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

UNTIL = "2026-03-11T10:00"


@pytest.fixture
def here(cast):
    return scene(cast)


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.shen)


def ballot(vote, number=1):
    return reverse("vote_ballot", args=[code_of(vote, number)])


def draft_by_form(desk, here, kind, **typed):
    said = {
        "title": "楼前装晾衣架",
        "majority": "HALF",
        "unit": "HOUSEHOLD",
        "age_least": "18",
        "level": "BUILDING",
        "buildings": [here.cast.building.pk],
        "quorum_percent": "0",
        "closes_at": UNTIL,
        "forum": here.forum.pk,
        "kind": kind,
    }
    return desk.post(reverse("create_vote"), said | typed)


def test_kind_comes_first_then_a_form_of_that_kind(desk, here):
    kinds = desk.get(reverse("create_vote"))
    assert kinds.status_code == 200
    assert b"kind=BUDGET" in kinds.content
    form = desk.get(reverse("create_vote"), {"forum": here.forum.pk, "kind": "BUDGET"})
    assert b'name="money_yuan"' in form.content
    plain = desk.get(reverse("create_vote"), {"forum": here.forum.pk, "kind": "YES_NO"})
    assert b'name="money_yuan"' not in plain.content


def test_the_office_drafts_and_opens(desk, here):
    drafted = draft_by_form(desk, here, "YES_NO")
    vote = Vote.objects.get()
    assert drafted.headers["Location"] == reverse("vote", args=[vote.pk])
    assert vote.closes_at == END
    desk.post(reverse("vote_step", args=[vote.pk, "open"]))
    vote.refresh_from_db()
    assert (vote.state, vote.roll_count) == ("OPEN", 4)


def test_a_draft_with_faults_keeps_what_was_typed(desk, here):
    refused = draft_by_form(desk, here, "APPROVAL", options="晾衣架", places="1")
    assert refused.status_code == 422
    assert "晾衣架".encode() in refused.content
    refused = draft_by_form(desk, here, "YES_NO", title="业委会换届")
    assert refused.status_code == 422
    assert not Vote.objects.exists()


def test_projects_come_with_their_cost(desk, here):
    lines = "晾衣架 | 4000 | 南面\n充电棚｜3,000元\n"
    draft_by_form(desk, here, "BUDGET", options=lines, money_yuan="5000", rule="greedy")
    options = Vote.objects.get().options.order_by("position")
    assert [(one.name, one.cost_yuan, one.text) for one in options] == [
        ("晾衣架", 4000, "南面"),
        ("充电棚", 3000, ""),
    ]
    bad = draft_by_form(
        desk, here, "BUDGET", options="晾衣架 | 很多", money_yuan="5", rule="greedy"
    )
    assert bad.status_code == 422


def test_a_slip_leads_to_the_ballot_and_a_receipt_shown_once(here, client):
    vote = here.opened()
    code = code_of(vote, 1)
    found = client.get(reverse("vote_find"), {"code": code.lower()})
    assert found.headers["Location"] == ballot(vote)
    assert client.get(ballot(vote)).status_code == 200
    missing = client.post(ballot(vote), {})
    assert missing.status_code == 422
    done = client.post(ballot(vote), {"choice": "YES"})
    receipt = OpenBallot.objects.get().receipt
    assert f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}".encode() in done.content
    again = client.get(ballot(vote)).content
    assert receipt[:4].encode() not in again


def test_every_kind_of_paper_can_be_filled_in(here, client):
    papers = [
        ({"kind": Kind.APPROVAL, "options": RACKS}, {"choice": ["1", "3"]}, ["1", "3"]),
        ({"kind": Kind.RATING, "options": RACKS}, {"option_2": "5"}, {"2": 5}),
        ({"kind": Kind.RANKING, "options": RACKS}, {"option_3": "1", "option_1": "2"}, ["3", "1"]),
        (
            {"kind": Kind.BUDGET, "options": RACKS, "money_yuan": 5_000},
            {"choice": ["2"]},
            ["2"],
        ),
        (
            {"kind": Kind.SATISFACTION, "purpose": VotePurpose.JUDGEMENT},
            {"choice": "SATISFIED", "comment": "好"},
            "SATISFIED",
        ),
    ]
    for more, typed, choice in papers:
        vote = here.opened(**more)
        assert client.get(ballot(vote)).status_code == 200
        assert client.post(ballot(vote), typed).status_code == 200
        assert OpenBallot.objects.get(vote=vote).choice == choice


def test_a_place_given_twice_is_refused(here, client):
    vote = here.opened(kind=Kind.RANKING, options=RACKS)
    refused = client.post(ballot(vote), {"option_1": "1", "option_2": "1"})
    assert refused.status_code == 422
    assert not OpenBallot.objects.exists()


def test_codes_cannot_be_guessed(here, client):
    from linli.core.codes import new_tracking_code

    vote = here.opened()
    assert client.get(reverse("vote_ballot", args=["7K3F9QXM2Q"])).status_code == 404
    for _ in range(limits.WRONG_SLIPS.most):
        assert client.get(reverse("vote_ballot", args=[new_tracking_code()])).status_code == 404
    assert client.get(ballot(vote)).status_code == 429


def test_after_the_end_nobody_votes(here, client, clock):
    vote = here.opened()
    clock.now = END
    late = client.post(ballot(vote), {"choice": "YES"})
    assert late.status_code == 409
    assert not Participation.objects.exists()


def test_papers_are_entered_by_keys(here, desk):
    vote = here.opened()
    enter = reverse("enter_ballots", args=[vote.pk])
    done = desk.post(enter, {"number": "3", "keys": "2"})
    assert done.status_code == 200
    assert (OpenBallot.objects.get().choice, OpenBallot.objects.get().channel) == ("NO", "PAPER")
    desk.post(enter, {"number": "4", "keys": "1", "helper": "王阿姨"})
    assert Participation.objects.get(entry__number=4).helper == "王阿姨"
    for typed in ({"number": "99", "keys": "1"}, {"number": "5", "keys": "9"}, {"number": "5"}):
        refused = desk.post(enter, typed)
        assert refused.status_code == 422
        assert f'value="{typed["number"]}"'.encode() in refused.content
    assert Participation.objects.count() == 2


def test_an_option_typed_twice_is_asked_about(here, desk):
    vote = here.opened(kind=Kind.RATING, options=RACKS)
    enter = reverse("enter_ballots", args=[vote.pk])
    refused = desk.post(enter, {"number": "1", "keys": "1=5 1=2"})
    assert refused.status_code == 422
    assert refused.context["form"].errors["keys"]
    assert b'value="1=5 1=2"' in refused.content
    assert not OpenBallot.objects.exists()
    desk.post(enter, {"number": "1", "keys": "1=5 2=2"})
    assert OpenBallot.objects.get().choice == {"1": 5, "2": 2}


def test_an_online_ballot_is_replaced_at_the_desk_for_a_reason_its_voter_reads(here, desk, client):
    vote = here.opened()
    client.post(ballot(vote), {"choice": "YES"})
    enter = reverse("enter_ballots", args=[vote.pk])
    assert b'name="why"' not in desk.get(enter).content
    asked = desk.post(enter, {"number": "1", "keys": "2"})
    assert asked.status_code == 422
    assert b'name="why"' in asked.content
    assert b'value="2"' in asked.content
    assert OpenBallot.objects.get().choice == "YES"
    assert "本人到场改投" not in client.get(ballot(vote)).content.decode()
    done = desk.post(enter, {"number": "1", "keys": "2", "why": "本人到场改投"})
    assert done.status_code == 200
    assert OpenBallot.objects.get(stands=True).choice == "NO"
    assert "本人到场改投" in client.get(ballot(vote)).content.decode()


def test_slips_are_printed_with_their_codes_and_it_is_written_down(here, desk, cast, signed_in):
    vote = here.opened()
    page = reverse("vote_slips", args=[vote.pk])
    printed = desk.post(page, {"first": "1", "last": "2"})
    code = code_of(vote, 2)
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}".encode() in printed.content
    assert b"<svg" in printed.content
    assert desk.post(page, {"first": "5", "last": "2"}).status_code == 422
    assert Event.objects.get(name=events.SLIPS_PRINTED).facts == {"first": 1, "last": 2}
    assert signed_in(cast.xu).get(page).status_code == 404


def test_areas_of_owners_are_entered_once_and_kept(here, desk):
    vote = here.drafted(purpose=VotePurpose.OWNERS, kind=Kind.OWNERS, unit=RollUnit.HOUSEHOLD)
    page = reverse("owners_areas", args=[vote.pk])
    doors = [one.dwelling_id for one in here.homes]
    typed = {f"area_{door}": "89.52" for door in doors} | {f"second_{doors[1]}": "on"}
    bad = desk.post(page, {**typed, f"area_{doors[0]}": "about 90"})
    assert bad.status_code == 422
    assert b"about 90" in bad.content
    assert not OwnersShare.objects.exists()
    assert desk.post(page, typed).status_code == 302
    assert OwnersShare.objects.get(dwelling=doors[1]).heads == 0
    desk.post(reverse("vote_step", args=[vote.pk, "open"]))
    entry = vote.roll.get(household=here.homes[0])
    assert (entry.area_hundredths, entry.heads) == (8_952, 1)


# --- Hidden, then published ---------------------------------------------------------------------


def test_areas_of_fewer_than_five_owners_are_for_the_office_only(here, desk, client):
    vote = here.owners([100, 200, 300, 400])
    here.cast_all(vote, ["YES", "YES", "YES", "NO"])
    here.closed(vote)
    shown = client.get(reverse("vote_result", args=[vote.pk])).context["result"]
    assert [one.said[0] for one in shown["lines"]] == ["3", "1", "0"]
    assert not any("00" in one.said for one in shown["lines"])
    inside = desk.get(reverse("vote", args=[vote.pk])).context["result"]
    assert any("400" in one.said for one in inside["lines"])
    public = public_result(vote=Vote.objects.get(pk=vote.pk))
    assert public["figures"]["NO"] == {"heads": 1, "area_hundredths": None}


def everywhere(vote, number=1):
    """Return every address that could tell a result."""
    names = ("ballots.json", "ballots.csv", "budget.pb")
    return [
        reverse("votes"),
        reverse("vote", args=[vote.pk]),
        reverse("vote_result", args=[vote.pk]),
        reverse("count_vote", args=[vote.pk]),
        reverse("deliberate"),
        ballot(vote, number),
        *(reverse("vote_file", args=[vote.pk, name]) for name in names),
    ]


def test_a_result_shows_nowhere_before_the_end(here, desk, client, clock):
    vote = here.opened(kind=Kind.APPROVAL, options=RACKS)
    here.cast_all(vote, [["1"]] * 7)
    for who in (desk, client):
        for address in everywhere(vote):
            text = who.get(address).content.decode()
            assert "vote-outcome" not in text
            assert "is-chosen" not in text
    # Two votes that differ in every ballot look the same in every place.
    clean = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+|nonce-\S+')
    seen = [clean.sub("", who.get(one).content.decode()) for who in (desk, client)
            for one in everywhere(vote)]  # fmt: skip
    for number in range(1, 8):
        casting.cast(code=code_of(vote, number), choice=["2"], at=NOW)
    other = [clean.sub("", who.get(one).content.decode()) for who in (desk, client)
             for one in everywhere(vote)]  # fmt: skip
    assert seen == other
    clock.now = OVER
    here.closed(vote)
    assert "is-chosen" in client.get(reverse("vote_result", args=[vote.pk])).content.decode()


def test_what_is_downloaded_counts_again(here, client, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    vote = here.opened(kind=Kind.BUDGET, options=RACKS, money_yuan=5_000, rule="equal-shares")
    here.cast_all(vote, [["1", "3"], ["1"], ["2"], ["3"]])
    assert client.get(reverse("vote_file", args=[vote.pk, "ballots.json"])).status_code == 404
    clock.now = OVER
    here.closed(vote)
    page = client.get(reverse("vote_result", args=[vote.pk])).content.decode()
    assert "份额" in page
    sums = client.get(reverse("vote_file", args=[vote.pk, "SHA256SUMS"])).content.decode()
    for name in ("ballots.json", "budget.pb", "ballots.csv"):
        file = tmp_path / name
        file.write_bytes(client.get(reverse("vote_file", args=[vote.pk, name])).content)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert f'{name} <span class="number">{digest}</span>' in page
        assert f"{digest}  vote-{vote.pk}-{name}\n" in sums
    assert "SHA256SUMS</a>" in page
    recounted = CliRunner().invoke(cli.main, ["ballots", "recount", str(tmp_path / "ballots.json")])
    assert recounted.exit_code == 0, recounted.output
    document = json.loads((tmp_path / "ballots.json").read_text("utf-8"))
    assert document["checksum"] in page
    again = CliRunner().invoke(
        cli.main, ["budget", "count", str(tmp_path / "budget.pb"), "--rule", "equal-shares"]
    )
    assert again.output.split() == document["result"]["chosen"]
    first = document["ballots"][0]
    first["choice"] = ["3"] if first["choice"] == ["2"] else ["2"]
    (tmp_path / "forged.json").write_text(json.dumps(document), "utf-8")
    forged = CliRunner().invoke(cli.main, ["ballots", "recount", str(tmp_path / "forged.json")])
    assert forged.exit_code == 1


def test_a_vote_of_a_closed_forum_is_seen_with_its_slip_only(cast, client):
    here = scene(cast, is_public=False)
    vote = here.opened()
    assert client.get(reverse("vote_result", args=[vote.pk])).status_code == 404
    assert client.get(ballot(vote)).status_code == 200


# --- Secretly -----------------------------------------------------------------------------------


def test_tellers_make_keys_and_count_together(here, cast, signed_in, client, clock):
    draft = here.drafted(is_secret=True, teller_ids=[cast.zhou_min.pk, cast.li.pk])
    keys = []
    for account in (cast.zhou_min, cast.li):
        shown = signed_in(account).post(reverse("teller_key", args=[draft.pk])).content.decode()
        keys.append(re.search(r"(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}", shown)[0])
        later = signed_in(account).get(reverse("teller_key", args=[draft.pk])).content.decode()
        assert keys[-1] not in later
    assert signed_in(cast.shen).get(reverse("teller_key", args=[draft.pk])).status_code == 404
    opening.open_vote(vote_id=draft.pk, actor=here.desk, at=NOW)
    for number in range(1, 7):
        assert client.post(ballot(draft, number), {"choice": "YES"}).status_code == 200
    assert client.post(ballot(draft, 1), {"choice": "NO"}).status_code == 409
    clock.now = OVER
    here.closed(draft)
    count = reverse("count_vote", args=[draft.pk])
    teller = signed_in(cast.li)
    wrong = teller.post(count, {"first": keys[0], "second": keys[0]})
    assert wrong.status_code == 422
    assert teller.post(count, {"first": keys[1], "second": keys[0]}).status_code == 302
    draft.refresh_from_db()
    assert draft.result["figures"]["YES"] == 6
    assert not Envelope.objects.exists()


def test_a_paper_of_a_secret_vote_is_marked_then_entered_from_the_box(here, desk):
    vote, _keys = here.secret()
    enter, box = reverse("enter_ballots", args=[vote.pk]), reverse("ballot_box", args=[vote.pk])
    assert desk.post(box, {"keys": "1"}).status_code == 422
    assert desk.post(enter, {"number": "1", "keys": "1"}).status_code == 422
    assert desk.post(enter, {"number": "1", "keys": ""}).status_code == 200
    assert desk.post(box, {"keys": "7"}).status_code == 422
    assert desk.post(box, {"keys": "1"}).status_code == 302
    assert Envelope.objects.count() == 1


def test_a_vote_is_extended_and_called_off_with_a_reason(here, desk, client):
    vote = here.opened()
    step = "vote_step"
    assert desk.post(reverse(step, args=[vote.pk, "extend"]), {"until": "x"}).status_code == 422
    desk.post(reverse(step, args=[vote.pk, "extend"]), {"until": "2026-03-20T10:00"})
    vote.refresh_from_db()
    assert vote.closes_at > END + timedelta(days=1)
    desk.post(reverse(step, args=[vote.pk, "cancel"]), {"reason": ""})
    vote.refresh_from_db()
    assert vote.state == "OPEN"
    desk.post(reverse(step, args=[vote.pk, "cancel"]), {"reason": "题目写错了"})
    assert "题目写错了" in client.get(ballot(vote)).content.decode()
