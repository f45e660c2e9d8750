"""Minutes as everybody reads them: no names, numbers or doors, and what was corrected since.

The place of a line in the record is its name here: ``summary``, ``items/0/said``,
``items/0/speeches/1``, ``items/0/motions/0/dissents/0``. A signed record is not changed any more,
so the places stand. The office may put a line into other words; they are cleaned like any other.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override

from linli.deliberation.models import Meeting, Publication
from linli.deliberation.queries.meetings import parties_at, people_of_parties
from linli.deliberation.queries.minutes import (
    Correction,
    Minutes,
    Record,
    minutes_of,
    record_of,
)
from linli.deliberation.workflow import PublicationKind
from linli.language.mask import mask_name, scrub_doors, scrub_personal_data
from linli.people import queries as people
from linli.territory import queries as territory

Clean = Callable[[str], str]


_KEPT = (
    "kind",
    "starts_at",
    "opened_at",
    "ended_at",
    "expected",
    "quorum",
    "present",
    "counted",
)
"""What of the facts names nobody."""


@dataclass(frozen=True, slots=True)
class PublicLine:
    """A line of signed minutes: as it was signed, put into other words ("": not), and as shown."""

    place: str
    item: int
    signed: str
    worded: str
    shown: str

    @property
    def is_altered(self) -> bool:
        """Tell whether everybody reads something else than what was signed."""
        return self.shown != self.signed


def public_record(*, meeting: Meeting, at: datetime) -> Record:
    """Return the record as it is made public: no names of people, no numbers, doors or keys.

    Whoever sits for a party, chairs or records stands there by the party or office; a resident
    without office as 张*. Where somebody who was there, who works for the community or a party, or
    who is on the roster is named in a text, they stand there alike.
    """
    record = record_of(meeting=meeting)
    facts, around = record["facts"], record["around"]
    worded = _wordings(meeting)
    called = _called(record, at)
    texts = [facts["name"], *dict(lines_in(record)).values(), *worded.values()]
    texts += [one["text"] for one in around["resolutions"]]
    clean = _cleaner(meeting, record, called.by_name, texts, at)
    said = {place: clean(worded.get(place, text)) for place, text in lines_in(record)}
    return {
        "masked": True,
        "reworded": len(worded),
        "facts": {
            **{name: facts[name] for name in _KEPT if name in facts},
            "name": clean(facts["name"]),
            "missing_reason": said["missing_reason"],
            "expected_reason": said["expected_reason"],
            "summary": said["summary"],
            "attendances": [
                {"id": one["id"], "party": one["party"]} for one in facts["attendances"]
            ],
            "items": [_item_said(n, item, said) for n, item in enumerate(facts["items"])],
        },
        "around": {
            **{name: around[name] for name in ("forum", "community", "parties", "missing")},
            **{name: around[name] for name in ("rules_number", "rules")},
            # Where it was held is told to everybody beforehand, down to the door.
            "place": scrub_personal_data(text=around["place"]),
            "chair": called.by_part["chair"],
            "recorder": called.by_part["recorder"],
            "names": called.by_attendance,
            "resolutions": [{**one, "text": clean(one["text"])} for one in around["resolutions"]],
        },
    }


def public_lines(*, meeting: Meeting, at: datetime) -> list[PublicLine]:
    """Return every line of signed minutes beside what everybody reads in its place."""
    record, worded = record_of(meeting=meeting), _wordings(meeting)
    shown = dict(lines_in(public_record(meeting=meeting, at=at)))
    return [
        PublicLine(
            place=place,
            item=_item_of(place),
            signed=text,
            worded=worded.get(place, ""),
            shown=shown[place],
        )
        for place, text in lines_in(record)
        if text
    ]


def clean_text(*, meeting: Meeting, text: str, at: datetime) -> str:
    """Return a text about a meeting as it is made public."""
    record = record_of(meeting=meeting)
    called = _called(record, at)
    return _cleaner(meeting, record, called.by_name, [text], at)(text)


def lines_in(record: Record) -> Iterator[tuple[str, str]]:
    """Give the place and text of each line that somebody wrote freely, in the record's order."""
    facts = record["facts"]
    yield "expected_reason", facts.get("expected_reason", "")
    yield "missing_reason", facts["missing_reason"]
    for n, item in enumerate(facts["items"]):
        yield f"items/{n}/title", item["title"]
        yield f"items/{n}/said", item["said"]
        for k, turn in enumerate(item["speeches"]):
            yield f"items/{n}/speeches/{k}", turn["gist"]
        for k, motion in enumerate(item["motions"]):
            yield f"items/{n}/motions/{k}", motion["text"]
            for m, each in enumerate(motion["dissents"]):
                yield f"items/{n}/motions/{k}/dissents/{m}", each["text"]
    yield "summary", facts["summary"]


def _item_of(place: str) -> int:
    """Return the number of the item in which a line stands; 0 for none."""
    return int(place.split("/")[1]) + 1 if place.startswith("items/") else 0


