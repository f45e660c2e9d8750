"""What Signalen and FixMyStreet are criticised for, one line each, and the test that holds it here.

`HELD` points at tests that stand where they belong; what no other test holds is held below.
"""

import ast
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.matters.models import Matter
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import State
from tests.cast import make_cast

ROOT = Path(__file__).parents[2]

HELD = {
    "Signalen answers 500 when its classifier is down": (
        ("tests/house/test_abuse.py", "test_a_classifier_that_breaks_stops_no_report"),
        ("linli/web/tests/test_report.py", "test_a_failing_suggestion_never_stops_a_report"),
    ),
    "Signalen answers 500 when a row is locked": (
        ("tests/house/test_abuse.py", "test_of_two_who_press_at_once_one_does_it_and_one_is_told"),
        ("linli/web/tests/test_shell.py", "test_a_busy_database_asks_to_try_again"),
        ("tests/house/test_better_than_the_field.py", "test_a_locked_row_stops_neither_reader"),
    ),
    "Signalen counts invalid bodies against a reporter's limit": (
        ("linli/web/tests/test_report.py", "test_only_accepted_reports_count_against_a_limit"),
        ("linli/web/tests/test_report.py", "test_sending_the_same_again_never_uses_up_the_limit"),
    ),
    "Signalen needs 374 queries for a list of 50 and 45 for one report": (
        (
            "linli/web/tests/test_desk_queue.py",
            "test_rows_cost_the_same_few_queries_however_many_there_are",
        ),
        ("tests/house/test_better_than_the_field.py", "test_a_list_of_fifty_takes_few_queries"),
        ("tests/house/test_better_than_the_field.py", "test_one_report_takes_few_queries"),
    ),
    "Signalen knows no holidays": (
        (
            "linli/core/tests/test_clocks.py",
            "test_calendar_agrees_with_the_official_notice_on_every_day",
        ),
        (
            "linli/matters/tests/test_deadlines.py",
            "test_a_swapped_saturday_counts_as_a_working_day",
        ),
    ),
    "Signalen keeps EXIF": (
        (
            "linli/core/tests/test_attachments.py",
            "test_photo_keeps_no_position_no_camera_and_no_comment",
        ),
        (
            "linli/core/tests/test_attachments.py",
            "test_photo_that_would_keep_its_metadata_is_refused",
        ),
    ),
    "Signalen leaves reopening to staff": (
        (
            "linli/web/tests/test_follow.py",
            "test_a_bad_rating_brings_rework_and_its_photo_comes_along",
        ),
        ("tests/journeys/test_a_low_rating_brings_rework.py", "test_a_low_rating_brings_rework"),
    ),
    "FixMyStreet keeps offline drafts but never sends them by itself": (
        (
            "tests/journeys/test_a_report_without_a_network.py",
            "test_it_leaves_when_the_network_is_back_with_its_photos",
        ),
        (
            "linli/web/tests/test_report.py",
            "test_the_same_form_sent_twice_is_one_matter_and_one_code",
        ),
    ),
    "FixMyStreet's users complain of “closed” without being fixed": (
        (
            "linli/flows/tests/test_closing_honestly.py",
            "test_whatever_is_closed_as_solved_has_a_note_and_a_verifier_who_did_not_do_it",
        ),
        (
            "linli/flows/tests/test_closing_honestly.py",
            "test_what_its_reporter_calls_unsolved_goes_to_rework_and_is_in_no_figure_of_the_solved",
        ),
    ),
}


@pytest.mark.parametrize("complaint", HELD)
def test_a_test_holds_what_others_are_criticised_for(complaint: str) -> None:
    for path, name in HELD[complaint]:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert any(known.startswith(name) for known in names), f"{path} has no {name}"


# --- What no other test holds --------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_a_list_of_fifty_takes_few_queries(cast: Any, signed_in: Any) -> None:
    for _ in range(50):
        reported(cast)
    browser = signed_in(cast.zhou_min)
    browser.get("/desk/?view=all")
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get("/desk/?view=all")
    assert answer.status_code == 200
    assert Matter.objects.count() == 50
    assert len(seen) <= 25, len(seen)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_one_report_takes_few_queries(cast: Any, client: Client) -> None:
    form = {
        "submission_key": str(uuid4()),
        "community": cast.community.pk,
        "text": "翠园3幢门口的路灯坏了，晚上看不清路。",
        "place_ref": f"BUILDING:{cast.building.pk}",
    }
    with CaptureQueriesContext(connection) as seen:
        assert client.post("/report/", form).status_code == 302
    assert len(seen) <= 30, len(seen)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clock")
def test_a_locked_row_stops_neither_reader_nor_writer(signed_in: Any) -> None:
    cast = make_cast()
    stage = stage_at(cast, State.REPORTED)
    reader, writer = signed_in(cast.zhou_ning), signed_in(cast.zhou_min)
    is_locked, may_go = threading.Event(), threading.Event()
    came: list[int] = []

    def hold() -> None:
        with transaction.atomic():
            Matter.objects.filter(pk=stage.id).update(round=1)
            is_locked.set()
            may_go.wait(5)
        connection.close()

    def write() -> None:
        writer.raise_request_exception = False
        came.append(writer.post(f"/matters/{stage.id}/accept/", {}).status_code)
        connection.close()

    holding, writing = threading.Thread(target=hold), threading.Thread(target=write)
    holding.start()
    assert is_locked.wait(5)
    writing.start()
    assert reader.get(f"/desk/{stage.id}/").status_code == 200  # reads never wait
    may_go.set()
    holding.join()
    writing.join()
    assert came == [302]  # the writer waited its turn
    assert stage.matter.state == State.ACCEPTED
