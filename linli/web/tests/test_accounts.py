"""Signing in: both factors, lockout, links, and what has no address."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.core.actor import system
from linli.core.models import Event
from linli.people import events, services
from linli.people.models import Account
from tests.cast import PASSWORD, Cast, give

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SHELL = system(name="shell")
SIGN_IN = "/account/sign-in/"


def code(step: int = 0) -> str:
    """Return the code that an authenticator shows; every other step is another code."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + step))


def enrol(account: Account) -> None:
    TOTP.activate(account, SECRET)


def password_step(
    browser: Client, username: str, password: str = PASSWORD, **more: str
) -> HttpResponse:
    return browser.post(SIGN_IN, {"login": username, "password": password, **more})


def happened(name: str) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("id"))


def test_password_then_code_then_work(cast: Cast, client: Client) -> None:
    enrol(cast.xu)
    answer = password_step(client, "xu")
    assert answer.url == reverse("mfa_authenticate")
    assert client.get("/account/").status_code == 302
    answer = client.post(answer.url, {"code": code()})
    assert answer.url == reverse("mfa_trust")
    assert client.get("/account/").status_code == 302
    answer = client.post(answer.url, {"action": ""})
    assert answer.url == reverse("home_of_account")
    assert client.get(answer.url).url == "/field/"
    assert client.get("/account/").status_code == 200
    (event,) = happened(events.SIGNED_IN)
    assert event.subject_id == cast.xu.pk
    assert event.facts == {"by": "SECOND_FACTOR"}


@pytest.mark.parametrize("typed", ["XU", " xu ", "ｘｕ"])
def test_the_user_name_may_be_typed_in_any_width(cast: Cast, client: Client, typed: str) -> None:
    enrol(cast.xu)
    assert password_step(client, typed).url == reverse("mfa_authenticate")


def test_the_faces_people_come_to(cast: Cast) -> None:
    for account, face in (
        (cast.shen, "/desk/"),
        (cast.zhou_min, "/desk/"),
        (cast.fang, "/desk/"),
        (cast.xu, "/field/"),
        (cast.wang, "/field/"),
        (cast.qian, "/orders/"),
        (cast.gu, "/overview/"),
        (cast.nobody_yet, "/"),
    ):
        browser = Client()
        token = services.make_sign_in_link(
            account_id=account.pk, face="home", actor=SHELL, at=timezone.now()
        )
        answer = browser.post(f"/account/link/{token}/")
        assert browser.get(answer.url).url == face


def test_who_holds_a_role_sets_up_a_second_factor_first(cast: Cast, client: Client) -> None:
    assert password_step(client, "xu").url == reverse("home_of_account")
    set_up = reverse("mfa_activate_totp")
    for address in ("/account/home/", "/account/", "/messages/", "/", "/field/"):
        assert client.get(address).url == set_up, address
    assert client.post("/account/leave/", {}).url == set_up
    asked = client.get("/account/", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == set_up
    page = client.get(set_up)
    assert page.status_code == 200
    secret = client.session["mfa.totp.secret"]
    wrong = client.post(set_up, {"code": "000000"})
    assert wrong.status_code == 200
    assert client.session["mfa.totp.secret"] == secret
    right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = client.post(set_up, {"code": right})
    assert answer.url == reverse("mfa_view_recovery_codes")
    codes = client.get(answer.url).context["unused_codes"]
    assert len(codes) == 10
    again = client.get(answer.url).content.decode()
    assert not any(one in again for one in codes)
    assert client.get("/account/").status_code == 200
    assert len(happened(events.SECOND_FACTOR_SET)) == 1
    stored = str(Authenticator.objects.filter(user=cast.xu).values_list("data", flat=True))
    assert secret not in stored


def test_who_holds_no_role_needs_no_second_factor(cast: Cast, client: Client) -> None:
    password_step(client, "nobody_yet")
    assert client.get("/account/").status_code == 200


def test_a_session_from_before_the_second_factor_proves_nothing(cast: Cast) -> None:
    early = Client()
    password_step(early, "xu")
    enrol(cast.xu)
    assert early.get("/account/").url.startswith(SIGN_IN)
    assert early.get("/account/").url.startswith(SIGN_IN)
    assert "_auth_user_id" not in early.session


def test_a_trusted_browser_needs_no_code_until_something_changes(cast: Cast) -> None:
    enrol(cast.xu)
    browser = Client()
    password_step(browser, "xu")
    browser.post(reverse("mfa_authenticate"), {"code": code()})
    browser.post(reverse("mfa_trust"), {"action": "trust"})
    browser.post(reverse("account_logout"))
    assert password_step(browser, "xu").url == reverse("home_of_account")
    assert browser.get("/account/").status_code == 200
    assert happened(events.SIGNED_IN)[-1].facts == {"by": "TRUSTED_BROWSER"}
    assert len(happened(events.SIGNED_OUT)) == 1
    assert password_step(Client(), "xu").url == reverse("mfa_authenticate")
    browser.post(reverse("account_logout"))
    password = services.reset_password(
        account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=timezone.now()
    )
    assert password_step(browser, "xu", password).url == reverse("mfa_authenticate")


def test_a_recovery_code_works_once(cast: Cast) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    enrol(cast.xu)
    spare = RecoveryCodes.activate(cast.xu).get_unused_codes()[0]
    for works in (True, False):
        browser = Client()
        password_step(browser, "xu")
        answer = browser.post(reverse("mfa_authenticate"), {"code": spare})
        assert (answer.status_code == 302) is works


def test_a_code_is_not_used_twice(cast: Cast) -> None:
    enrol(cast.xu)
    used = code()
    for works in (True, False):
        browser = Client()
        password_step(browser, "xu")
        answer = browser.post(reverse("mfa_authenticate"), {"code": used})
        assert (answer.status_code == 302) is works


# --- Failures -------------------------------------------------------------------------------


def body(answer: HttpResponse) -> str:
    """Return a page without its CSRF tokens, which differ each time."""
    import re

    return re.sub(
        r'(name="csrfmiddlewaretoken" value|X-CSRFToken": )"?="?[^"]+',
        "",
        re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode()),
    )


