"""Making and ending tokens for programs."""

from datetime import timedelta

import pytest

from linli.people import queries
from linli.people.models import ApiToken
from linli.people.services import issue_token
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGE = "/account/tokens/"
FORM = {"name": "物业工单系统", "scopes": "READ_WRITE", "expires_at": "2026-09-01"}


def secret_in(answer) -> str:
    return answer.content.decode().split("<code>")[1].split("</code>")[0]


def test_a_token_is_shown_once_and_works(cast, signed_in):
    browser = signed_in(cast.chen)
    answer = browser.post(PAGE, FORM)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    secret = secret_in(answer)
    token = queries.token_of(secret=secret, at=NOW)
    assert token is not None
    assert token.account == cast.chen
    assert token.scopes == ["READ", "WRITE"]
    page = browser.get(PAGE).content.decode()
    assert "物业工单系统" in page
    assert token.hint in page
    assert secret not in page


def test_the_office_makes_tokens_for_apps_of_residents_and_others_cannot(cast, signed_in):
    wanted = FORM | {"scopes": f"c{cast.community.pk}"}
    answer = signed_in(cast.shen).post(PAGE, wanted)
    token = queries.token_of(secret=secret_in(answer), at=NOW)
    assert (token.community, token.account, token.scopes) == (cast.community, None, ["REPORT"])
    for who in ("xu", "chen", "outsider"):
        assert signed_in(getattr(cast, who)).post(PAGE, wanted).status_code == 422
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "请"),
        ({"name": "  "}, "请"),
        ({"scopes": ""}, "请选择"),
        ({"scopes": "c999"}, "c999"),
        ({"expires_at": ""}, "请填写此项"),
        ({"expires_at": "2026-03-03"}, "一年"),
        ({"expires_at": "2027-12-31"}, "一年"),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field(changes, said, cast, signed_in):
    answer = signed_in(cast.xu).post(PAGE, FORM | changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_ending_a_token_ends_it_at_once(cast, signed_in):
    browser = signed_in(cast.xu)
    secret = secret_in(browser.post(PAGE, FORM))
    token = ApiToken.objects.get()
    assert signed_in(cast.sun).post(f"{PAGE}{token.pk}/end/").status_code == 404
    assert browser.post(f"{PAGE}{token.pk}/end/").status_code == 302
    assert queries.token_of(secret=secret, at=NOW) is None
    page = browser.get(PAGE).content.decode()
    assert "已失效" in page


def test_the_page_is_in_english_behind_the_switch(cast, signed_in):
    browser = signed_in(cast.shen)
    browser.cookies["linli_language"] = "en"
    page = browser.get(PAGE).content.decode()
    assert "Tokens for programs" in page
    assert "Bring in reports of residents of 府东社区" in page


def test_a_token_that_ran_out_is_listed_as_such(cast, signed_in, clock):
    issue_token(
        name="旧程序",
        scopes=("READ",),
        expires_at=NOW + timedelta(days=1),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    clock.forward(days=2)
    page = signed_in(cast.xu).get(PAGE).content.decode()
    assert page.index("已失效") < page.index("旧程序")
