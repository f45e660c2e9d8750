"""The inbox, and what somebody wants to be told and where."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from linli.core.errors import Refused
from linli.matters import queries as matters
from linli.notify import queries, sending, services
from linli.notify.services import DIGEST_MINUTES
from linli.notify.wording import TOPICS
from linli.web.access import Request, signed_in
from linli.web.steps import matter_path

_PAGE_SIZE = 30
_DIGESTS = {
    0: _("At once"),
    30: _("Gathered, at most each half hour"),
    120: _("Gathered, at most every two hours"),
}
_ALWAYS = frozenset(topic for topic in TOPICS if topic.value == "ACCOUNT")
"""What concerns somebody's own account cannot be turned off."""


class ChannelForm(forms.Form):
    """Another way to be reached."""

    name = forms.CharField(
        label=_("What you call it"),
        required=False,
        max_length=40,
        help_text=_("Such as: work group on WeCom."),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "The address of a mail box, a WeCom, DingTalk or Feishu robot, or a text message "
            "service, as Apprise writes it. It is kept encrypted and never shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Please enter the address.")},
    )
    digest_minutes = forms.TypedChoiceField(
        label=_("How often"),
        choices=[(minutes, _DIGESTS[minutes]) for minutes in DIGEST_MINUTES],
        coerce=int,
        initial=30,
    )


# --- The inbox --------------------------------------------------------------------------------


@signed_in
@require_safe
def show_inbox(request: Request) -> HttpResponse:
    """Show what this person was told: unread first."""
    after = request.GET.get("after", "")
    page = queries.inbox(actor=request.actor, after=after, limit=_PAGE_SIZE)
    facts = {
        "lines": page.lines,
        "older": f"?after={page.next_after}" if page.next_after else "",
        "is_first": not after,
        "last_id": max((line.message.pk for line in page.lines), default=0),
        "has_unread": any(line.is_unread for line in page.lines),
    }
    return render(request, "messages/inbox.html", facts)


@signed_in
@require_safe
def open_message(request: Request, message_id: int) -> HttpResponse:
    """Mark a message as read and go where it leads."""
    message = services.mark_read(message_id=message_id, actor=request.actor, at=request.now)
    return redirect(message.path or "messages")


@signed_in
@require_POST
def mark_all_read(request: Request) -> HttpResponse:
    """Mark as read what was there when the page was shown."""
    until = request.POST.get("until", "")
    until_id = int(until) if until.isdecimal() and len(until) < 19 else None
    count = services.mark_all_read(actor=request.actor, at=request.now, until_id=until_id)
    said = ngettext("%(n)s message marked as read.", "%(n)s messages marked as read.", count)
    messages.success(request, said % {"n": count})
    return redirect("messages")


@signed_in
@require_safe
def go_to_matter(request: Request, matter_id: int) -> HttpResponse:
    """Go to a matter on the face this person has: where messages about it lead."""
    matter = matters.get_matter(actor=request.actor, matter_id=matter_id)
    there = matter_path(request=request, matter_id=matter.pk)
    # Somebody without a face of their own, who reported it, reads its story.
    return redirect("trace", trace=matter.trace) if there == "/" else redirect(there)


# --- What I want to be told, and where --------------------------------------------------------


@signed_in
@require_safe
def show_settings(request: Request) -> HttpResponse:
    """Show topics and channels."""
    return _settings(request, ChannelForm())


@signed_in
@require_POST
def save_topics(request: Request) -> HttpResponse:
    """Turn topics on and off as ticked."""
    wanted = set(request.POST.getlist("topic"))
    off = queries.muted_topics(actor=request.actor)
    for topic in TOPICS:
        if topic in off and topic.value in wanted:
            services.unmute(topic=topic, actor=request.actor, at=request.now)
        elif topic not in off and topic.value not in wanted and topic not in _ALWAYS:
            services.mute(topic=topic, actor=request.actor, at=request.now)
    messages.success(request, _("Saved. What you turned off stays off."))
    return redirect("message_settings")


@sensitive_post_parameters("address")
@sensitive_variables()
@signed_in
@require_POST
def add_channel(request: Request) -> HttpResponse:
    """Add a way to be reached outside the house."""
    form = ChannelForm(request.POST)
    if form.is_valid():
        try:
            services.add_channel(actor=request.actor, at=request.now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Added. Send a test to see whether it works."))
            return redirect("message_settings")
    return _settings(request, form, status=422)


@signed_in
@require_POST
def test_channel(request: Request, channel_id: int) -> HttpResponse:
    """Send a test and say whether it went through."""
    try:
        sending.send_test(channel_id=channel_id, actor=request.actor, at=request.now)
    except sending.ChannelDidNotAnswer as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The test was sent. Please look whether it arrived."))
    return redirect("message_settings")


@signed_in
@require_POST
def set_digest(request: Request, channel_id: int) -> HttpResponse:
    """Change how often a channel sends."""
    chosen = request.POST.get("digest_minutes", "")
    services.set_digest(
        channel_id=channel_id,
        digest_minutes=int(chosen) if chosen.isdecimal() and len(chosen) < 6 else -1,
        actor=request.actor,
        at=request.now,
    )
    messages.success(request, _("Saved."))
    return redirect("message_settings")


@signed_in
@require_POST
def remove_channel(request: Request, channel_id: int) -> HttpResponse:
    """Remove a channel and forget its address."""
    services.remove_channel(channel_id=channel_id, actor=request.actor, at=request.now)
    messages.success(request, _("Removed. Its address was forgotten."))
    return redirect("message_settings")


def _settings(request: Request, form: ChannelForm, status: int = 200) -> HttpResponse:
    off = queries.muted_topics(actor=request.actor)
    facts: dict[str, Any] = {
        "topics": [
            {
                "code": topic.value,
                "name": name,
                "is_on": topic not in off,
                "is_fixed": topic in _ALWAYS,
            }
            for topic, name in TOPICS.items()
        ],
        "channels": [
            (f"remove-{channel.pk}", channel)
            for channel in queries.list_channels(actor=request.actor)
        ],
        "digests": list(_DIGESTS.items()),
        "form": form,
    }
    return render(request, "messages/settings.html", facts, status=status)


urlpatterns = [
    path("messages/", show_inbox, name="messages"),
    path("messages/read/", mark_all_read, name="messages_read"),
    path("messages/<int:message_id>/", open_message, name="message"),
    path("messages/matter/<int:matter_id>/", go_to_matter, name="message_matter"),
    path("messages/settings/", show_settings, name="message_settings"),
    path("messages/settings/topics/", save_topics, name="message_topics"),
    path("messages/settings/channels/", add_channel, name="channel_add"),
    path("messages/settings/channels/<int:channel_id>/test/", test_channel, name="channel_test"),
    path("messages/settings/channels/<int:channel_id>/digest/", set_digest, name="channel_digest"),
    path(
        "messages/settings/channels/<int:channel_id>/remove/",
        remove_channel,
        name="channel_remove",
    ),
]
