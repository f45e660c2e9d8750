"""The forms of a vote: first its kind, then what that kind needs and nothing else."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.deliberation.services import casting
from linli.deliberation.services.votes import WITH_OPTIONS, OptionInput, VoteInput
from linli.deliberation.tally import Kind
from linli.deliberation.workflow import RollUnit, TopicLevel, VotePurpose
from linli.people import queries as people
from linli.web.deliberation.frame import building_choices, grid_choices
from linli.web.labels import label_of

OFFERED = (Kind.YES_NO, Kind.APPROVAL, Kind.RANKING, Kind.RATING, Kind.BUDGET, Kind.OWNERS)
"""What the office drafts; a judgement is drafted by the topic that is judged."""

WHAT_FOR: dict[Kind, Any] = {
    Kind.YES_NO: gettext_lazy("One question: for, against or abstain."),
    Kind.APPROVAL: gettext_lazy("Several proposals: everybody marks all they like."),
    Kind.RANKING: gettext_lazy("Several proposals: everybody puts them in order, the best first."),
    Kind.RATING: gettext_lazy("Several proposals: everybody gives each 1 to 5 points."),
    Kind.BUDGET: gettext_lazy("A sum of money and projects that cost something."),
    Kind.OWNERS: gettext_lazy(
        "What owners decide together by law: counted by heads and by area (Civil Code, 278)."
    ),
}
_TIME = "%Y-%m-%dT%H:%M"


def _time_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_TIME)


class VoteForm(forms.Form):
    """What is asked, of whom, until when, and how it is counted."""

    title = forms.CharField(label=gettext_lazy("What is voted on"), max_length=80)
    question = forms.CharField(
        label=gettext_lazy("The question, as it stands on the paper"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    options = forms.CharField(
        label=gettext_lazy("What can be chosen, one a line"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Name | what it is. The second part may be left out."),
    )
    money_yuan = forms.IntegerField(
        label=gettext_lazy("How much money there is, in yuan"), min_value=1
    )
    rule = forms.ChoiceField(label=gettext_lazy("How it is spent"), widget=forms.RadioSelect)
    places = forms.IntegerField(
        label=gettext_lazy("How many are chosen"), min_value=1, max_value=50, initial=1
    )
    majority = forms.ChoiceField(
        label=gettext_lazy("Adopted when"),
        choices=[
            ("HALF", gettext_lazy("more than half of those who said yes or no agree")),
            ("TWO_THIRDS", gettext_lazy("two thirds of them agree")),
            ("THREE_QUARTERS", gettext_lazy("three quarters of them agree")),
        ],
        widget=forms.RadioSelect,
        initial="HALF",
    )
    is_weighty = forms.BooleanField(
        label=gettext_lazy("Three quarters have to agree"),
        required=False,
        help_text=gettext_lazy(
            "For raising the repair fund, rebuilding, changing the use of common parts or earning "
            "from them. For all else more than half is enough."
        ),
    )
    unit = forms.TypedChoiceField(
        label=gettext_lazy("Who has one vote"),
        coerce=RollUnit,
        widget=forms.RadioSelect,
        initial=str(RollUnit.HOUSEHOLD),
    )
    age_least = forms.IntegerField(
        label=gettext_lazy("Age from which a resident votes"),
        min_value=1,
        max_value=120,
        initial=18,
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("Where they live"), coerce=TopicLevel, widget=forms.RadioSelect
    )
    grids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("In these grids"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    buildings = forms.TypedMultipleChoiceField(
        label=gettext_lazy("In these buildings"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    quorum_percent = forms.IntegerField(
        label=gettext_lazy("Quorum: percent of the roll that has to take part"),
        min_value=0,
        max_value=100,
        initial=0,
        help_text=gettext_lazy("0 sets none. If it is missed there is no decision."),
    )
    closes_at = forms.DateTimeField(
        label=gettext_lazy("Open until"), widget=_time_input(), input_formats=[_TIME]
    )
    is_secret = forms.BooleanField(
        label=gettext_lazy("Secret ballot"),
        required=False,
        help_text=gettext_lazy(
            "Two tellers make a key each. If one of them loses it, the vote can never be counted: "
            "nobody else can open the ballots."
        ),
    )
    teller_one = forms.TypedChoiceField(
        label=gettext_lazy("First teller"), required=False, coerce=int, empty_value=None
    )
    teller_two = forms.TypedChoiceField(
        label=gettext_lazy("Second teller"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, forum: Any, kind: Kind, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.now, self.forum = kind, now, forum
        here = forum.community_id
        self._offer("unit", [(str(one), label_of(code=one, table="roll_unit")) for one in RollUnit])
        levels = [(str(one), label_of(code=one, table="topic_level")) for one in TopicLevel]
        self._offer("level", levels[::-1])
        self._offer("grids", grid_choices(community_id=here))
        self._offer("buildings", building_choices(community_id=here))
        rules = [("greedy", _("What has most votes first, while the money lasts"))]
        if forum.allows_equal_shares:
            rules.append(("equal-shares", _("Equal shares: everybody’s part of the money counts")))
        self._offer("rule", rules)
        self.fields["rule"].initial = rules[-1][0]
        staff = [(one.pk, one.name) for one in people.accounts_in(community_id=here, at=now)]
        for name in ("teller_one", "teller_two"):
            self._offer(name, [("", "—"), *staff])
        self._drop()

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _drop(self) -> None:
        """Leave out what this kind does not ask."""
        gone = set()
        if self.kind not in WITH_OPTIONS:
            gone.add("options")
        if self.kind != Kind.BUDGET:
            gone |= {"money_yuan", "rule"}
        else:
            self.fields["options"].help_text = _("Name | yuan | what it is. One project a line.")
        if self.kind == Kind.BUDGET or self.kind not in WITH_OPTIONS:
            gone.add("places")
        if self.kind != Kind.YES_NO:
            gone.add("majority")
        if self.kind == Kind.OWNERS:
            gone |= {"unit", "age_least", "quorum_percent"}
        else:
            gone.add("is_weighty")
        if self.kind == Kind.OWNERS or not self.forum.allows_secret:
            gone |= {"is_secret", "teller_one", "teller_two"}
        for name in gone:
            del self.fields[name]

    def clean_options(self) -> list[OptionInput]:
        """Read one option from each line."""
        found = []
        for line in self.cleaned_data["options"].splitlines():
            if not line.strip():
                continue
            parts = [part.strip() for part in re.split(r"[|｜\t]", line)]
            cost = 0
            if self.kind == Kind.BUDGET:
                typed = re.sub(r"[,，元\s]", "", parts.pop(1) if len(parts) > 1 else "")
                if not typed.isdecimal() or len(typed) > 12:
                    raise forms.ValidationError(
                        _("“%(line)s”: please write the cost in whole yuan after a stroke.")
                        % {"line": line.strip()[:40]}
                    )
                cost = int(typed)
            text = " ".join(parts[1:])
            found.append(OptionInput(name=parts[0], text=text, cost_yuan=cost))
        return found

    def wanted(self) -> VoteInput:
        """Return what was entered, as the service takes it."""
        said = dict(self.cleaned_data)
        is_owners = self.kind == Kind.OWNERS
        level = said.pop("level")
        grids, buildings = said.pop("grids"), said.pop("buildings")
        places = {TopicLevel.GRID: grids, TopicLevel.BUILDING: buildings}.get(level, [])
        tellers = [said.pop("teller_one", None), said.pop("teller_two", None)]
        if is_owners:
            said["unit"] = RollUnit.HOUSEHOLD
        return VoteInput(
            kind=self.kind,
            purpose=VotePurpose.OWNERS if is_owners else VotePurpose.ADVICE,
            opens_at=self.now,
            level=level,
            place_ids=places,
            teller_ids=[one for one in tellers if one is not None],
            **said,
        )


def initial_of(vote: Any) -> dict[str, Any]:
    """Return what a draft says, as the form shows it."""
    options = list(vote.options.order_by("position"))
    tellers = [one.account_id for one in vote.tellers.order_by("position")]
    is_budget = vote.kind == Kind.BUDGET
    lines = [
        " | ".join(
            str(part)
            for part in (one.name, *([one.cost_yuan] if is_budget else []), one.text)
            if part != ""
        )
        for one in options
    ]
    return {
        "title": vote.title,
        "question": vote.question,
        "options": "\n".join(lines),
        "money_yuan": int(vote.rules["money"]) or None,
        "rule": vote.rules["rule"],
        "places": vote.rules["places"],
        "majority": vote.rules["majority_code"],
        "is_weighty": vote.rules["is_weighty"],
        "unit": vote.unit,
        "age_least": vote.rules["age_least"],
        "level": vote.scope["level"],
        "grids": vote.scope["ids"] if vote.scope["level"] == TopicLevel.GRID else [],
        "buildings": vote.scope["ids"] if vote.scope["level"] == TopicLevel.BUILDING else [],
        "quorum_percent": vote.rules["quorum_percent"],
        "closes_at": vote.closes_at,
        "is_secret": vote.is_secret,
        "teller_one": tellers[0] if tellers else None,
        "teller_two": tellers[1] if len(tellers) > 1 else None,
    }


class EntryForm(forms.Form):
    """A paper ballot by a few keys: whose number, and what it says."""

    number = forms.IntegerField(
        label=gettext_lazy("Number on the roll"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    keys = forms.CharField(
        label=gettext_lazy("Choice"),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    helper = forms.CharField(
        label=gettext_lazy("Who helped, if somebody did"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "By telephone or at the door. Left empty, it is a paper that the voter filled in."
        ),
    )
    why = forms.CharField(
        label=gettext_lazy("Why it takes the place of the ballot that stands"),
        max_length=casting.WHY_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("Such as: came in person and changed their mind."),
    )

    @property
    def asks_why(self) -> bool:
        """Tell whether a ballot stands under this number, or somebody said why it should not."""
        return bool(self.is_bound and (self.errors.get("why") or self.data.get("why")))


class ReasonForm(forms.Form):
    """Why a vote is called off."""

    reason = forms.CharField(max_length=200)


class UntilForm(forms.Form):
    """Until when people may vote."""

    until = forms.DateTimeField(
        label=gettext_lazy("Open until"), widget=_time_input(), input_formats=[_TIME]
    )


class KeysForm(forms.Form):
    """Both tellers' keys."""

    first = forms.CharField(
        label=gettext_lazy("Key of one teller"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    second = forms.CharField(
        label=gettext_lazy("Key of the other teller"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SlipsForm(forms.Form):
    """From which number to which slips are printed."""

    first = forms.IntegerField(label=gettext_lazy("From number"), min_value=1, initial=1)
    last = forms.IntegerField(label=gettext_lazy("To number"), min_value=1)
