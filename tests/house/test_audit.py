"""What happened stays on record, and whoever reads a sealed field leaves a trace."""

import ast

from tests.house.source import named, python_files, tree

LOG = {"Event", "Seal", "SealedEvent"}
TABLES = ("core_event", "core_seal", "core_sealedevent")

OPENS = {
    "unseal",
    "_unsealed",
    "tracking_code_of",
    "phone_of",
    "masked_contact",
    "open_contact",
    "person_of",
    "answers_of",
    "cause_of",
    "unseal_bytes",
    "kept_rows",
    "slip_code_of",
    "opened_rows",
    "code_of",
}
READERS = {
    # The one function that shows a contact in full: it asks for a reason and records an event.
    ("linli/matters/services/contact.py", "open_contact"): "event",
    # The tracking code is shown only with a contact that was opened, and so recorded, just now.
    ("linli/web/steps/views.py", "_show_contact"): "after open_contact",
    ("linli/matters/services/contact.py", "_unsealed"): "called by the two below",
    ("linli/matters/services/contact.py", "masked_contact"): "masked: 张*, 138****8000",
    ("linli/web/desk/matter.py", "reporters_of"): "masked",
    ("linli/web/steps/forms.py", "_name_of"): "masked",
    ("linli/keeping/staged.py", "_check_names"): "masked; nothing leaves, only whether it opens",
    # Given back to whoever made the report, to whom it belongs.
    ("linli/matters/services/reporting.py", "_already_in"): "the reporter's own code",
    ("linli/matters/services/reporting.py", "tracking_code_of"): "called by those above",
    # An author's name and number: for a stated reason, and an event is recorded.
    ("linli/deliberation/services/opinions.py", "open_author"): "event",
    ("linli/deliberation/queries/meetings.py", "name_of"): "who was there, to those inside",
    ("linli/deliberation/queries/minutes.py", "signed_record"): "minutes, to those inside",
    ("linli/deliberation/queries/doors.py", "_key_of"): "a key; only its codes are shown",
    # A slip is printed for whoever runs the vote; each printing is an event.
    ("linli/deliberation/queries/votes.py", "slip_code_of"): "called by the next",
    ("linli/web/deliberation/papers_of_votes.py", "_print"): "after record_slips_printed",
    ("linli/flows/packs/replay_deliberation.py", "_cast"): "the invented voters of a story",
    ("linli/deliberation/services/opinions.py", "_unsealed"): "called by the two around it",
    ("linli/deliberation/services/opinions.py", "code_of"): "called by the one below",
    # Given back to whoever sent the same form before, to whom it belongs.
    ("linli/deliberation/services/opinions.py", "_said_before"): "the author's own code",
    ("linli/web/deliberation/followed.py", "forget_mine"): "the author's own code",
    # Pages show an account's phone masked, and oneself one's own.
    ("linli/people/queries/registers.py", "phone_of"): "called by the two below",
    ("linli/web/people/accounts.py", "page"): "masked by the template",
    ("linli/web/accounts.py", "account_home"): "one's own",
    # Nobody reads these: they go to a mail server, or are compared with a code.
    ("linli/notify/sending.py", "_try"): "an address, to send there",
    ("linli/notify/posting.py", "_secrets_of"): "the secret of a webhook, to sign with",
    # The very answer a program got, given again to the same program with the same key.
    ("linli/core/idempotency.py", "answer_kept"): "the caller's own answer",
    ("linli/api/resources/matters.py", "_reporters"): "masked: 张*, 138****8000",
    ("linli/web/signing_in.py", "decrypt"): "the secret of a second factor; signing in is an event",
    ("linli/core/sealed.py", "_renew"): "sealed again under the new key; the rotation is an event",
    ("linli/people/personal.py", "person_of"): "called by those below",
    ("linli/people/queries/residents.py", "row_of"): "names; pages mask the numbers",
    ("linli/people/queries/party.py", "_name_of"): "names, of units whose members one may see",
    ("linli/people/queries/teams.py", "name_of_somebody"): "names, of grids one serves",
    ("linli/people/services/residents.py", "open_number"): "event",
    ("linli/visits/queries/today.py", "answers_of"): "called by those below",
    ("linli/visits/queries/today.py", "cause_of"): "called by those below",
    ("linli/visits/services/recording.py", "_call_again"): "sealed again beside the next call",
    ("linli/web/visits/field.py", "_facts"): "answers and cause, to whoever may see the visit",
    ("linli/web/visits/field.py", "_texts"): "answers, to whoever may see the visit",
    ("linli/people/services/needs.py", "open_need"): "event",
    ("linli/people/queries/ties.py", "note_of"): "to those who may know of the link",
    ("linli/people/queries/papers.py", "_rows_of"): "names of papers, to those entitled",
    # A workbook on its way in belongs to the office that handed it in and decides about it.
    ("linli/core/crypto.py", "unseal"): "opens a text by way of its bytes",
    ("linli/people/books/running.py", "_tables"): "the file, to plan it",
    ("linli/people/books/running.py", "_apply"): "written to the roster; events",
    ("linli/people/books/batches.py", "_said"): "called by the next",
    ("linli/people/books/receiving.py", "opened_rows"): "called by the page of whoever decides",
    ("linli/web/roster/filling.py", "_kept"): "a blank form, to whoever dropped it in",
    ("linli/people/books/returning.py", "_tables"): "called by the next",
    ("linli/people/books/returning.py", "wrong_rows"): "the office's own file; an event",
    ("linli/people/books/receiving.py", "headings_known"): "headings, to name them",
    ("linli/web/roster/importing.py", "_show"): "the office's own file; numbers masked",
    ("linli/people/books/residents.py", "_merged"): "joined with what a file says, not shown",
    ("linli/people/books/residents.py", "_try_to_change"): "what stands, masked on the page",
    ("linli/people/books/priority_people.py", "_of"): "compared with what a file says, not shown",
    # Nobody reads these: what stood there is compared, joined or digested.
    ("linli/people/services/residents.py", "edit_resident"): "compared; the event names fields",
    ("linli/people/services/residents.py", "merge"): "joined with the other row; an event",
    ("linli/people/services/residents.py", "_terms"): "digested for the search index",
}


