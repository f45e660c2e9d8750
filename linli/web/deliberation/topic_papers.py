"""The office: papers of a topic, as text or file; each is published by itself, after a look."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core import attachments
from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.services import papers as services
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.topics import led_by
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import READERS, SEATED, show
from linli.web.photos import is_own_upload


class PaperForm(forms.Form):
    """A paper that is read beforehand: a text, a file, or both."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=services.TEXT_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.xlsx"}),
        help_text=gettext_lazy("PDF, Word or Excel. A text, a file, or both."),
    )
    is_published = forms.BooleanField(
        label=gettext_lazy("I have looked it through: residents may read it too"),
        required=False,
        help_text=gettext_lazy(
            "Anybody opens it then, without an account. No name, telephone number or flat may "
            "stand in it, nor in the file's properties. It can be published later as well."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def give_out(request: Request, topic_id: int) -> HttpResponse:
    """Give out a paper that is read beforehand. A good file is kept when something is missing."""
    topic = led_by(actor=request.actor, topic_id=topic_id)
    is_sent = request.method == "POST"
    form = PaperForm(request.POST, request.FILES) if is_sent else PaperForm()
    kept = _keep(request, form) if is_sent else None
    if is_sent and form.is_valid():
        said = form.cleaned_data
        try:
            services.give_out_paper(
                topic_id=topic.pk,
                title=said["title"],
                text=said["text"],
                file=kept.token if kept is not None else None,
                is_published=said["is_published"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The paper is given out."))
            return redirect("topic", topic_id=topic.pk)
    facts = {"form": form, "topic": topic, "kept": kept}
    return show(request, "deliberation/topic_paper.html", "topics", facts, status=status_of(form))


def _keep(request: Request, form: PaperForm) -> Any:
    """Return the file of this form, stored: the one just sent, or the one kept before."""
    upload = request.FILES.get("file")
    if upload is not None:
        try:
            return attachments.store_file(
                upload=upload, purpose="EVIDENCE", actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
            return None
    try:
        found = attachments.get_by_token(token=UUID(request.POST.get("upload", "")))
    except (ValueError, NotFound):
        return None
    is_free = found.subject_id is None and is_own_upload(request=request, attachment=found)
    return found if is_free else None


@require_safe
@for_roles(*SEATED)
def read_paper(request: Request, topic_id: int, paper_id: int) -> HttpResponse:
    """Show a paper, and to whoever leads the topic, whether residents read it."""
    topic = queries.get_topic(actor=request.actor, topic_id=topic_id)
    paper = queries.get_paper(topic=topic, paper_id=paper_id)
    leads = queries.may_lead(actor=request.actor, topic=topic)
    facts = {"topic": topic, "paper": paper, "leads": leads}
    return show(request, "deliberation/paper.html", "topics", facts)


@require_POST
@for_roles(*READERS)
def publish(request: Request, topic_id: int, paper_id: int) -> HttpResponse:
    """Let residents read a paper that somebody looked through."""
    given: dict[str, Any] = {"topic_id": topic_id, "paper_id": paper_id, "actor": request.actor}
    try:
        services.publish_paper(**given, at=request.now)
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Residents read this paper now."))
    return redirect("topic_paper", topic_id=topic_id, paper_id=paper_id)


@require_POST
@for_roles(*READERS)
def withdraw(request: Request, topic_id: int, paper_id: int) -> HttpResponse:
    """Take a paper off the pages for residents."""
    given: dict[str, Any] = {"topic_id": topic_id, "paper_id": paper_id, "actor": request.actor}
    try:
        services.withdraw_paper(**given, at=request.now)
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Residents no longer see this paper."))
    return redirect("topic_paper", topic_id=topic_id, paper_id=paper_id)


_PAPERS = "forums/topics/<int:topic_id>/papers"

urlpatterns = [
    path(f"{_PAPERS}/new/", give_out, name="give_out_paper"),
    path(f"{_PAPERS}/<int:paper_id>/", read_paper, name="topic_paper"),
    path(f"{_PAPERS}/<int:paper_id>/publish/", publish, name="publish_paper"),
    path(f"{_PAPERS}/<int:paper_id>/withdraw/", withdraw, name="withdraw_paper"),
]
