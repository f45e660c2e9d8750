"""What a pack may say: one model for each file, and the small values that it writes in a word.

Times are written as an office says them: ``-3d 09:10`` (three days ago at ten past nine),
``-5h`` and ``-40m`` (before now), ``+1d 18:00``, or a date ``2026-03-01 09:10``. Limits are written
``3 WORKING_DAYS``. What the models cannot see (references, geometry, the workflow) is in `check`.
"""

from dataclasses import dataclass

from linli.flows.packs.schema.community import (
    BuildingPart,
    CategoryPart,
    EstatePart,
    MattersFile,
    OrganisationsFile,
    PackFile,
    PeopleFile,
    PersonPart,
    RolePart,
    TerritoryFile,
)
from linli.flows.packs.schema.deliberation import DeliberationFile
from linli.flows.packs.schema.forums import ForumsFile
from linli.flows.packs.schema.roster import RosterFile
from linli.flows.packs.schema.story import StoryFile, StoryMatter, Where
from linli.flows.packs.schema.values import Part, When

__all__ = [
    "FILES",
    "FORMAT",
    "OPTIONAL_FILES",
    "PHOTO_FOLDER",
    "BuildingPart",
    "CategoryPart",
    "DeliberationFile",
    "EstatePart",
    "ForumsFile",
    "MattersFile",
    "OrganisationsFile",
    "Pack",
    "PackFile",
    "Part",
    "PeopleFile",
    "PersonPart",
    "RolePart",
    "RosterFile",
    "StoryFile",
    "StoryMatter",
    "TerritoryFile",
    "When",
    "Where",
]

FORMAT = 1
"""The version of the pack format that this Linli reads."""

FILES: dict[str, type[Part]] = {
    "pack.yaml": PackFile,
    "territory.yaml": TerritoryFile,
    "organisations.yaml": OrganisationsFile,
    "people.yaml": PeopleFile,
    "matters.yaml": MattersFile,
    "roster.yaml": RosterFile,
    "forums.yaml": ForumsFile,
    "story.yaml": StoryFile,
    "deliberation.yaml": DeliberationFile,
}
"""The files of a pack."""

OPTIONAL_FILES = frozenset(
    {
        "organisations.yaml",
        "people.yaml",
        "roster.yaml",
        "forums.yaml",
        "story.yaml",
        "deliberation.yaml",
    }
)
PHOTO_FOLDER = "photos"


@dataclass(frozen=True)
class Pack:
    """A whole pack, every file read and found to fit together."""

    about: PackFile
    territory: TerritoryFile
    organisations: OrganisationsFile
    people: PeopleFile
    matters: MattersFile
    roster: RosterFile
    forums: ForumsFile
    story: StoryFile
    deliberation: DeliberationFile