def test_a_wrong_name_and_a_wrong_password_look_alike(cast: Cast) -> None:
    answers = []
    for username in ("xu", "no-such-one"):
        answer = password_step(Client(), username, "wrong")
        assert answer.status_code == 200
        answers.append(body(answer).replace(username, "…"))
    assert answers[0] == answers[1]
    failed = happened(events.SIGN_IN_FAILED)
    assert [event.subject_id for event in failed] == [cast.xu.pk, 0]
    assert all(event.actor == "nobody:" for event in failed)


@pytest.mark.parametrize("username", ["xu", "no-such-one"])
def test_five_failures_lock_the_name_for_a_quarter_of_an_hour(cast: Cast, username: str) -> None:
    enrol(cast.xu)
    for number in range(1, 6):
        # Another address each time: it is the name that is locked.
        browser = Client(REMOTE_ADDR=f"10.0.0.{number}")
        answer = password_step(browser, username, "wrong")
        assert answer.status_code == (429 if number == 5 else 200)
    assert "15" in answer.content.decode()
    assert password_step(Client(), username).status_code == 429
    assert password_step(Client(), "li").status_code == 302
    assert len(happened(events.LOCKED_OUT)) == 1
    assert len(happened(events.SIGN_IN_FAILED)) >= 5
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert password_step(Client(), username).status_code == (302 if username == "xu" else 200)


def test_attempts_during_the_lock_do_not_prolong_it(cast: Cast) -> None:
    for _number in range(5):
        password_step(Client(), "xu", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert password_step(Client(), "xu", "wrong").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert password_step(Client(), "xu").status_code == 302


def test_wrong_codes_lock_the_name_too(cast: Cast) -> None:
    enrol(cast.xu)
    browser = Client()
    password_step(browser, "xu")
    for number in range(1, 6):
        answer = browser.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert answer.status_code == (429 if number == 5 else 200)
    assert browser.post(reverse("mfa_authenticate"), {"code": code()}).status_code == 429
    assert password_step(Client(), "xu").status_code == 429


def test_whoever_helps_lifts_the_lock(cast: Cast) -> None:
    for _number in range(5):
        password_step(Client(), "xu", "wrong")
    password = services.reset_password(
        account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=timezone.now()
    )
    assert password_step(Client(), "xu", password).status_code == 302


def test_a_closed_account_is_told_so_only_with_its_password(cast: Cast, client: Client) -> None:
    Account.objects.filter(pk=cast.xu.pk).update(is_active=False)
    assert password_step(client, "xu").url == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert password_step(client, "xu", "wrong").status_code == 200


def test_an_attempt_keeps_neither_password_nor_code(cast: Cast) -> None:
    password_step(Client(), "xu", "my-secret-guess")
    kept = str(AccessAttempt.objects.values())
    assert "my-secret-guess" not in kept


# --- Passwords ------------------------------------------------------------------------------


def test_a_temporary_password_is_changed_before_anything_else(cast: Cast) -> None:
    password = services.reset_password(
        account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=timezone.now()
    )
    browser = Client()
    password_step(browser, "xu", password)
    change = reverse("account_change_password")
    for address in ("/account/", "/field/", "/"):
        assert browser.get(address).url == change
    for new, ok in (("short", False), ("1234567890123", False), (password, False)):
        answer = browser.post(change, {"oldpassword": password, "password1": new, "password2": new})
        assert (answer.status_code == 302) is ok
    good = "three-wet-quilts"
    answer = browser.post(change, {"oldpassword": password, "password1": good, "password2": good})
    assert answer.url == reverse("home_of_account")
    assert browser.get("/account/").url == reverse("mfa_activate_totp")
    assert not Account.objects.get(pk=cast.xu.pk).must_change_password


def test_a_reset_ends_every_session(cast: Cast, signed_in) -> None:
    phone, desk = signed_in(cast.xu), signed_in(cast.xu)
    assert phone.get("/account/").status_code == 200
    services.reset_password(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=timezone.now())
    for browser in (phone, desk):
        assert browser.get("/account/").url.startswith(SIGN_IN)


def test_closing_an_account_ends_every_session(cast: Cast, signed_in) -> None:
    phone = signed_in(cast.xu)
    services.deactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=timezone.now())
    assert phone.get("/account/").url.startswith(SIGN_IN)


