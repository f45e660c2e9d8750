import pytest

from linli.api.tests.programs import Program, program_of, public_token
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import State
from tests.house.access import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_me_says_who_asks_and_what_the_token_may(cast):
    me = program_of(cast, cast.xu).get("/me").json()
    assert (me["kind"], me["id"], me["name"]) == ("account", cast.xu.pk, "许中杰")
    assert me["token"]["scopes"] == ["READ", "WRITE"]
    assert me["roles"][0]["role"] == "GRID_WORKER"
    public = Program(public_token(cast)).get("/me").json()
    assert (public["kind"], public["community_id"]) == ("client", cast.community.pk)


def test_a_list_pages_by_key_without_gap_or_double(cast):
    made = [reported(cast).matter.pk for _ in range(7)]
    desk = program_of(cast, cast.zhou_min)
    seen, address, pages = [], "/matters?limit=3", 0
    while address:
        answer = desk.get(address)
        body = answer.json()
        seen += [row["id"] for row in body["items"]]
        link = answer.headers.get("Link", "")
        assert (f"<{body['next']}>" in link) if body["next"] else not link
        address, pages = body["next"], pages + 1
    assert seen == sorted(made, reverse=True)
    assert pages == 3


@pytest.mark.parametrize("order", ["false", "true"])
def test_pages_by_deadline_are_whole_as_well(order, cast):
    made = {reported(cast).matter.pk for _ in range(5)}
    desk = program_of(cast, cast.zhou_min)
    first = desk.get("/matters", {"limit": 2, "oldest_deadline_first": order}).json()
    second = desk.get(first["next"]).json()
    third = desk.get(second["next"]).json()
    rows = [*first["items"], *second["items"], *third["items"]]
    assert {row["id"] for row in rows} == made
    assert len(rows) == 5


def test_a_list_is_narrowed_as_asked(cast):
    lamp = reported(cast).matter
    reported(cast, text="政策咨询怎么办", category_id=cast.question.pk)
    desk = program_of(cast, cast.zhou_min)
    for asked in (
        {"category_id": cast.lamp.pk},
        {"kind": "REQUEST"},
        {"query": "看不清路"},
        {"state": ["REPORTED", "ACCEPTED"], "category_id": cast.lamp.pk},
        {"community_id": cast.community.pk, "kind": ["REQUEST", "HAZARD"], "channel": "WEB"},
        {"reported_from": "2026-03-04T09:00:00+08:00", "query": "路灯"},
    ):
        assert [row["id"] for row in desk.get("/matters", asked).json()["items"]] == [lamp.pk]
    for asked in ({"state": "CLOSED"}, {"overdue": "true"}, {"rework": "true"}, {"channel": "QR"}):
        assert desk.get("/matters", asked).json()["items"] == []


def test_one_matter_says_what_may_be_done_with_it(cast):
    stage = stage_at(cast, State.REPORTED)
    body = program_of(cast, cast.zhou_min).get(f"/matters/{stage.id}").json()
    assert body["number"] == f"2026-{stage.id}"
    assert {"accept", "decline", "settle"} <= {offer["step"] for offer in body["steps"]}
    assert body["reporters"][0]["name"] == "张*"
    assert body["reporters"][0]["phone"] == "138****8000"
    assert body["category"]["code"] == "LAMP"
    assert "13812348000" not in str(body)


def test_whoever_is_complained_of_learns_nothing_of_who_asked(cast):
    stage = stage_at(cast, State.DISPATCHED, complained_of_id=cast.property_company.pk)
    handler = program_of(cast, cast.chen)
    body = handler.get(f"/matters/{stage.id}").json()
    assert [one["name"] for one in body["reporters"]] == [""]
    assert [one["phone"] for one in body["reporters"]] == [""]


@pytest.mark.parametrize("who", ["outsider", "outside_handler", "nobody_yet"])
def test_what_one_may_not_see_is_not_there(who, cast):
    world = make_world(cast)
    program = program_of(cast, getattr(cast, who))
    matter_id = world.ids["matter_id"]
    for path in (
        f"/matters/{matter_id}",
        f"/matters/{matter_id}/events",
        f"/areas/{cast.grid.pk}",
        f"/estates/{cast.estate.pk}",
        f"/buildings/{cast.building.pk}",
        f"/places/{cast.place.pk}",
        f"/organisations/{cast.property_company.pk}",
        f"/buildings?community_id={cast.community.pk}",
        f"/categories?community_id={cast.community.pk}",
        f"/problem-lists?community_id={cast.community.pk}",
        f"/figures?area_id={cast.community.pk}",
    ):
        answer = program.get(path)
        found = answer.json()
        assert answer.status_code == 404 or found["items"] == [], path
        assert not [secret for secret in world.secrets if secret in answer.content.decode()], path
    assert program.get("/events").json()["items"] == []
    assert program.get("/matters").json()["items"] == []
    assert program.post(f"/matters/{matter_id}/steps/note", {"text": "x"}).status_code == 404


