"""`linli token`: what is made, listed and ended from the server's shell."""

import pytest

from linli import demo, office
from linli.core.errors import Refused
from linli.people import queries
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def said(call, **given):
    lines = []
    call(say=lines.append, **given)
    return lines


def test_a_token_is_made_listed_and_ended(cast):
    (secret,) = said(office.issue_token, username="xu", name="程序", writes=True, days=30)
    token = queries.token_of(secret=secret, at=NOW)
    assert (token.account, token.scopes) == (cast.xu, ["READ", "WRITE"])
    (line,) = said(office.list_tokens)
    assert line.split("\t") == [
        str(token.pk),
        f"{secret[:8]}…",
        "xu",
        "READ",
        "WRITE",
        "2026-04-03",
        "程序",
    ]
    said(office.revoke_token, token_id=token.pk)
    assert said(office.list_tokens) == []
    assert queries.token_of(secret=secret, at=NOW) is None


def test_a_communitys_public_gets_one_by_its_code(cast):
    code = cast.community.code
    (secret,) = said(office.issue_public_token, community_code=code, name="应用", days=30)
    token = queries.token_of(secret=secret, at=NOW)
    assert (token.community, token.scopes) == (cast.community, ["REPORT"])


def test_for_nobody_there_is_none(cast):
    with pytest.raises(Refused):
        office.issue_token(username="nobody", name="x", writes=False, days=1, say=print)
    for code in ("000000000000", cast.grid.code):
        with pytest.raises(Refused):
            office.issue_public_token(community_code=code, name="x", days=1, say=print)


def test_the_demonstration_says_two_tokens_that_work(cast):
    lines = [line.strip() for line in demo._tokens(base="http://here", at=NOW)]
    secrets = [lines[3], lines[6]]
    assert lines[4] == "http://here/open311/v2/discovery.xml"
    public, own = (queries.token_of(secret=secret, at=NOW) for secret in secrets)
    assert (public.scopes, public.community) == (["REPORT"], cast.community)
    assert (own.scopes, own.account) == (["READ", "WRITE"], cast.zhou_min)
