"""Whom a row means that names a person: somebody of the roster, by what the row says of them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from linli.core import crypto
from linli.core.errors import Several
from linli.people.books.planning import Planned
from linli.people.books.registers import DOOR_COLUMNS, ID_NUMBER, NAME, PHONE
from linli.people.models import Departure, Resident
from linli.people.personal import ID_FIELD, NAME_FIELD, PHONE_FIELD, Person, checked

WHO = (
    NAME,
    replace(ID_NUMBER, note="身份证号、电话、住址填其一，用来在居民名册里认人。"),
    PHONE,
    *DOOR_COLUMNS,
)
"""The columns by which a register of people tells who is meant; numbers are compared, not kept."""

_COLUMNS = ("name_digest", "phone_digest", "household__dwelling_id", "grid_id", "birth_date")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is on the roster."""

    id: int
    grid_id: int | None
    birth_date: date | None


class Standing:
    """The roster of a community as it stands, read once for a whole workbook.

    `by_number` has everybody by the digest of their ID number, `here` who lives here by `key`.
    Doubles and mistakes are left out.
    """

    def __init__(
        self,
        *,
        community_id: int,
        columns: Collection[str],
        key: Callable[[Mapping[str, Any]], Hashable],
    ) -> None:
        self.by_number: dict[str, Mapping[str, Any]] = {}
        self.here: defaultdict[Hashable, list[Mapping[str, Any]]] = defaultdict(list)
        rows = Resident.objects.filter(community_id=community_id).exclude(
            departure__in=[Departure.DOUBLE, Departure.MISTAKE]
        )
        # Who lives here comes last, and so before whoever left under the same number.
        wanted = {"id", "id_digest", "until_date", *columns}
        for one in rows.order_by("-until_date", "id").values(*wanted).iterator():
            is_here = one["until_date"] is None
            if one["id_digest"] and (is_here or one["id_digest"] not in self.by_number):
                self.by_number[one["id_digest"]] = one
            if is_here:
                self.here[key(one)].append(one)


class WhoFinder:
    """Finds whom a row means on the roster of a community.

    A number tells who it is if the name fits; otherwise a name does with its telephone or its door.
    A name alone tells nobody: two people may share it.
    """

    def __init__(self, *, community_id: int, on: date) -> None:
        self._on = on
        self._standing = Standing(
            community_id=community_id, columns=_COLUMNS, key=lambda one: one["name_digest"]
        )

    def check(self, row: Planned) -> None:
        """Bring name and numbers of a row into the house's shape, or keep what is wrong."""
        said = {name: row.said.get(name, "") for name in ("name", "id_number", "phone")}
        try:
            known = checked(person=Person(**said), on=self._on)
        except Several as several:
            for fault in several.faults:
                row.wrong(column=fault.field, sentence=str(fault))
        else:
            row.said |= {name: value for name in said if (value := getattr(known, name))}
            if row.said.get("name"):
                row.said["name"] = spellings(name=row.said["name"])[0]

    def find(self, row: Planned) -> Known | None:
        """Return who is meant, or nobody; what contradicts the roster is kept as wrong."""
        names = {
            crypto.digest(value=name, field=NAME_FIELD) for name in spellings(name=row.said["name"])
        }
        number = crypto.digest(value=row.said.get("id_number", ""), field=ID_FIELD)
        phone = crypto.digest(value=row.said.get("phone", ""), field=PHONE_FIELD)
        found = self._standing.by_number.get(number) if number else None
        if found is not None:
            return self._fitting(row, found, names)
        near = [
            one
            for name in names
            for one in self._standing.here.get(name, ())
            if not (number and one["id_digest"])
            and (
                (phone and one["phone_digest"] == phone)
                or (row.door is not None and one["household__dwelling_id"] == row.door.id)
            )
        ]
        if len(near) > 1:
            row.wrong(
                column="name",
                sentence=_("Two people of the roster fit. Add the ID number to tell them apart."),
            )
        return _known(near[0]) if len(near) == 1 else None

    def require(self, row: Planned) -> Known | None:
        """Return who is meant; nobody is a fault that says what to do."""
        found = self.find(row)
        if found is not None or row.faults:
            return found
        if row.door_fault is not None and not row.said.keys() & {"id_number", "phone"}:
            column, sentence = row.door_fault
            row.wrong(column=column, sentence=sentence)
        elif row.door is not None or row.said.keys() & {"id_number", "phone"}:
            row.wrong(
                column="name",
                sentence=_(
                    "Nobody on the roster of residents has this name with this number, telephone "
                    "or address. Put them on the roster first, or correct the row."
                ),
            )
        else:
            row.wrong(
                column="name",
                sentence=_(
                    "A name alone does not tell who it is. Add the ID number, the telephone or "
                    "the address."
                ),
            )
        return None

    def _fitting(
        self, row: Planned, found: Mapping[str, Any], names: Collection[str]
    ) -> Known | None:
        if found["name_digest"] not in names:
            row.wrong(
                column="name",
                sentence=_("The roster has this ID number under another name. Compare both."),
            )
        elif found["until_date"] is not None:
            row.wrong(
                column="name",
                sentence=_("They have left the roster of residents. Put them on it again first."),
            )
        else:
            return _known(found)
        return None


def spellings(*, name: str) -> list[str]:
    """Return how a name may stand on the roster: offices write 张　三 to fill the cell."""
    if name.isascii():
        return [name]
    plain = name.replace(" ", "")
    return list(dict.fromkeys((plain, name, f"{plain[:1]} {plain[1:]}")))


def _known(found: Mapping[str, Any]) -> Known:
    return Known(found["id"], found["grid_id"], found["birth_date"])
