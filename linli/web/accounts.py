"""Signing in."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up: accounts are given."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors."""