def _item_said(n: int, item: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    own = f"items/{n}"
    return {
        "title": said[f"{own}/title"],
        "said": said[f"{own}/said"],
        "speeches": [
            {**turn, "gist": said[f"{own}/speeches/{k}"]} for k, turn in enumerate(item["speeches"])
        ],
        "motions": [
            {
                **motion,
                "text": said[f"{own}/motions/{k}"],
                "dissents": [
                    {**each, "text": said[f"{own}/motions/{k}/dissents/{m}"]}
                    for m, each in enumerate(motion["dissents"])
                ],
            }
            for k, motion in enumerate(item["motions"])
        ],
    }


def _wordings(meeting: Meeting) -> dict[str, str]:
    return dict(meeting.public_wordings.values_list("line", "text"))


# --- What people are called in public ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Called:
    """What those who were there are called: by attendance, by name, and as chair or recorder."""

    by_attendance: dict[str, str]
    by_name: dict[str, str]
    by_part: dict[str, str]


def _called(record: Record, at: datetime) -> _Called:
    facts, around = record["facts"], record["around"]
    offices = people.role_of_each(account_ids=_accounts(facts), on=people.local_day(at=at))
    staff, parties = _staff(), dict(around["parties"])
    by_attendance: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for one in facts["attendances"]:
        full = around["names"][str(one["id"])]
        shown = mask_name(name=full)
        if one["party"] is not None:
            shown = str(parties[one["party"]])
        elif one["account"] in offices:
            shown = staff
        by_attendance[str(one["id"])] = shown
        # Two of one name under two parties: a text does not say which of them is meant.
        is_clear = by_name.get(full, shown) == shown
        by_name[full] = shown if is_clear else mask_name(name=full)
    by_account = {one["account"]: by_attendance[str(one["id"])] for one in facts["attendances"]}
    by_part: dict[str, str] = {}
    for part in ("chair", "recorder"):
        shown = ""
        if facts[part] is not None:
            known = staff if facts[part] in offices else mask_name(name=around[part])
            shown = by_account.get(facts[part]) or known
            by_name.setdefault(around[part], shown)
        by_part[part] = shown
    return _Called(by_attendance, by_name, by_part)


def _staff() -> str:
    with override(settings.LANGUAGE_CODE):
        return gettext("The community’s staff")


def _accounts(facts: Mapping[str, Any]) -> set[int]:
    found = {one["account"] for one in facts["attendances"]}
    return {key for key in found | {facts["chair"], facts["recorder"]} if key is not None}


# --- Names in texts ---------------------------------------------------------------------------


def _cleaner(
    meeting: Meeting,
    record: Record,
    called: Mapping[str, str],
    texts: Collection[str],
    at: datetime,
) -> Clean:
    """Return what takes personal data out of a text; `texts` are all that it will be given."""
    forum = meeting.forum
    names = dict(called)
    parties = parties_at(meeting=meeting)
    seated = people_of_parties(parties=parties, at=at)
    for party in parties:
        for full in people.names_of(account_ids=seated[party.pk]).values():
            names.setdefault(full, party.name)
    for account in people.accounts_in(community_id=forum.community_id, at=at):
        names.setdefault(account.name, _staff())
    written = set().union(*(_might_be_names(text) for text in texts), ())
    for full in people.names_on_roster(community_id=forum.community_id, names=written):
        names.setdefault(full, mask_name(name=full))
    kept = {forum.name, forum.community.name, *(party.name for party in parties)}
    kept |= {str(name) for _key, name in record["around"]["parties"]}
    kept |= {one.name for one in territory.list_estates(community_id=forum.community_id)}
    kept |= {one.name for one in people.organisations_of(community_id=forum.community_id)}
    return _replacing({**{name: name for name in kept}, **_longer_than_one(names)})


def _longer_than_one(names: Mapping[str, str]) -> dict[str, str]:
    """Leave names of one character alone: they would stand in every other word."""
    return {full: shown for full, shown in names.items() if len(full) > 1}


def _replacing(shown: Mapping[str, str]) -> Clean:
    """Return what puts the longest known word at each place into its public form."""
    by_word = {"".join(word.split()): said for word, said in shown.items()}
    longest_first = sorted(filter(None, by_word), key=lambda word: (-len(word), word))
    # 李 明 on the sheet is 李明 in a text, and the other way round.
    pattern = re.compile("|".join(_BLANK.join(map(re.escape, word)) for word in longest_first))

    def clean(text: str) -> str:
        said = pattern.sub(lambda found: by_word["".join(found[0].split())], text)
        return scrub_doors(text=scrub_personal_data(text=said))

    return clean if longest_first else lambda text: scrub_doors(text=scrub_personal_data(text=text))


_BLANK = "[ \t\u3000]*"
_HAN_RUN = re.compile("[\u3400-\u9fff·]{2,}")
_NAME_LENGTHS, _DOTTED_LENGTH_MAX = (2, 3, 4), 20


def _might_be_names(text: str) -> set[str]:
    """Return every piece of a text that could be a name: 2 to 4 characters, or with a dot."""
    found = set()
    for run in _HAN_RUN.findall(re.sub(_BLANK, "", text)):
        lengths = range(2, _DOTTED_LENGTH_MAX) if "·" in run else _NAME_LENGTHS
        for length in lengths:
            found |= {run[start : start + length] for start in range(len(run) - length + 1)}
    return found


# --- What was published -----------------------------------------------------------------------


def minutes_publication(*, meeting: Meeting) -> Publication | None:
    """Return the publication of a meeting's minutes; None as long as there is none."""
    return meeting.publications.filter(kind=PublicationKind.MINUTES).order_by("-number").first()


def published_minutes(*, meeting: Meeting) -> Minutes | None:
    """Return the minutes as they were published, with corrections; None while they were not."""
    found = minutes_publication(meeting=meeting)
    if found is None:
        return None
    return minutes_of(record=found.content, corrections=corrections_of_minutes(meeting=meeting))


def corrections_of_minutes(*, meeting: Meeting) -> Sequence[Correction]:
    """Return what was corrected of published minutes, the oldest first."""
    rows = meeting.publications.filter(kind=PublicationKind.CORRECTION).order_by("number")
    return [
        Correction(
            item=one.content["item"],
            text=one.content["text"],
            why=one.content["why"],
            role=one.content["role"],
            corrected_at=one.published_at,
        )
        for one in rows
    ]
