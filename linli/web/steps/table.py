"""Every step of a matter in one table: its form, the call it makes, and what is said afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.flows import use_cases
from linli.matters import queries, services
from linli.matters.workflow import State, Step
from linli.web import labels
from linli.web.steps import forms
from linli.web.steps.forms import About, StepForm

ACCEPT_AND_DISPATCH = "accept_and_dispatch"
OPEN_CONTACT = "open_contact"
ERASE = "erase"


@dataclass(frozen=True, slots=True)
class StepPage:
    """How one step is asked for and taken. `call` takes matter_id, actor, at and the form's own."""

    form: type[StepForm]
    call: Callable[..., Any]
    done: str | Promise
    icon: str = "arrow-right"
    is_grave: bool = False
    keeps_open: bool = False  # the answer is shown instead of going back


PAGES: Mapping[str, StepPage] = {
    ACCEPT_AND_DISPATCH: StepPage(
        forms.AcceptAndDispatch,
        use_cases.accept_and_dispatch,
        _("Accepted and dispatched."),
        "send",
    ),
    Step.ACCEPT: StepPage(forms.Accept, services.accept, _("Accepted."), "check"),
    Step.DECLINE: StepPage(
        forms.Decline, services.decline, _("Not accepted; whoever asked is told why."), "ban", True
    ),
    Step.DISPATCH: StepPage(forms.Dispatch, services.dispatch, _("Dispatched."), "send"),
    Step.RECALL: StepPage(
        forms.Reason, services.recall, _("The order was taken back."), "corner-up-left"
    ),
    Step.TAKE: StepPage(StepForm, services.take, _("Taken. The order is in your hands."), "check"),
    Step.OBJECT: StepPage(
        forms.Object, services.object_to, _("Objected. A third will judge."), "hand-stop"
    ),
    Step.UPHOLD: StepPage(
        forms.Judgement,
        services.uphold,
        _("The objection is upheld; the matter waits to be dispatched anew."),
        "scale",
    ),
    Step.OVERRULE: StepPage(
        forms.Judgement, services.overrule, _("The objection is overruled."), "gavel"
    ),
    Step.RETURN: StepPage(
        forms.Return,
        services.return_order,
        _("Given back. You answer for it until another takes it."),
        "arrow-back-up",
    ),
    Step.REFUSE_RETURN: StepPage(
        forms.Reason, services.refuse_return, _("The return was refused."), "hand-stop"
    ),
    Step.SETTLE: StepPage(forms.Settle, services.settle, _("Settled on the spot."), "circle-check"),
    Step.ASK_TIME: StepPage(
        forms.AskTime, services.ask_time, _("Asked. The community will answer."), "hourglass"
    ),
    Step.EXTEND: StepPage(forms.Extend, services.extend, _("The limit was extended."), "hourglass"),
    Step.PAUSE: StepPage(forms.Pause, services.pause, _("The clock stands still."), "player-pause"),
    Step.REFUSE_TIME: StepPage(
        forms.Reason, services.refuse_time, _("The request for time was refused."), "x"
    ),
    Step.RESUME: StepPage(StepForm, services.resume, _("The clock runs again."), "player-play"),
    Step.RESOLVE: StepPage(
        forms.Resolve, services.resolve, _("Reported done. Somebody else will check it."), "checks"
    ),
    Step.VERIFY: StepPage(
        forms.Verify, services.verify, _("Verified; whoever asked may rate it."), "clipboard-check"
    ),
    Step.REWORK: StepPage(
        forms.Rework, services.send_to_rework, _("Sent back to be done again."), "rotate", True
    ),
    Step.RATE: StepPage(forms.Rate, services.rate, _("The rating is written down."), "star"),
    Step.WITHDRAW: StepPage(
        forms.Withdraw, services.withdraw, _("Withdrawn."), "circle-minus", True
    ),
    Step.MERGE: StepPage(
        forms.Merge, services.merge, _("Merged; everybody who asked is told."), "git-merge"
    ),
    Step.UNMERGE: StepPage(
        StepForm, services.unmerge, _("The merge is undone; it goes on by itself."), "git-branch"
    ),
    Step.RECATEGORISE: StepPage(
        forms.Recategorise, services.recategorise, _("The category was changed."), "category"
    ),
    Step.ESCALATE: StepPage(
        forms.Reason, services.escalate, _("Passed up one level."), "stairs-up"
    ),
    Step.NUDGE: StepPage(StepForm, services.nudge, _("Nudged."), "bell-ringing"),
    Step.SUPERVISE: StepPage(
        forms.Supervise, services.supervise, _("It is under supervision now."), "eye"
    ),
    Step.NOTE: StepPage(forms.Note, services.add_note, _("Noted."), "note"),
    Step.TELL: StepPage(forms.Tell, services.tell, _("Written down."), "phone-call"),
    Step.MEDIATE: StepPage(
        forms.Mediate, services.record_mediation, _("The mediation is recorded."), "users-group"
    ),
    Step.PUBLISH: StepPage(
        forms.Publish, services.publish, _("The public board was changed."), "speakerphone"
    ),
    OPEN_CONTACT: StepPage(
        forms.OpenContact, services.open_contact, "", "lock-open", keeps_open=True
    ),
    ERASE: StepPage(
        forms.Erase,
        services.erase_reporter,
        _("Forgotten. What was reported and done stays."),
        "trash",
        True,
    ),
}
"""Closing is missing on purpose: ratings and silence close a matter, nobody presses a button."""

