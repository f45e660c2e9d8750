"""One form for each step. A field is called what the service calls it, so refusals find it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.matters import dossier, queries, services
from linli.matters.labels import MEANS, OUTCOMES, SATISFACTIONS
from linli.people import queries as people
from linli.web import wording
from linli.web.hints import linked

_DAY_ENDS = time(23, 59)


@dataclass(frozen=True)
class About:
    """What a step is about: the matter, who asks, and when.

    A page that has read everything gives it as `known`, so that nothing is read twice.
    """

    matter: Any
    actor: Actor
    at: datetime
    known: dossier.Dossier | None = None

    @cached_property
    def reporters(self) -> list[Any]:
        """Return everybody who asked."""
        if self.known is not None:
            return list(self.known.reporters)
        return list(queries.reporters_of(matter=self.matter))

    @cached_property
    def asked_time(self) -> Any:
        """Return the request for time that waits for an answer, or None."""
        if self.known is not None:
            return self.known.asked_time
        return dossier.asked_time_of(matter=self.matter)


class StepForm(forms.Form):
    """A step without any field: one button."""

    takes_photos: ClassVar[bool] = False
    photo_hint: str = ""

    def __init__(self, *args: Any, about: About, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self._prepare(about)

    def _prepare(self, about: About) -> None:
        """Fill in what is known: choices and first values."""

    def given(self) -> dict[str, Any]:
        """Return what the service takes, by the names of its arguments."""
        return dict(self.cleaned_data)

    @property
    def typed(self) -> list[str]:
        """Return what was written in words, so that it is never lost."""
        words = [self.data.get(name, "").strip() for name in self.fields if self.is_text(name)]
        return [text for text in words if text]

    def is_text(self, name: str) -> bool:
        """Tell whether a field takes words."""
        return isinstance(self.fields[name].widget, forms.Textarea)


def said(label: Any, *, required: bool = True, rows: int = 3, hint: Any = "") -> Any:
    """Return a field for words; how long they may be is for the service to say."""
    return forms.CharField(
        label=label,
        required=required,
        strip=False,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": services.TextMissing.sentence},
    )


def on_day(label: Any, *, required: bool = True, hint: Any = "") -> Any:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, _DAY_ENDS, tzinfo=SHANGHAI)


# --- Who is to handle it ----------------------------------------------------------------------


def _with_load(name: str, load: int) -> str:
    if not load:
        return name
    words = ngettext("%(n)s order in hand", "%(n)s orders in hand", load) % {"n": load}
    return f"{name} · {words}"


def handler_choices(
    *, community_id: int, estate_id: int | None, kind: str, at: datetime, without: str = ""
) -> tuple[list[Any], str]:
    """Return handlers in groups, each with its orders in hand, and which one to suggest.

    What serves the estate comes first; `kind` is the kind of organisation that usually handles
    this. `without` is left out of the suggestion: who gave it back does not get it again.
    """
    units = people.suggest_handlers(community_id=community_id, estate_id=estate_id)
    staff = people.accounts_in(community_id=community_id, at=at)
    load = queries.count_workload(community_id=community_id, account_ids=[one.pk for one in staff])

    def option(unit: Any) -> tuple[str, str]:
        return f"o{unit.pk}", _with_load(unit.name, load.organisations.get(unit.pk, 0))

    usual = [option(unit) for unit in units if kind and unit.kind == kind]
    others = [option(unit) for unit in units if not kind or unit.kind != kind]
    persons = [(f"a{one.pk}", _with_load(one.name, load.accounts.get(one.pk, 0))) for one in staff]
    groups: list[Any] = [("", _("Please choose"))]
    groups += [(gettext("Usually handles this"), usual)] if usual else []
    groups += [(gettext("Other units"), others)] if others else []
    groups += [(gettext("People of the community"), persons)] if persons else []
    suggested = next((key for key, _name in usual if key != without), "")
    return groups, suggested


def hint_without_units(*, choices: Iterable[Any]) -> str:
    """Return where to enter handling units while there is none to choose; else nothing."""
    keys = (str(key) for _group, options in list(choices)[1:] for key, _name in options)
    if any(key.startswith("o") for key in keys):
        return ""
    return linked(
        sentence=gettext("No property company, utility or department is entered yet: %(link)s."),
        url=reverse("create_organisation"),
        words=gettext("enter the first one"),
    )


def handler_of(*, key: str) -> dict[str, int | None]:
    """Return the chosen handler as a service takes it."""
    number = int(key[1:]) if key[1:].isdigit() else None
    return {
        "organisation_id": number if key.startswith("o") else None,
        "account_id": number if key.startswith("a") else None,
    }


class _WithHandler(StepForm):
    handler = forms.ChoiceField(
        label=_("Who handles it"),
        error_messages={"required": services.HandlerUnknown.sentence},
    )

    def _prepare(self, about: About) -> None:
        super()._prepare(about)
        matter = about.matter
        held = matter.order
        without = "" if held is None else f"o{held.organisation_id}"
        choices, suggested = handler_choices(
            community_id=matter.community_id,
            estate_id=matter.estate_id,
            kind=matter.category.handler_kind,
            at=about.at,
            without=without,
        )
        field = self.fields["handler"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.initial = suggested
        field.help_text = hint_without_units(choices=choices)

    def given(self) -> dict[str, Any]:
        values = super().given()
        return values | handler_of(key=values.pop("handler"))


# --- At the desk ----------------------------------------------------------------------------------


class Accept(StepForm):
    """Accept: a title the desk words, and under which condition."""

    title = forms.CharField(label=_("Title"), required=False, strip=False)
    condition_id = forms.TypedChoiceField(
        label=_("Filing condition"), coerce=int, required=False, empty_value=None
    )

    def _prepare(self, about: About) -> None:
        super()._prepare(about)
        self.fields["title"].initial = about.matter.title
        offered = queries.list_conditions(category_id=about.matter.category_id)
        if len(offered) < 2:
            del self.fields["condition_id"]
            return
        field = self.fields["condition_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(one.pk, condition_words(one)) for one in offered]
        field.initial = about.matter.condition_id


def condition_words(condition: Any) -> str:
    """Say a condition with its limit: 路灯不亮（3 个工作日）."""
    limit = wording.amount(clock=condition.clock, amount=condition.amount)
    return gettext("%(name)s (%(limit)s)") % {"name": condition.name, "limit": limit}


class Dispatch(_WithHandler):
    """Dispatch to a unit or a person."""

    note = said(_("Note for the handler"), required=False, rows=2)


class AcceptAndDispatch(_WithHandler, Accept):
    """Both at once."""

    note = said(_("Note for the handler"), required=False, rows=2)
    field_order = ("title", "condition_id", "handler", "note")


class Decline(StepForm):
    """Decline, with the reason that whoever asked is told."""

    reason = said(_("Why is this not accepted?"), hint=_("Whoever asked reads this sentence."))


class Reason(StepForm):
    """A step that wants a reason and nothing else."""

    reason = said(_("Reason"))


class Recategorise(StepForm):
    """Another category, with its condition."""

    condition_id = forms.TypedChoiceField(label=_("Category"), coerce=int)

    def _prepare(self, about: About) -> None:
        field = self.fields["condition_id"]
        assert isinstance(field, forms.TypedChoiceField)
        categories = queries.list_categories(community_id=about.matter.community_id)
        self._category_of: dict[int, int] = {}
        groups: list[Any] = []
        for category in categories:
            known = [one for one in category.conditions.all() if one.ended_at is None]
            self._category_of |= {one.pk: category.pk for one in known}
            groups.append((category.name, [(one.pk, condition_words(one)) for one in known]))
        field.choices = groups
        field.initial = about.matter.condition_id

    def given(self) -> dict[str, Any]:
        """Return the condition and the category it belongs to."""
        condition_id = self.cleaned_data["condition_id"]
        return {"condition_id": condition_id, "category_id": self._category_of[condition_id]}


class Merge(StepForm):
    """Merge into another matter, named by its number or picked from the likely ones."""

    into = forms.CharField(
        label=_("Number of the matter that stands for this one"),
        help_text=_("Such as 2026-123. Everybody who asked is told of that one from now on."),
    )

    def clean_into(self) -> int:
        """Read a number with or without its year."""
        number = str(self.cleaned_data["into"]).strip().rpartition("-")[2]
        if not number.isdigit() or len(number) > 17:
            raise forms.ValidationError(_("Please enter the number of a matter."))
        return int(number)

    def given(self) -> dict[str, Any]:
        """Return the other matter's key."""
        return {"into_id": self.cleaned_data["into"]}


