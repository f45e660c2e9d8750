"""A building with people who may vote, and votes as far along as a test needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from linli.core.actor import Actor
from linli.deliberation.models import Forum, RollEntry, Vote
from linli.deliberation.queries.votes import slip_code_of
from linli.deliberation.services import casting, counting, opening, owners_shares, votes
from linli.deliberation.services.owners_shares import ShareInput
from linli.deliberation.services.votes import OptionInput, VoteInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests.scenes import forum
from linli.deliberation.workflow import RollUnit, TopicLevel, VotePurpose
from linli.people import services as people
from linli.people.models import Household, Resident
from linli.people.personal import Person
from linli.visits.tests.scenes import households
from tests.cast import NOW, Cast

END = NOW + timedelta(days=7)
OVER = END + timedelta(minutes=1)
RACKS = (OptionInput("晾衣架", cost_yuan=4_000), OptionInput("充电棚", cost_yuan=3_000),
         OptionInput("长椅", cost_yuan=1_000))  # fmt: skip


@dataclass
class Scene:
    """A forum, who runs it, and the people of 翠园3幢 and 5幢."""

    cast: Cast
    forum: Forum
    desk: Actor
    residents: list[Resident]
    homes: list[Household]

    def wanted(self, **more: object) -> VoteInput:
        """Return a vote for or against in building 3, but for what a test says otherwise."""
        values: dict[str, Any] = {
            "title": "楼前装晾衣架",
            "question": "同意在3幢楼前安装晾衣架吗？",
            "kind": Kind.YES_NO,
            "opens_at": NOW,
            "closes_at": END,
            "level": TopicLevel.BUILDING,
            "place_ids": (self.cast.building.pk,),
        }
        return VoteInput(**(values | more))

    def drafted(self, **more: object) -> Vote:
        """Return a draft."""
        return votes.draft_vote(
            forum_id=self.forum.pk, wanted=self.wanted(**more), actor=self.desk, at=NOW
        )

    def opened(self, **more: object) -> Vote:
        """Return an open vote."""
        return opening.open_vote(vote_id=self.drafted(**more).pk, actor=self.desk, at=NOW)

    def secret(self, **more: object) -> tuple[Vote, list[str]]:
        """Return an open secret vote and the keys of its tellers, 周敏 and 李网格长."""
        tellers = (self.cast.zhou_min, self.cast.li)
        draft = self.drafted(is_secret=True, teller_ids=[one.pk for one in tellers], **more)
        keys = [
            votes.make_teller_key(vote_id=draft.pk, actor=self.cast.actor(one), at=NOW)
            for one in tellers
        ]
        return opening.open_vote(vote_id=draft.pk, actor=self.desk, at=NOW), keys

    def owners(self, areas: Sequence[int], **more: object) -> Vote:
        """Return an open joint decision of the owners of building 3, in whole square metres."""
        doors = [one.dwelling_id for one in self.homes]
        shares = {
            door: ShareInput(area_hundredths=area * 100)
            for door, area in zip(doors, areas, strict=True)
        }
        owners_shares.set_owners_shares(
            building_id=self.cast.building.pk, shares=shares, actor=self.desk, at=NOW
        )
        return self.opened(
            purpose=VotePurpose.OWNERS, kind=Kind.OWNERS, unit=RollUnit.HOUSEHOLD, **more
        )

    def cast_all(self, vote: Vote, choices: Sequence[Any]) -> list[str]:
        """Cast these choices, from the first entry of the roll on, and return the receipts."""
        return [
            casting.cast(code=code_of(vote, number), choice=choice, at=NOW).receipt
            for number, choice in enumerate(choices, start=1)
        ]

    def closed(self, vote: Vote, at: datetime = OVER) -> Vote:
        """Return the vote after its end."""
        return counting.close_vote(vote_id=vote.pk, actor=self.desk, at=at)

    def counted(self, vote: Vote, keys: Sequence[str]) -> Vote:
        """Return a secret vote after the tellers came."""
        self.closed(vote)
        teller = self.cast.actor(self.cast.zhou_min)
        return counting.count_vote(vote_id=vote.pk, keys=keys, actor=teller, at=OVER)


def scene(cast: Cast, *, people_total: int = 12, **of_forum: object) -> Scene:
    """Return so many grown-up residents of building 3, three to a household, and a child each."""
    desk = cast.actor(cast.shen)
    homes = households(cast, cast.building, -(-people_total // 3))
    residents = [
        _resident(cast, homes[number // 3], f"张{chr(0x4E00 + number)}", date(1970, 1, 1))
        for number in range(people_total)
    ]
    for number, home in enumerate(homes):
        _resident(cast, home, f"小{chr(0x4E00 + number)}", date(2015, 6, 1))
    settings = {"allows_secret": True, "allows_equal_shares": True, "rhythm": None}
    return Scene(cast, forum(cast, **(settings | of_forum)), desk, residents, homes)


def code_of(vote: Vote, number: int) -> str:
    """Return what is on the slip of a number."""
    return slip_code_of(entry=RollEntry.objects.get(vote=vote, number=number))


def _resident(cast: Cast, home: Household, name: str, born: date) -> Resident:
    made = people.add_resident(
        household_id=home.pk,
        person=Person(name=name),
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    Resident.objects.filter(pk=made.pk).update(birth_date=born)
    return made
