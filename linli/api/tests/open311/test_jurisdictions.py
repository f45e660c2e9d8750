"""A server of several communities asks which one; a server of one does not need to be told."""

import pytest

from linli.api.tests.open311.cases import key_for, published
from linli.territory.models import Area
from tests.cast import NOW

PATHS = [
    "services.json",
    "services/LAMP.json",
    "requests.json",
    "requests/2026-1.json",
    "tokens/2026-1.json",
]


@pytest.mark.parametrize("path", PATHS)
def test_with_several_communities_one_has_to_be_named(path, server):
    for missing in (None, ""):
        answer = server.get(path, jurisdiction_id=missing)
        assert answer.status_code == 400
        assert "jurisdiction_id" in answer.json()[0]["description"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "code", ["320102003999", "320102003", "city.gov", "9" * 400, "３２０１０２００３００５"]
)
def test_one_that_is_not_here_is_not_found(code, path, server):
    answer = server.get(path, jurisdiction_id=code)
    assert answer.status_code == 404
    assert "jurisdiction_id" in answer.json()[0]["description"]


def test_a_post_names_it_too(server, cast):
    assert server.post(jurisdiction_id=None).status_code == 400
    assert server.post(jurisdiction_id="320102003999").status_code == 404
    # The key is for 府东社区, not for 别处社区.
    assert server.post(jurisdiction_id=cast.elsewhere.code).status_code == 403


def test_each_sees_its_own(server, cast):
    matter = published(cast)
    there = {"jurisdiction_id": cast.elsewhere.code}
    assert server.json("requests.json", **there) == []
    assert server.json("requests.json", service_request_id=matter.number, **there) == []
    assert server.get(f"requests/{matter.number}.json", **there).status_code == 404
    assert server.get("services/NOISE.json", **there).status_code == 404
    assert [one["service_code"] for one in server.json("services.json", **there)] == ["LAMP"]


def test_a_server_of_one_community_need_not_be_told(server, cast):
    Area.objects.filter(pk=cast.elsewhere.pk).update(ended_at=NOW)
    matter = published(cast)
    (said,) = server.json("requests.json", jurisdiction_id=None)
    assert said["service_request_id"] == matter.number
    assert server.posted(jurisdiction_id=None)
    assert server.get("services.json", jurisdiction_id="nowhere").status_code == 404


def test_a_community_out_of_use_is_no_jurisdiction(server, cast):
    key = key_for(cast)
    Area.objects.filter(pk=cast.community.pk).update(ended_at=NOW)
    assert server.get("services.json").status_code == 404
    assert server.post(api_key=key).status_code == 404


def test_a_server_without_any_community_says_so(db, client):
    assert client.get("/open311/v2/services.json").status_code == 404
    said = client.get("/open311/v2/discovery.json").json()
    assert said["contact"]
