"""Every address and every role: who may open what is read from a table that people reviewed.

The table is ``access_matrix.txt``: a line for each address and method, a column for each role of
the cast. ``ok`` is a page, ``go`` leads on, ``in`` asks to sign in, ``--`` says that nothing is
there; a figure is the status of a refusal.
"""

import os
from pathlib import Path

import pytest
from django.db import connection

from tests.house.access import (
    OUTSIDE,
    ROLES,
    addresses,
    browser_of,
    every_pattern,
    make_world,
    outcome,
    text_of,
    unchanged,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TABLE = Path(__file__).with_name("access_matrix.txt")
PUBLIC = [
    "healthz",
    "readyz",
    "choose_language",
    "choose_type_size",
    "home",
    "board",
    "privacy",
    "api_guide",
    "openapi_json",
    "poster",
    "report",
    "report_places",
    "report_hints",
    "report_map",
    "find",
    "follow",
    "report_done",
    "follow_nudge",
    "follow_rate",
    "follow_withdraw",
    "follow_erase",
    "follow_photo",
    "sign_in_link",
    "patterns",
    "who_visits",
    "say",
    "opinion_said",
    "erase_author",
    "ideas",
    "maps",
    "map",
    "vote_statement",
    "add_statement",
    "map_votes",
    "map_statements",
    "vote_find",
    "vote_ballot",
    "vote_result",
    "vote_file",
    "offline",
    "offline_state",
    "offline_worker",
    "deliberate",
    "public_topic",
    "publication",
    "publication_poster",
    "publication_file",
    "public_meeting",
    "public_minutes_paper",
    "meeting_sign_in",
    "forum_calendar",
]
"""What anybody may open, or whoever holds the token or the code in the address."""


def expected() -> dict[tuple[str, str], dict[str, str]]:
    """Return the table: (address, method) to role to outcome."""
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and line[0] != "#"]
    roles = lines[0].split()[2:]
    rows = {}
    for line in lines[1:]:
        name, method, *cells = line.split()
        assert len(cells) == len(roles), f"{name} {method} has {len(cells)} columns"
        rows[name, method] = dict(zip(roles, cells, strict=True))
    return rows


def test_every_address_stands_in_the_table():
    known = {name.partition(":")[0] for name, _method in expected()}
    names = {name for name, _arguments in every_pattern()}
    missing = sorted(names - known)
    assert not missing, (
        f"New address {missing}: decide who may open it, and write a GET and a POST line for it "
        f"into {TABLE.name}."
    )
    assert not known - names, f"{sorted(known - names)} in {TABLE.name} is no address any more."


def asked_here() -> list[str]:
    """Return who is asked for: everybody, on PostgreSQL a few, for there it takes twice as long.

    Who may open what is decided by the same code on both; a full soak asks everybody on both.
    """
    is_soak = os.environ.get("LINLI_SOAK") == "full"
    few = ("shen", "xu", "chen", "outsider", "resident", "nobody")
    return list(ROLES) if is_soak or connection.vendor != "postgresql" else list(few)


@pytest.mark.parametrize("who", asked_here())
def test_everybody_gets_what_the_table_says_and_outsiders_learn_nothing(who, cast, signed_in):
    world, table = make_world(cast), expected()
    browser = browser_of(world, who, signed_in)
    wrong = []
    for name, address in addresses(world, who=who):
        for method in ("GET", "POST"):
            with unchanged(browser):  # Every request meets the same world.
                answer = browser.get(address) if method == "GET" else browser.post(address, {})
                came, said = outcome(answer), text_of(answer)
            wanted = table.get((name, method), {}).get(who, "nothing")
            # Only /readyz may say 503: that is its answer.
            if came != wanted or (answer.status_code >= 500 and name != "readyz"):
                wrong.append(f"{name} {method}: {came}, the table says {wanted}")
            if who in OUTSIDE and name not in PUBLIC:
                leaked = [secret for secret in world.secrets if secret in said]
                if leaked:
                    wrong.append(f"{name} {method} tells {who} of {leaked}")
    assert not wrong, "\n".join(wrong)
