"""What is done from the server's shell."""

from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import OperationalError

from linli import cli, serving
from linli.people import services as people
from linli.people.models import Account, SignInLink
from linli.territory.models import Area
from tests.cast import Cast

pytestmark = pytest.mark.django_db

WANTED = {
    "--code": "320102003007",
    "--name": "新社区",
    "--city": "南都市",
    "--district": "玄北区",
    "--subdistrict": "府前街道",
    "--secretary": "何书记",
    "--username": "he.lin",
}


@pytest.fixture(autouse=True)
def _prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's database is there already."""
    monkeypatch.setattr(serving, "prepare", lambda **_more: None)
    monkeypatch.setenv("LC_ALL", "C")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.main, list(words))


def setup(**changed: Any) -> Result:
    told = {**WANTED, **{f"--{name}": value for name, value in changed.items()}}
    return run("setup", *(word for pair in told.items() if pair[1] for word in pair))


def test_setup_says_the_password_once_and_what_comes_next() -> None:
    result = setup()
    assert result.exit_code == 0, result.output
    account = Account.objects.get(username="he.lin")
    line = next(line for line in result.output.splitlines() if "password:" in line)
    assert account.check_password(line.split()[-1])
    assert "LINLI_PUBLIC_URL" in result.output
    assert Area.objects.get(code="320102003007").name == "新社区"


def test_setup_refuses_in_one_sentence_and_leaves_nothing() -> None:
    setup()
    before = Area.objects.count()
    for changed, words in (
        ({"username": "again"}, "already been set up"),
        ({"code": "12", "username": "again"}, "12 digits"),
        ({"code": "", "username": "again"}, "--code"),
        ({"code": "320102003008"}, "user name is taken"),
    ):
        result = setup(**changed)
        assert result.exit_code == 2
        assert words in result.output
        assert "Traceback" not in result.output
    assert Area.objects.count() == before


def test_a_link_is_printed_for_an_open_account(cast: Cast) -> None:
    result = run("sign-in-link", "gu", "--face", "overview", "--base-url", "https://x.example/")
    assert result.output.startswith("https://x.example/account/link/")
    assert SignInLink.objects.get().account == cast.gu
    result = run("sign-in-link", "--account", "no-such-one")
    assert result.exit_code == 2
    assert "no-such-one" in result.output


def test_the_shell_helps_whom_nobody_stands_above(cast: Cast) -> None:
    result = run("reset-password", "gu", "--second-factor")
    assert result.exit_code == 0
    password = result.output.split()[-1]
    assert Account.objects.get(pk=cast.gu.pk).check_password(password)


class Busy:
    """A service behind a lock that somebody holds for some tries."""

    def __init__(self, act: Any, *, tries: int) -> None:
        self.act, self.left, self.asked = act, tries, 0

    def __call__(self, **said: Any) -> Any:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise OperationalError("database is locked")
        return self.act(**said)


def test_a_link_waits_for_a_database_that_is_busy(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.core.trouble.time.sleep", lambda _seconds: None)
    busy = Busy(people.make_sign_in_link, tries=3)
    monkeypatch.setattr(people, "make_sign_in_link", busy)
    result = run("sign-in-link", "gu")
    assert (result.exit_code, busy.asked) == (0, 4), result.output
    assert "/account/link/" in result.output


def test_a_database_that_stays_busy_is_called_busy(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = iter(range(0, 10_000, 3))
    monkeypatch.setattr("linli.core.trouble.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("linli.core.trouble.time.monotonic", lambda: next(passing))
    busy = Busy(people.make_sign_in_link, tries=10_000)
    monkeypatch.setattr(people, "make_sign_in_link", busy)
    result = run("sign-in-link", "gu")
    assert result.exit_code == 2
    assert "busy" in result.output
    assert "try again" in result.output
    assert "does not answer" not in result.output
    assert busy.asked == 4  # for ten seconds


def test_a_database_that_is_not_there_is_not_waited_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_said: Any) -> None:
        raise OperationalError("connection to server at 127.0.0.1 failed: Connection refused")

    monkeypatch.setattr(people, "make_sign_in_link", refuse)
    result = run("sign-in-link", "gu")
    assert "does not answer" in result.output