class Publish(StepForm):
    """What the public board says; empty takes it down."""

    summary = said(
        _("Public summary"),
        required=False,
        hint=_(
            "No names, no telephone numbers, nothing finer than a building. "
            "Leave it empty to take it off the board."
        ),
    )

    def _prepare(self, about: About) -> None:
        self.fields["summary"].initial = about.matter.public_summary


class Judgement(StepForm):
    """What a third finds about an objection."""

    judgement = said(_("Judgement"))


class Extend(StepForm):
    """More time, as asked for or of the desk's own accord."""

    amount = forms.IntegerField(label=_("By how much"), min_value=None)
    reason = said(_("Reason"), rows=2)

    def _prepare(self, about: About) -> None:
        one = wording.amount(clock=about.matter.condition.clock, amount=1)
        self.fields["amount"].help_text = gettext("1 means %(one)s.") % {"one": one}
        asked = about.asked_time
        if asked is not None and asked.amount:
            self.fields["amount"].initial = asked.amount
            self.fields["reason"].initial = gettext("Granted as asked.")


class Pause(StepForm):
    """Stop the clock until a day."""

    until = on_day(_("Until"))
    reason = said(_("Reason"), rows=2)

    def _prepare(self, about: About) -> None:
        asked = about.asked_time
        if asked is not None and asked.until:
            self.fields["until"].initial = asked.until.astimezone(SHANGHAI).date()
            self.fields["reason"].initial = gettext("Granted as asked.")

    def given(self) -> dict[str, Any]:
        """Return the end of the chosen day."""
        return super().given() | {"until": _end_of(self.cleaned_data["until"])}


