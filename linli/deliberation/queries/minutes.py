"""The record of a meeting as plain data: what is digested, signed, printed and published.

`record_of` builds it from the tables. Its part ``facts`` is what the meeting's own rows say and can
be compared with them for ever; ``around`` is what other rows were called then. Once both have
signed, the record is read as it was signed. How it is published stands in `public_minutes`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from linli.core.crypto import unseal
from linli.deliberation.models import Meeting, Motion
from linli.deliberation.queries.meetings import (
    Present,
    counted_of,
    items_of,
    missing_of,
    motions_of,
    parties_at,
    present_at,
    present_count_of,
    speeches_of,
)
from linli.deliberation.workflow import MeetingKind, MeetingState

RECORD_FIELD = "deliberation_meeting.record"
SIGNED = (MeetingState.SIGNED, MeetingState.PUBLISHED)

Record = dict[str, Any]


# --- The record as somebody reads it ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One who spoke, when, and the gist of it."""

    by: str
    began_at: datetime | None
    ended_at: datetime | None
    gist: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A motion, its figures, and who disagreed with it."""

    text: str
    by: str
    state: str
    yes: int
    no: int
    abstain: int
    present: int
    dissents: tuple[tuple[str, str], ...]

    @property
    def was_counted(self) -> bool:
        """Tell whether hands were counted."""
        return self.state in ("CARRIED", "LOST", "NO_DECISION")


@dataclass(frozen=True, slots=True)
class Correction:
    """What was found wrong in published minutes: when it was put right, by which office, and why.

    `item` is the number of the item it stands beside; 0 where it is of the whole.
    """

    item: int
    text: str
    why: str
    role: str
    corrected_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the agenda, and all that was said on it."""

    number: int
    title: str
    said: str
    turns: tuple[Turn, ...]
    motions: tuple[Moved, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Those of a party who were there; `party` is "" for those of none."""

    party: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of a meeting, in full or (`is_masked`) as they are published."""

    forum: str
    community: str
    kind: str
    name: str
    place: str
    starts_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    chair: str
    recorder: str
    expected: int
    quorum: int
    present_count: int
    counted: int
    expected_reason: str
    groups: tuple[Group, ...]
    missing: tuple[str, ...]
    missing_reason: str
    rules_number: int | None
    rules: tuple[str, ...]
    items: tuple[Item, ...]
    summary: str
    resolutions: tuple[Mapping[str, str], ...]
    corrections: tuple[Correction, ...]
    reworded_count: int
    is_masked: bool

    @property
    def began_at(self) -> datetime:
        """Return when it was opened, or was to be."""
        return self.opened_at or self.starts_at

    @property
    def has_quorum(self) -> bool:
        """Tell whether enough people came to decide."""
        return self.counted >= max(self.quorum, 1)

    @property
    def is_talk(self) -> bool:
        """Tell whether it was a talk at dusk, to which nobody is expected."""
        return self.kind == MeetingKind.TALK


def minutes_of(*, record: Record, corrections: Sequence[Correction] = ()) -> Minutes:
    """Return a record, or its published form, as somebody reads it with what was corrected."""
    facts, around = record["facts"], record["around"]
    names = around["names"]
    return Minutes(
        forum=around["forum"],
        community=around["community"],
        kind=facts["kind"],
        name=facts["name"],
        place=around["place"],
        starts_at=datetime.fromisoformat(facts["starts_at"]),
        opened_at=_moment(facts["opened_at"]),
        ended_at=_moment(facts["ended_at"]),
        chair=around["chair"],
        recorder=around["recorder"],
        expected=facts["expected"],
        quorum=facts["quorum"],
        present_count=facts["present"],
        counted=facts.get("counted", facts["present"]),
        expected_reason=facts.get("expected_reason", ""),
        groups=_groups(facts, around),
        missing=tuple(around["missing"]),
        missing_reason=facts["missing_reason"],
        rules_number=around["rules_number"],
        rules=tuple(around["rules"]),
        items=tuple(
            _item(number, one, names, corrections)
            for number, one in enumerate(facts["items"], start=1)
        ),
        summary=facts["summary"],
        resolutions=tuple(around["resolutions"]),
        corrections=tuple(one for one in corrections if not one.item),
        reworded_count=record.get("reworded", 0),
        is_masked=bool(record.get("masked")),
    )


def _groups(facts: Mapping[str, Any], around: Mapping[str, Any]) -> tuple[Group, ...]:
    parties = dict(around["parties"])
    by_party: dict[str, list[str]] = {name: [] for name in parties.values()}
    for one in facts["attendances"]:
        party = parties.get(one["party"], "")
        by_party.setdefault(party, []).append(around["names"][str(one["id"])])
    return tuple(Group(party, tuple(names)) for party, names in by_party.items() if names)


def _item(
    number: int,
    one: Mapping[str, Any],
    names: Mapping[str, str],
    corrections: Sequence[Correction],
) -> Item:
    return Item(
        number=number,
        title=one["title"],
        said=one["said"],
        turns=tuple(
            Turn(
                by=names.get(str(turn["by"]), ""),
                began_at=_moment(turn["began_at"]),
                ended_at=_moment(turn["ended_at"]),
                gist=turn["gist"],
            )
            for turn in one["speeches"]
        ),
        motions=tuple(
            Moved(
                text=motion["text"],
                by=names.get(str(motion["by"]), ""),
                state=motion["state"],
                yes=motion["yes"],
                no=motion["no"],
                abstain=motion["abstain"],
                present=motion["present"],
                dissents=tuple(
                    (names.get(str(each["by"]), ""), each["text"]) for each in motion["dissents"]
                ),
            )
            for motion in one["motions"]
        ),
        corrections=tuple(each for each in corrections if each.item == number),
    )


# --- Building it ------------------------------------------------------------------------------


def record_of(*, meeting: Meeting) -> Record:
    """Return the record of a meeting: as it was signed, or as the tables say it now."""
    return signed_record(meeting=meeting) if meeting.state in SIGNED else live_record(meeting)


def signed_record(*, meeting: Meeting) -> Record:
    """Return the record that both signed.

    :raises SealBroken: when somebody put another in its place.
    """
    text = unseal(sealed=meeting.record_sealed, field=RECORD_FIELD, row=str(meeting.row_key))
    record: Record = json.loads(text or "{}")
    return record


def live_record(meeting: Meeting) -> Record:
    """Return the record as the tables say it at this moment."""
    there = present_at(meeting=meeting)
    rules = meeting.ground_rules
    return {
        "facts": _facts(meeting, there),
        "around": {
            "forum": meeting.forum.name,
            "community": meeting.community.name,
            "place": place_of(meeting=meeting),
            "chair": meeting.chair.name if meeting.chair is not None else "",
            "recorder": meeting.recorder.name if meeting.recorder is not None else "",
            "names": {str(one.id): one.name for one in there},
            "parties": _parties(meeting, there),
            "missing": [party.name for party in missing_of(meeting=meeting)],
            "rules_number": rules.number if rules is not None else None,
            "rules": list(rules.rules) if rules is not None else [],
            "resolutions": [
                {"number": one.number, "decision": one.decision, "text": one.text}
                for one in meeting.resolutions.order_by("id")
            ],
        },
    }


def _parties(meeting: Meeting, there: list[Present]) -> list[list[Any]]:
    """Return key and name of the parties that came, in their order; a list keeps it in JSON."""
    order = {party.pk: place for place, party in enumerate(parties_at(meeting=meeting))}
    came = {
        one.attendance.party_id: one.party_name
        for one in there
        if one.attendance.party_id is not None
    }
    last = len(order)
    return [[key, came[key]] for key in sorted(came, key=lambda key: (order.get(key, last), key))]


def place_of(*, meeting: Meeting) -> str:
    """Return where a meeting is held."""
    place = meeting.place.name if meeting.place is not None else ""
    return " ".join(part for part in (place, meeting.place_text) if part)


def _facts(meeting: Meeting, there: list[Present]) -> dict[str, Any]:
    turns: dict[int, list[dict[str, Any]]] = {}
    for speech in speeches_of(meeting=meeting):
        turns.setdefault(speech.item_id, []).append(
            {
                "by": speech.attendance_id,
                "began_at": _said_at(speech.began_at),
                "ended_at": _said_at(speech.ended_at),
                "gist": speech.gist,
            }
        )
    moved: dict[int, list[dict[str, Any]]] = {}
    for motion in motions_of(meeting=meeting):
        moved.setdefault(motion.item_id, []).append(_motion(motion))
    facts = {
        "meeting": meeting.pk,
        "kind": meeting.kind,
        "name": meeting.name,
        "starts_at": _said_at(meeting.starts_at),
        "opened_at": _said_at(meeting.opened_at),
        "ended_at": _said_at(meeting.ended_at),
        "place": meeting.place_id,
        "place_text": meeting.place_text,
        "chair": meeting.chair_id,
        "recorder": meeting.recorder_id,
        "expected": meeting.expected,
        "quorum": meeting.quorum,
        "present": present_count_of(meeting=meeting),
        "missing_reason": meeting.missing_reason,
        "ground_rules": meeting.ground_rules.digest if meeting.ground_rules is not None else "",
        "summary": meeting.summary,
        "attendances": [
            {
                "id": one.id,
                "account": one.attendance.account_id,
                "party": one.attendance.party_id,
                "means": one.attendance.means,
                "name": one.name if one.attendance.account_id is None else "",
                "at": _said_at(one.attendance.signed_in_at),
                **({"says": one.attendance.says_party_id} if one.says else {}),
            }
            for one in there
        ],
        "items": [
            {
                "id": item.pk,
                "title": item.title,
                "topic": item.topic_id,
                "ref": item.ref,
                "said": item.said,
                "speeches": turns.get(item.pk, []),
                "motions": moved.get(item.pk, []),
            }
            for item in items_of(meeting=meeting)
        ],
    }
    # What came later stands only where it is, so that records signed before are what they were.
    if meeting.seating is not None:
        facts |= {"seating": meeting.seating.digest, "counted": counted_of(meeting=meeting)}
    if meeting.expected_reason:
        facts["expected_reason"] = meeting.expected_reason
    return facts


def _motion(motion: Motion) -> dict[str, Any]:
    dissents = sorted(motion.dissents.all(), key=lambda one: one.pk)
    return {
        "id": motion.pk,
        "text": motion.text,
        "by": motion.moved_by_id,
        "state": motion.state,
        "yes": motion.yes,
        "no": motion.no,
        "abstain": motion.abstain,
        "present": motion.present,
        "decided_at": _said_at(motion.decided_at),
        "dissents": [{"by": one.attendance_id, "text": one.text} for one in dissents],
    }


def _said_at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
