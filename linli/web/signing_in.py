"""How people get in: user name and password, then a second factor; and what keeps others out.

allauth runs the steps, axes counts the failures; this says what they mean here. Nothing is sent by
mail: whoever holds the role above helps (`people.services.reset_password`).
"""

import base64
import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from allauth.account.internal.flows.logout import logout
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from linli.core import crypto
from linli.people import services as people
from linli.web.access import Request

TRUSTED, LINK = "trusted", "link"
"""How a session passed the second factor without a code: a browser trusted before, or a link made
with the server's shell, whose possession counts as both factors."""

_SECOND_FACTORS = frozenset({"mfa", TRUSTED, LINK})
_YEAR_SECONDS = 365 * 24 * 3600


def tidy_username(text: str) -> str:
    """Return a user name as it is stored, however it was typed: full width, capitals, blanks."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def methods_of(request: HttpRequest) -> frozenset[str]:
    """Return by which methods this session was opened."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return frozenset(str(record.get("method")) for record in records)


def has_totp(account: Any) -> bool:
    """Tell whether a second factor is set up."""
    factors = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP)
    return bool(factors.exists())


def forget_second_factor(request: HttpRequest) -> None:
    """Let this session count as one that has passed the password only."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record.get("method") not in _SECOND_FACTORS
    ]


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types here
    """Accounts are given, not taken: no sign-up, no mail; what happens is recorded."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The user name or the password is not right."),
        "too_many_login_attempts": _("Too many attempts. Please wait a few minutes."),
        "rate_limited": _("Too many attempts. Please wait a few minutes."),
        "incorrect_code": _("This code is not right. Please enter the one shown now."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The present password is not right."),
        "same_as_current": _("Please choose a password other than the present one."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Say no: accounts are given by whoever holds the role above."""
        return False

    def get_login_stages(self) -> list[str]:
        """Return the steps after the password: the code, then whether to trust this browser."""
        return ["allauth.mfa.stages.AuthenticateStage", "allauth.mfa.stages.TrustStage"]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record the failure, whether or not there is such a user name."""
        at = cast(Request, request).now
        people.record_sign_in_failed(username=str(credentials.get("username", "")), at=at)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session and record how it was opened."""
        super().login(request, user)
        if "mfa" in methods_of(request):
            by = "SECOND_FACTOR"
        elif has_totp(user):
            # The steps before let somebody with a second factor pass only in a trusted browser.
            record_authentication(request, user, TRUSTED)
            by = "TRUSTED_BROWSER"
        else:
            by = "PASSWORD"
        people.record_signed_in(account_id=user.pk, by=by, at=cast(Request, request).now)

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Bring the account's language to this browser."""
        response = cast(HttpResponse, super().post_login(request, user, **more))
        remember_language(response, user.language)
        return response

    def logout(self, request: HttpRequest) -> None:
        """End the session and record it."""
        if request.user.pk is not None:
            people.record_signed_out(account_id=request.user.pk, at=cast(Request, request).now)
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """Keep the password that its owner chose."""
        at = cast(Request, context.request).now
        people.change_password(account_id=user.pk, password=password, at=at)
        user.refresh_from_db(fields=["password", "must_change_password"])

    def clean_password(self, password: str, user: Any = None) -> str:
        """Check a new password; the present one is none."""
        checked = cast(str, super().clean_password(password, user))
        if user is not None and user.check_password(password):
            raise self.validation_error("same_as_current")
        return checked

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """Go on to where this person works."""
        return reverse("home_of_account")

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Ask for the password again before a second factor is changed, not before the first."""
        request = context.request
        if request.user.is_authenticated and not has_totp(request.user):
            return False
        return bool(super().is_reauthentication_required(app=app, **more))

    def send_notification_mail(self, *_args: Any, **_more: Any) -> None:
        """Send nothing: there is no mail."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types here
    """Second factors, with their secrets encrypted at rest."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    # allauth does not say whose secret it is, so all are sealed under one row.
    _FIELD, _ROW = "mfa_authenticator.secret", "authenticator"

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        sealed = crypto.seal(value=text, field=self._FIELD, row=self._ROW)
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        sealed = base64.b64decode(encrypted_text)
        return crypto.unseal(sealed=sealed, field=self._FIELD, row=self._ROW)

    def send_notification_mail(self, *_args: Any, **_more: Any) -> None:
        """Send nothing: there is no mail."""


def reseal_second_factors() -> int:
    """Seal the secrets of second factors anew under the key of today; return how many were."""
    adapter, done = SecondFactorAdapter(), 0
    for one in Authenticator.objects.order_by("pk"):
        secrets = {name: one.data[name] for name in ("secret", "seed") if one.data.get(name)}
        if secrets:
            one.data |= {name: adapter.encrypt(adapter.decrypt(secrets[name])) for name in secrets}
            one.save(update_fields=["data"])
            done += 1
    return done


class GateMiddleware:
    """Let nobody work before the temporary password is changed and a second factor is set up.

    A session that a link opened passes: possession of the server's shell counts as both.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lead to what is still missing, or let the request pass."""
        known = cast(Request, request)
        if not known.user.is_authenticated or known.path.startswith(self._open):
            return self.get_response(request)
        methods = methods_of(request)
        if LINK in methods:
            return self.get_response(request)
        if getattr(known.user, "must_change_password", False):
            return self._lead(known, reverse("account_change_password"))
        if known.actor.grants and not methods & _SECOND_FACTORS:
            if has_totp(known.user):
                # It was set up elsewhere after this session began: this one proves nothing.
                logout(request, show_message=False)
                return self._lead(known, redirect_to_login("/", settings.LOGIN_URL).url)
            return self._lead(known, reverse("mfa_activate_totp"))
        return self.get_response(request)

    @property
    def _open(self) -> tuple[str, ...]:
        """Return the addresses that stay open: those that lead through the gate, and out."""
        names = (
            "account_change_password",
            "account_logout",
            "account_login",
            "mfa_activate_totp",
            "mfa_view_recovery_codes",
            "choose_language",
            "choose_type_size",
        )
        return (*(reverse(name) for name in names), "/account/link/", settings.STATIC_URL)

    def _lead(self, request: Request, path: str) -> HttpResponse:
        return HttpResponseClientRedirect(path) if request.htmx else HttpResponseRedirect(path)


def locked_out(
    request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say for how long this user name is locked; axes calls it after too many failures."""
    username = str((credentials or {}).get("username", ""))
    at = cast(Request, request).now
    # Only the failure that locks it has counted; those during the lock have not.
    if getattr(request, "axes_failures_since_start", None):
        people.record_locked_out(username=username, at=at)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "account/locked_out.html", {"minutes": minutes}, status=429)


def remember_language(response: HttpResponse, language: str) -> None:
    """Put an account's language into the cookie that pages go by."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=_YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