class Verify(StepForm):
    """Confirm that it was put right."""

    note = said(_("What was found on the spot"), required=False, rows=2)


class Rework(StepForm):
    """Send it back, with what is still missing and until when."""

    reason = said(_("What is not right yet?"))
    due_on = on_day(
        _("To be done by"),
        required=False,
        hint=_("Left empty, the category's usual time for rework counts."),
    )

    def given(self) -> dict[str, Any]:
        """Return reason and the end of the chosen day."""
        return {
            "reason": self.cleaned_data["reason"],
            "due_at": _end_of(self.cleaned_data["due_on"]),
        }


class Supervise(StepForm):
    """Supervision, with what is expected."""

    note = said(_("What is expected, and by when"))


# --- The handler --------------------------------------------------------------------------------


class Object(StepForm):
    """Object to an order."""

    reason = said(
        _("Why is this not yours?"), hint=_("Somebody who did not dispatch it will judge.")
    )


class Return(StepForm):
    """Give an order back for one of the community's reasons."""

    reason_id = forms.TypedChoiceField(
        label=_("Why is it given back?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": services.ReturnReasonMissing.sentence},
    )
    note = said(_("What you found"), required=False)

    def _prepare(self, about: About) -> None:
        field = self.fields["reason_id"]
        assert isinstance(field, forms.TypedChoiceField)
        reasons = queries.list_return_reasons(community_id=about.matter.community_id)
        field.choices = [
            (one.pk, f"{one.name} — {one.hint}" if one.hint else one.name) for one in reasons
        ]
        field.help_text = _("You answer for it until another takes it.")


class AskTime(StepForm):
    """Ask for more time, or for the clock to stand still."""

    kind = forms.ChoiceField(
        label=_("What do you need?"),
        choices=[
            ("EXTENSION", _("More time")),
            ("PAUSE", _("The clock to stand still until a day")),
        ],
        widget=forms.RadioSelect,
        initial="EXTENSION",
    )
    amount = forms.IntegerField(label=_("How much more time"), required=False)
    until = on_day(
        _("Stand still until"), required=False, hint=_("Only for a pause, such as a part on order.")
    )
    reason = said(_("Reason"), rows=2)

    def _prepare(self, about: About) -> None:
        one = wording.amount(clock=about.matter.condition.clock, amount=1)
        self.fields["amount"].help_text = gettext("1 means %(one)s.") % {"one": one}

    def given(self) -> dict[str, Any]:
        """Return the end of the chosen day."""
        return super().given() | {"until": _end_of(self.cleaned_data["until"])}


class _WithPhotos(StepForm):
    takes_photos = True

    def _prepare(self, about: About) -> None:
        if about.matter.category.photo_required:
            self.photo_hint = gettext("This category asks for a photo of the result.")


