"""Tags and filters that every template of Linli may use; each is shown on /patterns/."""

from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, RadioSelect, Select, Textarea
from django.forms.widgets import CheckboxSelectMultiple, FileInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from linli.core.clocks import SHANGHAI
from linli.language import mask
from linli.notify import outgoing
from linli.web import labels, wording

register = template.Library()


# --- Small things ---------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Draw one icon of the sprite; with a title it speaks, without one it is decoration."""
    address = f"{static('vendor/icons/icons.svg')}#{name}"
    if title:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
            title,
            address,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        address,
    )


@register.filter
def label(code: str, table: str) -> str:
    """Say what a stored code is called: ``{{ matter.kind|label:"kind" }}``."""
    return labels.label_of(code=str(code), table=table)


@register.simple_tag
def pill(code: str, table: str = "state") -> SafeString:
    """Show a state in its one colour: ``{% pill matter.state %}``; of an order with ``"order"``."""
    return format_html(
        '<span class="pill pill-{}-{}">{}</span>',
        table,
        str(code).lower(),
        labels.label_of(code=str(code), table=table),
    )


@register.filter
def phone(value: str) -> str:
    """Mask a phone number: 138****8000."""
    return mask.mask_phone(phone=value) if value else ""


@register.filter
def id_number(value: str) -> str:
    """Mask an ID number: 110105********0123."""
    return mask.mask_id_number(id_number=value) if value else ""


@register.filter
def category_name(category: Any) -> str:
    """Say what a category is called in the reader's language."""
    return labels.category_name(category=category)


@register.filter
def fault(kind: str) -> str:
    """Say in words what kind of fault stopped a message on its way out."""
    return outgoing.said_of(error=kind)


@register.filter
def hotline(number: str) -> str:
    """Say who answers a national emergency number."""
    return str(labels.HOTLINES.get(number, ""))


# --- Time -----------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def time_limit(
    context: template.Context, due: datetime | None, clock: str = "", paused: bool = False
) -> SafeString:
    """Say what is left, exact time on hover: ``{% time_limit due clock="WORKING_DAYS" %}``."""
    limit = wording.time_limit(due=due, at=_now(context), clock=clock, is_paused=paused)
    if limit.due is None:
        return format_html('<span class="limit limit-still">{}</span>', limit.text)
    return format_html(
        '<time class="limit limit-{}" datetime="{}" title="{}">{}</time>',
        limit.mood,
        limit.due.astimezone(SHANGHAI).isoformat(timespec="minutes"),
        _exactly(limit),
        limit.text,
    )


def _exactly(limit: wording.Limit) -> str:
    """Say a deadline to the minute, and whether its year's holidays are not published yet."""
    exact = wording.exact_deadline(when=limit.due) if limit.due else ""
    if not limit.is_provisional:
        return exact
    return gettext("%(due)s, provisional: that year's holidays are not published yet") % {
        "due": exact
    }


@register.simple_tag(takes_context=True)
def when(context: template.Context, value: datetime | date | None) -> SafeString | str:
    """Say when, in words, exact time on hover: ``{% when event.happened_at %}``."""
    if value is None:
        return ""
    at = _now(context)
    if not isinstance(value, datetime):
        words = wording.day(when=value, today=at.astimezone(SHANGHAI).date())
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(SHANGHAI).isoformat(timespec="minutes"),
        wording.exact(when=value),
        wording.moment(when=value, at=at),
    )


def _now(context: template.Context) -> datetime:
    at = getattr(context.get("request"), "now", None)
    return at if isinstance(at, datetime) else timezone.now()


# --- Forms ----------------------------------------------------------------------------------


@register.inclusion_tag("components/_field.html")
def field(
    bound: BoundField,
    rows: int = 0,
    hint: str = "",
    icon: str = "",
    needed: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    """Show a form field with label, hint and error tied to it: ``{% field form.text rows=5 %}``.

    `needed` drops the word “optional” where the form asks for this field or another. Further
    keywords become attributes of the control, underscores written as hyphens.
    """
    widget = bound.field.widget
    hint = hint or str(bound.help_text)
    spoken = [f"{bound.auto_id}-hint"] * bool(hint) + [f"{bound.auto_id}-error"] * bool(
        bound.errors
    )
    given: dict[str, Any] = {key.replace("_", "-"): value for key, value in attrs.items()}
    given["class"] = f"{widget.attrs.get('class', '')} {_control_class(widget)}".strip()
    if bound.errors:
        given["class"] += " is-invalid"
        given["aria-invalid"] = "true"
    if spoken:
        given["aria-describedby"] = " ".join(spoken)
    if isinstance(widget, Textarea):
        # With it a browser cuts off what is pasted and says nothing; the server says so instead.
        widget.attrs.pop("maxlength", None)
        if rows:
            given["rows"] = rows
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "hint": hint,
        "icon": icon,
        "is_optional": not bound.field.required and not needed,
        "is_group": is_group,
        "is_check": isinstance(widget, CheckboxInput),
        "is_hidden": bound.is_hidden,
        # Each choice of a group is drawn by the template, so that its label can be pressed.
        "control": "" if is_group else bound.as_widget(attrs=given),
        "choices": list(bound) if is_group else [],
    }


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Show only the control of a field, for bars that have their own labels."""
    return SafeString(bound.as_widget(attrs={"class": _control_class(bound.field.widget)}))


def _control_class(widget: Any) -> str:
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    if isinstance(widget, FileInput):
        return "form-control form-file"
    return "form-control"


@register.inclusion_tag("components/_error_summary.html")
def error_summary(form: BaseForm | None) -> dict[str, Any]:
    """Gather a form's errors above it, each leading to its field: ``{% error_summary form %}``."""
    faults: list[tuple[str, str]] = []
    if form is not None and form.is_bound:
        for name, errors in form.errors.items():
            target = form[name].id_for_label or form[name].auto_id if name in form.fields else ""
            faults += [(str(error), str(target)) for error in errors]
    return {"faults": faults}


@register.filter
def json_data(value: Any, element_id: str) -> SafeString:
    """Put data beside an element, to be read by a script: ``{{ map|json_data:"place-map" }}``."""
    return json_script(value, f"{element_id}-data")


# --- Lists ----------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return this page's query string with some values changed; empty ones leave it."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = str(value)
    return "?" + values.urlencode() if values else str(context["request"].path)


@register.filter
def share(part: int, whole: int) -> str:
    """Write a share in per cent with one digit, from whole numbers; “—” out of nothing."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "—"