def test_nothing_deletes_from_the_event_log():
    """Six months are the least the law asks for; here it is never."""
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "delete":
                said = {name.id for name in ast.walk(node.func) if isinstance(name, ast.Name)}
                assert not said & LOG, f"{named(path)}:{node.lineno} deletes what happened"
        text = path.read_text("utf-8").lower()
        for word in ("delete from", "truncate"):
            for table in TABLES:
                assert f"{word} {table}" not in text, named(path)


def test_what_the_log_names_cannot_be_deleted_under_it():
    from django.db.models import PROTECT

    from linli.core import models

    for name in LOG:
        for field in getattr(models, name)._meta.fields:
            if field.remote_field is not None:
                assert field.remote_field.on_delete is PROTECT, f"{name}.{field.name}"


def test_whoever_opens_a_sealed_field_is_known():
    """A new reader of names, phones, codes or addresses has to say here why it needs no event."""
    found = {}
    for path in python_files():
        for function in ast.walk(tree(path)):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    called = node.func
                    owner = getattr(getattr(called, "value", None), "id", "")
                    name = getattr(called, "attr", getattr(called, "id", ""))
                    # matters' own phone_of reads what was typed; the one of people opens a seal.
                    if name == "phone_of" and owner != "queries":
                        continue
                    if name in OPENS:
                        found[(named(path), function.name)] = node.lineno
    assert set(found) - set(READERS) == set(), "record an event, and say so in READERS"
    assert set(READERS) - set(found) == set(), "nobody reads there any more"


def test_the_one_that_shows_a_contact_in_full_records_it():
    path = next(path for path in python_files() if named(path).endswith("services/contact.py"))
    function = next(
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.name == "open_contact"
    )
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    recorded = next(call for call in calls if getattr(call.func, "id", "") == "record_of")
    opened = next(call for call in calls if getattr(call.func, "id", "") == "_unsealed")
    assert recorded.lineno < opened.lineno, "first it is written down, then it is shown"