class Resolve(_WithPhotos):
    """Report it done."""

    note = said(_("What was done"))


class Settle(_WithPhotos):
    """Settled without an order."""

    note = said(_("How it was settled"), hint=_("Whoever asked reads this sentence."))


# --- Those who asked ------------------------------------------------------------------------------


def _name_of(reporter: Any) -> str:
    contact = services.masked_contact(reporter=reporter)
    parts = [part for part in (contact.name, contact.phone, reporter.on_behalf_of) if part]
    return " · ".join(parts) or gettext("Left no name")


class _OfReporter(StepForm):
    reporter_id = forms.TypedChoiceField(label=_("Who"), coerce=int)

    def _prepare(self, about: About) -> None:
        super()._prepare(about)
        field = self.fields["reporter_id"]
        assert isinstance(field, forms.TypedChoiceField)
        known = services.may_know_reporters(matter=about.matter, actor=about.actor)
        asked = list(self._choose(about.reporters))
        field.choices = [
            (one.pk, _name_of(one) if known else gettext("Person %(n)s") % {"n": place})
            for place, one in enumerate(asked, start=1)
        ]
        if asked:
            field.initial = asked[0].pk
        if len(asked) == 1:
            # A menu of one is a question nobody needs to answer.
            field.widget = forms.HiddenInput()

    def _choose(self, reporters: list[Any]) -> Iterable[Any]:
        return [one for one in reporters if one.withdrawn_at is None]


class Rate(_OfReporter):
    """What one who asked says, told by telephone."""

    solved = forms.TypedChoiceField(
        label=_("Has it been solved?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are they?"),
        choices=list(SATISFACTIONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": services.RatingIncomplete.sentence},
    )
    comment = said(_("In their own words"), required=False, rows=2)

    def _choose(self, reporters: list[Any]) -> Iterable[Any]:
        # Who has rated this round is not asked again; when all have, the service says so.
        waiting = set(
            queries.waiting_to_rate(matter=self.about.matter).values_list("pk", flat=True)
        )
        return [one for one in reporters if one.pk in waiting] or reporters


class Withdraw(_OfReporter):
    """Withdrawn, as whoever asked wishes."""

    reason = said(_("Reason"), required=False, rows=2)


class Tell(_OfReporter):
    """They were told: by phone, by whom, when."""

    means = forms.ChoiceField(label=_("How"), choices=list(MEANS.items()), widget=forms.RadioSelect)
    text = said(_("What was said"), required=False, rows=2)

    def _prepare(self, about: About) -> None:
        super()._prepare(about)
        self.fields["means"].initial = "PHONE"


class OpenContact(_OfReporter):
    """Name and number in full, for a reason that is written down."""

    reason = said(
        _("Why do you need it?"), rows=2, hint=_("Who opened it, when and why is written down.")
    )

    def _choose(self, reporters: list[Any]) -> Iterable[Any]:
        return reporters


class Erase(_OfReporter):
    """Forget who somebody was."""

    sure = forms.BooleanField(
        label=_("They asked for it. Name, number and whatever points to them go for good.")
    )

    def _choose(self, reporters: list[Any]) -> Iterable[Any]:
        return reporters

    def given(self) -> dict[str, Any]:
        """Return whom."""
        return {"reporter_id": self.cleaned_data["reporter_id"]}


# --- Words ------------------------------------------------------------------------------------


class Note(StepForm):
    """A note for colleagues, or a word on progress for whoever asked."""

    text = said(_("Note"))
    for_reporter = forms.BooleanField(label=_("Whoever asked reads this too"), required=False)

    def given(self) -> dict[str, Any]:
        """A word for whoever asked is progress."""
        shown = self.cleaned_data["for_reporter"]
        return super().given() | {"kind": "PROGRESS" if shown else "NOTE"}


class Mediate(StepForm):
    """One talk between the parties of a dispute."""

    held_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    place = forms.CharField(label=_("Where"), required=False, strip=False)
    parties_count = forms.IntegerField(label=_("How many parties"), min_value=2, max_value=50)
    text = said(_("What was said"), rows=4)
    agreement = said(_("What was agreed"), required=False, rows=2)
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=list(OUTCOMES.items()), widget=forms.RadioSelect
    )

    def _prepare(self, about: About) -> None:
        self.fields["held_at"].initial = about.at.astimezone(SHANGHAI) - timedelta(hours=1)
        self.fields["parties_count"].initial = 2