def test_the_second_factor_is_replaced_only_after_the_password(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.xu)
    replace = reverse("mfa_deactivate_totp")
    answer = browser.get(replace)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    answer = browser.post(
        reverse("account_reauthenticate"), {"password": PASSWORD, "next": replace}
    )
    assert answer.url == replace
    assert browser.get(replace).status_code == 200
    assert browser.post(replace).url == reverse("mfa_activate_totp")
    assert browser.get("/account/").url == reverse("mfa_activate_totp")
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200
    assert len(happened(events.SECOND_FACTOR_REMOVED)) == 1


# --- Links ----------------------------------------------------------------------------------


def test_a_link_is_not_used_up_by_opening_it(cast: Cast) -> None:
    token = services.make_sign_in_link(
        account_id=cast.gu.pk, face="overview", actor=SHELL, at=timezone.now()
    )
    address = f"/account/link/{token}/"
    for _number in range(3):
        page = Client().get(address)
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"]
    browser = Client()
    assert browser.post(address).url == "/overview/"
    assert browser.get("/account/").status_code == 200
    assert happened(events.SIGNED_IN)[-1].facts == {"by": "LINK"}
    late = Client()
    assert late.post(address).status_code == 404
    assert "_auth_user_id" not in late.session


def test_a_link_takes_the_place_of_both_factors_for_its_session_only(cast: Cast) -> None:
    enrol(cast.xu)
    Account.objects.filter(pk=cast.xu.pk).update(must_change_password=True)
    token = services.make_sign_in_link(
        account_id=cast.xu.pk, face="field", actor=SHELL, at=timezone.now()
    )
    browser = Client()
    assert browser.post(f"/account/link/{token}/").url == "/field/"
    assert browser.get("/account/").status_code == 200
    browser.post(reverse("account_logout"))
    assert password_step(browser, "xu").url == reverse("mfa_authenticate")


def test_a_link_replaces_whoever_was_signed_in(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    token = services.make_sign_in_link(
        account_id=cast.nobody_yet.pk, face="resident", actor=SHELL, at=timezone.now()
    )
    browser.post(f"/account/link/{token}/")
    assert browser.session["_auth_user_id"] == str(cast.nobody_yet.pk)
    password_step(browser, "nobody_yet")


# --- Addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/account/signup/",
        "/account/email/",
        "/account/login/",
        "/account/password/reset/",
        "/account/password/set/",
        "/account/confirm-email/",
        "/account/login/code/",
        "/account/second-factor/webauthn/",
        "/account/second-factor/recovery-codes/download/",
        "/accounts/login/",
        "/admin/",
    ],
)
def test_what_is_not_used_has_no_address(cast: Cast, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_next_leads_nowhere_else(cast: Cast) -> None:
    for target, lands in (
        ("/account/leave/", "/account/leave/"),
        ("https://evil.example/", "/account/home/"),
        ("//evil.example/", "/account/home/"),
        ("javascript:alert(1)", "/account/home/"),
    ):
        browser = Client()
        answer = password_step(browser, "nobody_yet", next=target)
        assert answer.url == lands


def test_the_account_page_keeps_what_was_chosen(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.xu)
    answer = browser.post("/account/preferences/", {"language": "en", "large_type": "on"})
    assert answer.status_code == 302
    assert answer.cookies["linli_language"].value == "en"
    account = Account.objects.get(pk=cast.xu.pk)
    assert (account.language, account.large_type) == ("en", True)
    assert browser.post("/account/phone/", {"phone": "12"}).status_code == 422
    assert browser.post("/account/phone/", {"phone": "13800138000"}).status_code == 302
    page = browser.get("/account/").content.decode()
    assert "138****8000" in page
    assert "13800138000" not in page


def test_leave_is_one_form(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.xu)
    today = timezone.localdate().isoformat()
    wanted = {"stand_in": cast.sun.pk, "from_date": today, "until_date": today}
    outsider = browser.post("/account/leave/", {**wanted, "stand_in": cast.chen.pk})
    assert outsider.status_code == 422
    assert browser.post("/account/leave/", wanted).status_code == 302
    again = browser.post("/account/leave/", wanted)
    assert again.status_code == 422
    assert today in again.content.decode()
    page = browser.get("/account/leave/")
    (handover,) = page.context["handovers"]
    assert signed_in(cast.sun).post(f"/account/leave/{handover.pk}/end/").status_code == 403
    assert browser.post(f"/account/leave/{handover.pk}/end/").status_code == 302


def test_rate_limits_do_not_lock_an_office_out(cast: Cast) -> None:
    give(cast.nobody_yet, "STAFF", cast.community)
    for number in range(20):
        answer = password_step(Client(), f"colleague{number}", "wrong")
        assert answer.status_code == 200
    assert password_step(Client(), "nobody_yet").status_code == 302
    cache.clear()