LIKELIEST: Mapping[str, tuple[str, ...]] = {
    State.REPORTED: (ACCEPT_AND_DISPATCH, Step.ACCEPT, Step.SETTLE, Step.DECLINE),
    State.ACCEPTED: (Step.DISPATCH, Step.SETTLE),
    State.DISPATCHED: (Step.TAKE, Step.OBJECT, Step.NUDGE),
    State.OBJECTED: (Step.UPHOLD, Step.OVERRULE),
    State.TAKEN: (Step.RESOLVE, Step.RETURN, Step.ASK_TIME, Step.NUDGE, Step.NOTE),
    State.PAUSED: (Step.RESUME, Step.NOTE),
    State.RETURNED: (Step.DISPATCH, Step.REFUSE_RETURN),
    State.RESOLVED: (Step.VERIFY, Step.REWORK),
    State.REWORK: (Step.TAKE, Step.NUDGE, Step.DISPATCH),
    State.VERIFIED: (Step.RATE, Step.TELL, Step.REWORK),
    State.CLOSED: (Step.TELL, Step.PUBLISH),
    State.DECLINED: (Step.TELL,),
    State.WITHDRAWN: (Step.NOTE,),
    State.MERGED: (Step.UNMERGE,),
}
"""What people usually do next, the likeliest first; the rest stands behind “more”."""

_SHOWN_MOST = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """One step that this person may take now, as a button."""

    code: str
    path: str
    page: StepPage
    is_primary: bool = False
    form: StepForm | None = None

    @property
    def label(self) -> str:
        """Return what the button says."""
        return labels.label_of(code=self.code, table="step")

    @property
    def needs_words(self) -> bool:
        """Tell whether there is a form to fill in; without one the button does it at once."""
        return bool(self.page.form.base_fields)


@dataclass(frozen=True, slots=True)
class Offers:
    """What somebody may do with a matter: the likely steps, and the others."""

    shown: tuple[Offer, ...]
    more: tuple[Offer, ...]

    @property
    def primary(self) -> Offer | None:
        """Return the likeliest step."""
        return next((offer for offer in self.shown if offer.is_primary), None)

    @property
    def codes(self) -> tuple[str, ...]:
        """Return every step there is a button for."""
        return tuple(offer.code for offer in (*self.shown, *self.more))


def path_of(*, matter_id: int, code: str) -> str:
    """Return the address of one step of one matter."""
    return f"/matters/{matter_id}/{code}/"


def codes_for(*, actor: Actor, matter: Any) -> tuple[str, ...]:
    """Return the steps this person may take, with those that are two in one."""
    steps: list[str] = [str(step) for step in queries.steps_for(actor=actor, matter=matter)]
    if Step.ACCEPT in steps and not matter.is_restricted:
        steps.insert(0, ACCEPT_AND_DISPATCH)
    return tuple(code for code in steps if code in PAGES)


def offers_for(*, about: About, opens: bool = True) -> Offers:
    """Return the buttons of a matter's page; the likeliest step's form is filled in already."""
    matter = about.matter
    codes = codes_for(actor=about.actor, matter=matter)
    likely = [code for code in LIKELIEST[State(matter.state)] if code in codes]
    if ACCEPT_AND_DISPATCH in likely:
        likely.remove(Step.ACCEPT)
    if about.asked_time is not None and Step.REFUSE_TIME in codes:
        granting = Step.EXTEND if about.asked_time.amount else Step.PAUSE
        likely = [granting, Step.REFUSE_TIME]
    shown = []
    for place, code in enumerate(likely[:_SHOWN_MOST]):
        page = PAGES[code]
        form = (
            page.form(about=about, auto_id="step_%s")
            if opens and place == 0 and page.form.base_fields
            else None
        )
        path = path_of(matter_id=matter.pk, code=code)
        shown.append(Offer(code=code, path=path, page=page, is_primary=place == 0, form=form))
    rest = [code for code in codes if code not in likely[:_SHOWN_MOST]]
    more = tuple(
        Offer(code=code, path=path_of(matter_id=matter.pk, code=code), page=PAGES[code])
        for code in rest
    )
    return Offers(shown=tuple(shown), more=more)
