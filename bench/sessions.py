"""Open sessions for people of the made-up data, as if they had passed both factors."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client

from linli.people.models import Account

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser_of(account: Account) -> Client:
    """Return a browser inside this process in which `account` is signed in."""
    browser = Client()
    if not Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(account, generate_totp_secret())
    browser.force_login(account, backend=_BACKEND)
    session = browser.session
    session["account_authentication_methods_user"] = str(account.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "username": account.username},
        {"method": "mfa", "at": time.time(), "type": "totp"},
    ]
    session.save()
    return browser


def sign_in(account: Account) -> dict[str, str]:
    """Return the cookies of a fresh session, for a browser outside this process."""
    key = browser_of(account).session.session_key or ""
    return {settings.SESSION_COOKIE_NAME: key}
