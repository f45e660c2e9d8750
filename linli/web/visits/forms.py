"""Forms of visits: a campaign, and the questions of a form as a phone shows them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from linli.visits.forms.definition import TEXT_LENGTH_MAX, Fault, photo_question, words
from linli.visits.services import CampaignInput
from linli.web.people.shared import date_input

_FAULTS = {
    "MISSING": _("Please answer this."),
    "NUMBER": _("Please enter a number."),
    "DATE": _("Please enter a date."),
    "CHOICE": _("Please choose from the list."),
    "LONG": _("This is too long: at most %(most)s characters."),
    "CONSTRAINT": _("This answer does not fit. Please look at it again."),
}


class CampaignForm(forms.Form):
    """What a campaign is to be; nothing chosen as a place means the whole community."""

    name = forms.CharField(
        label=_("Name of the campaign"),
        max_length=60,
        help_text=_("Residents read it when they ask who visits."),
        error_messages={"required": _("Please give the campaign a name.")},
    )
    from_date = forms.DateField(label=_("First day"), widget=date_input())
    until_date = forms.DateField(label=_("Last day"), widget=date_input())
    visits_per_day = forms.IntegerField(
        label=_("Doors for one person in a day"), min_value=1, max_value=200, initial=15
    )
    form = forms.TypedChoiceField(
        label=_("What is asked"), required=False, coerce=int, empty_value=None
    )
    grids = forms.TypedMultipleChoiceField(
        label=_("Grids"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for the whole community."),
    )
    buildings = forms.TypedMultipleChoiceField(
        label=_("Single buildings"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    visitors = forms.TypedMultipleChoiceField(
        label=_("Who visits"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offered: Mapping[str, list[tuple[Any, Any]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, choices in offered.items():
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
            else:
                del self.fields[name]

    def wanted(self) -> CampaignInput:
        """Return what was entered, as the service takes it."""
        said = self.cleaned_data
        return CampaignInput(
            name=said["name"],
            from_date=said["from_date"],
            until_date=said["until_date"],
            visits_per_day=said["visits_per_day"],
            visitor_ids=said.get("visitors", ()),
            grid_ids=said.get("grids", ()),
            building_ids=said.get("buildings", ()),
            form_version_id=said.get("form"),
        )


class QuestionsForm(forms.Form):
    """The questions of one version of a form. What fits is decided by the room, not here."""

    def __init__(self, *args: Any, definition: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        self.photo_errors: list[str] = []
        self.notes: list[str] = []
        self.photos: dict[str, Any] | None = None  # what the photo picker says, if it is asked for
        for question in definition["questions"]:
            label = words(of=question["label"], language=language)
            if question["type"] == "note":
                self.notes.append(label)
                continue
            if question["type"] == "image":
                hint = words(of=question.get("hint"), language=language)
                self.photos = {"label": label, "hint": hint, "required": question.get("required")}
                continue
            field = _field_of(question, language)
            field.label, field.required = label, False
            field.help_text = words(of=question.get("hint"), language=language)
            # A name of the form's own must not hide one of Django's.
            self.fields[f"q_{question['name']}"] = field
        self.photo_name = (photo_question(definition=definition) or {}).get("name", "")
        self.asks_for = [
            one["name"] for one in definition["questions"] if one["type"] not in ("note", "image")
        ]

    def given(self, *, photos: Sequence[UUID] = ()) -> dict[str, Any]:
        """Return what was typed and photographed, by question."""
        said = {self.photo_name: [str(one) for one in photos]} if self.photo_name else {}
        return said | {
            name: self.data.getlist(f"q_{name}")  # type: ignore[attr-defined]
            if isinstance(self.fields[f"q_{name}"], forms.MultipleChoiceField)
            else self.data.get(f"q_{name}", "")
            for name in self.asks_for
        }

    def blame(self, faults: list[Fault]) -> None:
        """Show what does not fit beside its question."""
        language = get_language() or ""
        for fault in faults:
            said = words(of=fault.said, language=language)
            sentence = said or str(_FAULTS[fault.code]) % {"most": TEXT_LENGTH_MAX}
            if fault.question == self.photo_name:
                self.photo_errors = [gettext("Please take a photo.")]
                continue
            self.add_error(f"q_{fault.question}", sentence)


def _field_of(question: Mapping[str, Any], language: str) -> forms.Field:
    choices = [
        (one["name"], words(of=one["label"], language=language))
        for one in question.get("choices", ())
    ]
    match question["type"]:
        case "select_one":
            return forms.ChoiceField(
                choices=[*choices, ("", gettext("Not said"))], widget=forms.RadioSelect
            )
        case "select_multiple":
            return _Several(choices=choices, widget=forms.CheckboxSelectMultiple)
        case "date":
            return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}))
        case "integer":
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric"}))
        case "decimal":
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}))
        case _:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))


class _Several(forms.MultipleChoiceField):
    def validate(self, value: Any) -> None:
        """Leave it to the room: it knows what is relevant."""