def test_restricted_matters_are_only_for_those_in_charge(cast):
    made = reported(cast, text="我被老公打了").matter
    assert made.is_restricted
    assert program_of(cast, cast.fang).get(f"/matters/{made.pk}").status_code == 200
    assert program_of(cast, cast.zhou_min).get(f"/matters/{made.pk}").status_code == 404


def test_the_thread_says_what_was_written_and_hides_numbers(cast):
    stage = stage_at(cast, State.RESOLVED)
    program_of(cast, cast.zhou_min).post(
        f"/matters/{stage.id}/steps/note", {"text": "打 13912345678 找他"}
    )
    body = program_of(cast, cast.zhou_ning).get(f"/matters/{stage.id}/events").json()
    names = [event["name"] for event in body["items"]]
    assert names[0] == "matters.reported"
    assert names[-1] == "matters.noted"
    said = " ".join(event["text"] for event in body["items"])
    assert "已更换灯泡" in said
    assert "13912345678" not in said


def test_the_feed_goes_on_from_its_mark(cast, clock):
    stage_at(cast, State.TAKEN)
    clock.forward(minutes=1)
    desk = program_of(cast, cast.zhou_min)
    first = desk.get("/events", {"limit": 2}).json()
    assert [event["name"] for event in first["items"]] == ["matters.reported", "matters.accepted"]
    second = desk.get(first["next"]).json()
    assert [event["name"] for event in second["items"]] == ["matters.dispatched", "matters.taken"]
    assert second["next"] is None
    rest = desk.get("/events", {"after": second["after"]}).json()
    assert rest["items"] == []
    reported(cast, at=clock.now)
    assert desk.get("/events", {"after": rest["after"]}).json()["items"] == []
    clock.forward(minutes=1)
    later = desk.get("/events", {"after": rest["after"]}).json()
    assert [event["name"] for event in later["items"]] == ["matters.reported"]


def test_registers_lists_and_figures_can_be_read(cast):
    world = make_world(cast)
    secretary = program_of(cast, cast.shen)
    here = {"community_id": cast.community.pk}
    for name in (
        "areas",
        "estates",
        "buildings",
        "places",
        "categories",
        "return-reasons",
        "levels",
        "problem-lists",
        "meeting-sheets",
    ):
        body = secretary.get(f"/{name}", here | {"limit": 1}).json()
        assert len(body["items"]) == 1, name
        seen = list(body["items"])
        while body["next"]:
            body = secretary.get(body["next"]).json()
            seen += body["items"]
        assert len(seen) == len(secretary.get(f"/{name}", here).json()["items"]), name
    assert secretary.get("/communities").json()["items"][0]["name"] == "府东社区"
    assert secretary.get("/organisations").json()["items"]
    for name, key in (
        ("areas", cast.grid.pk),
        ("areas", cast.community.pk),
        ("estates", cast.estate.pk),
        ("buildings", cast.building.pk),
        ("places", cast.place.pk),
        ("organisations", cast.property_company.pk),
        ("problem-lists", world.ids["list_id"]),
        ("meeting-sheets", world.ids["sheet_id"]),
    ):
        assert secretary.get(f"/{name}/{key}").status_code == 200, name
    problems = secretary.get(f"/problem-lists/{world.ids['list_id']}/problems").json()
    assert problems["items"][0]["matter"]["id"] == world.ids["matter_id"]
    items = secretary.get(f"/meeting-sheets/{world.ids['sheet_id']}/items").json()
    assert items["items"][0]["matter"]["id"] == world.ids["matter_id"]


def test_a_rate_comes_with_what_it_counts(cast):
    stage_at(cast, State.CLOSED)
    body = program_of(cast, cast.shen).get("/figures", {"period": "year"}).json()
    figures = {one["code"]: one for one in body["figures"]}
    received = figures["received"]
    assert (received["numerator"], received["denominator"]) == (1, None)
    rate = figures["satisfied_share"]
    assert (rate["numerator"], rate["denominator"], rate["hundredths"]) == (1, 1, 10_000)
    assert rate["basis"] == "RATED"
    assert rate["basis_text"]
    assert body["period"] == {
        "kind": "year",
        "from_date": "2026-01-01",
        "until_date": "2026-12-31",
    }
