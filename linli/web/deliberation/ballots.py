"""The paper of a vote: as a form for whoever votes, as a few keys for whoever enters papers."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core.errors import Invalid
from linli.deliberation.tally import RATING_MOST, Kind, Rules, View
from linli.deliberation.workflow import Satisfaction
from linli.web.labels import label_of


class TypedTwice(Invalid):
    """One option was given two answers."""

    sentence = gettext_lazy("Option %(option)s is typed twice. Please type each option once.")
    field = "choice"


_MARKED = (Kind.APPROVAL, Kind.BUDGET)
_ONE_OF: dict[Kind, tuple[Any, str]] = {
    Kind.YES_NO: (View, "view"),
    Kind.OWNERS: (View, "view"),
    Kind.SATISFACTION: (Satisfaction, "judged"),
}


class BallotForm(forms.Form):
    """What can be chosen, large and plain."""

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        if rules.kind in _ONE_OF:
            self._offer_one()
        elif rules.kind in _MARKED:
            self._offer_marks()
        else:
            self._offer_numbers()

    def _offer_one(self) -> None:
        codes, table = _ONE_OF[self.rules.kind]
        self.fields["choice"] = forms.ChoiceField(
            label=_("Your choice"),
            choices=[(str(one), label_of(code=one, table=table)) for one in codes],
            widget=forms.RadioSelect,
            error_messages={"required": gettext_lazy("Please choose one.")},
        )
        if self.rules.kind == Kind.SATISFACTION:
            self.fields["comment"] = forms.CharField(
                label=_("What you want to say"),
                max_length=400,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def _offer_marks(self) -> None:
        self.fields["choice"] = forms.MultipleChoiceField(
            label=_("Mark all that you like"),
            choices=[(one.id, said_option(self.rules, one)) for one in self.rules.options],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_("Without a mark you vote for none of them."),
        )

    def _offer_numbers(self) -> None:
        is_rating = self.rules.kind == Kind.RATING
        most = RATING_MOST if is_rating else len(self.rules.options)
        word = _("no points") if is_rating else _("no place")
        for one in self.rules.options:
            self.fields[f"option_{one.id}"] = forms.TypedChoiceField(
                label=one.name,
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", word), *((number, str(number)) for number in range(1, most + 1))],
            )

    def clean(self) -> dict[str, Any]:
        """Look whether no place was given twice."""
        said = super().clean() or {}
        if self.rules.kind == Kind.RANKING:
            places = list(self._numbers(said).values())
            if len(set(places)) < len(places):
                self.add_error(None, _("Please give each place once: 1 is what you like best."))
        return said

    def choice(self) -> Any:
        """Return what was chosen, as `tally` counts it."""
        said = self.cleaned_data
        if self.rules.kind in _ONE_OF or self.rules.kind in _MARKED:
            return said["choice"]
        numbers = self._numbers(said)
        if self.rules.kind == Kind.RATING:
            return numbers
        return sorted(numbers, key=lambda name: numbers[name])

    def _numbers(self, said: dict[str, Any]) -> dict[str, int]:
        found = {one.id: said.get(f"option_{one.id}") for one in self.rules.options}
        return {name: number for name, number in found.items() if number is not None}


def said_option(rules: Rules, option: Any) -> str:
    """Return an option as the paper names it, with its cost where there is one."""
    if rules.kind != Kind.BUDGET:
        return str(option.name)
    return _("%(name)s (%(yuan)s yuan)") % {"name": option.name, "yuan": f"{int(option.cost):,}"}


# --- By keys ------------------------------------------------------------------------------------


def keys_said(*, rules: Rules) -> list[tuple[str, str]]:
    """Return what to type for each thing on the paper."""
    if rules.kind in _ONE_OF:
        codes, table = _ONE_OF[rules.kind]
        return [
            (str(number), label_of(code=one, table=table)) for number, one in enumerate(codes, 1)
        ]
    return [(one.id, said_option(rules, one)) for one in rules.options]


def keys_example(*, rules: Rules) -> str:
    """Return how several are typed."""
    return {
        Kind.APPROVAL: _("All marks with blanks between them: 1 3. Nothing marked: 0."),
        Kind.BUDGET: _("All marks with blanks between them: 1 3. Nothing marked: 0."),
        Kind.RATING: _("Option and points: 1=5 3=2. No points at all: 0."),
        Kind.RANKING: _("The best first: 3 1 2. No order at all: 0."),
    }.get(rules.kind, _("One figure."))


def choice_of_keys(*, rules: Rules, typed: str) -> Any:
    """Return the choice that was typed; None where it makes none.

    Whether it is on the paper is asked by the service.

    :raises TypedTwice: when an option is typed twice: nobody knows which of them is meant.
    """
    parts = re.findall(r"[0-9]+(?:\s*[=:：]\s*[0-9]+)?", typed)
    if not parts or re.sub(r"[0-9\s=:：,，、.]", "", typed):
        return None
    if rules.kind in _ONE_OF:
        codes = list(_ONE_OF[rules.kind][0])
        number = int(parts[0]) if len(parts) == 1 and parts[0].isdecimal() else 0
        return str(codes[number - 1]) if 1 <= number <= len(codes) else None
    if parts == ["0"]:
        return {} if rules.kind == Kind.RATING else []
    if rules.kind == Kind.RATING:
        pairs = [re.split(r"\s*[=:：]\s*", part) for part in parts]
        if any(len(pair) != 2 for pair in pairs):
            return None
        _require_once([name for name, _points in pairs])
        return {name: int(points) for name, points in pairs}
    if not all(part.isdecimal() for part in parts):
        return None
    _require_once(parts)
    return parts


def _require_once(options: list[str]) -> None:
    for option in options:
        if options.count(option) > 1:
            raise TypedTwice(option=option)


def paper_of(*, rules: Rules) -> tuple[str, list[str]]:
    """Return what a paper ballot says: how it is filled in, and the lines to fill in."""
    if rules.kind in _ONE_OF:
        codes, table = _ONE_OF[rules.kind]
        return _("Mark one."), [label_of(code=one, table=table) for one in codes]
    names = [said_option(rules, one) for one in rules.options]
    if rules.kind in _MARKED:
        return _("Mark all that you like."), names
    if rules.kind == Kind.RATING:
        return _("Write 1 to %(most)s points, or nothing.") % {"most": RATING_MOST}, names
    return _("Write 1 for what you like best, then 2, 3 …"), names
