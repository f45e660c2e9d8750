"""Sign somebody of the cast in, both factors passed."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client

from linli.people.models import Account

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_METHODS = "account_authentication_methods"  # where allauth keeps how a session was opened
_METHODS_OF = "account_authentication_methods_user"


def sign_in(account: Account, **client: Any) -> Client:
    """Return a client in which `account` is signed in with password and second factor."""
    browser = Client(**client)
    open_session(browser, account)
    return browser


def open_session(browser: Client, account: Account) -> None:
    """Sign `account` in as if it had just typed its password and its one-time code."""
    if not Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(account, generate_totp_secret())
    browser.force_login(account, backend=_BACKEND)
    session = browser.session
    session[_METHODS_OF] = str(account.pk)
    session[_METHODS] = [
        {"method": "password", "at": time.time(), "username": account.username},
        {"method": "mfa", "at": time.time(), "type": "totp"},
    ]
    session.save()


def cookie_of(account: Account) -> dict[str, str]:
    """Return the session cookie of a fresh sign-in, for a real browser."""
    browser = sign_in(account)
    return {"name": settings.SESSION_COOKIE_NAME, "value": browser.session.session_key or ""}
