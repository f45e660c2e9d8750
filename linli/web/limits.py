"""How much one address or one telephone may send in an hour.

Only what was accepted counts, so nobody is locked out for mistyping; an office shares one address,
so the figures are generous. Counts are shared by all processes (`core.shared`).
"""

from linli.core.limits import HOUR_SECONDS, REPORTS_BY_PHONE, Limit, address_of

REPORTS_BY_ADDRESS = Limit("reports-address", 20, HOUR_SECONDS)
WEBHOOK_TESTS = Limit("webhook-tests", 20, HOUR_SECONDS)
WRONG_CODES = Limit("wrong-codes", 30, HOUR_SECONDS)
WRONG_DOORS = Limit("wrong-doors", 300, HOUR_SECONDS)  # a hall full of people shares an address
WRONG_SLIPS = Limit("wrong-slips", 30, HOUR_SECONDS)  # of those who vote
WRONG_PASSES = Limit("wrong-passes", 30, HOUR_SECONDS)  # of those who say they visit

__all__ = [
    "HOUR_SECONDS",
    "REPORTS_BY_ADDRESS",
    "REPORTS_BY_PHONE",
    "WEBHOOK_TESTS",
    "WRONG_CODES",
    "WRONG_DOORS",
    "WRONG_PASSES",
    "WRONG_SLIPS",
    "Limit",
    "address_of",
]
