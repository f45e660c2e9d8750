"""What grows on a matter: who asked, who has it, what was noted, told and said of it."""

import uuid

from django.db import models
from django.db.models import Q

from linli.core.sealed import SealedField
from linli.matters.models._columns import codes, index_of_some, one_of
from linli.matters.models.matters import Matter
from linli.matters.models.method import ReturnReason
from linli.matters.workflow import ORDER_LIVE, OrderState, Satisfaction
from linli.people.models import Account, Organisation
from linli.territory.models import Area


class Reporter(models.Model):
    """Somebody who asked. Name, phone and tracking code are encrypted under ``row_key``.

    When matters are merged everybody stays with what they brought in, so it can be undone.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="reporters")
    row_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name_sealed = SealedField(label="reporter.name", default=bytes)
    phone_sealed = SealedField(label="reporter.phone", default=bytes)
    phone_digest = models.CharField(max_length=64, default="", blank=True)
    code_sealed = SealedField(label="reporter.code", default=bytes)
    code_digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.CharField(max_length=40, default="", blank=True)  # “mother of …”
    wants_answer = models.BooleanField(default=True)
    agreed_privacy_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    nudged_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone_digest", "-id"], name="reporter_phone"),
            index_of_some("account", name="reporter_account"),
        ]


class Order(models.Model):
    """One dispatch of one matter to one handler: an organisation or a person."""

    State = OrderState

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="orders")
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(
        max_length=10, choices=codes(OrderState), default=OrderState.SENT.value
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="orders", db_index=False
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="orders", db_index=False
    )
    dispatched_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    dispatched_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    objection = models.CharField(max_length=400, default="", blank=True)
    judged_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    judgement = models.CharField(max_length=400, default="", blank=True)
    return_reason = models.ForeignKey(ReturnReason, models.PROTECT, null=True, related_name="+")
    return_note = models.CharField(max_length=400, default="", blank=True)
    resolved_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(default="", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_to_one_handler",
                condition=Q(organisation__isnull=False, account__isnull=True)
                | Q(organisation__isnull=True, account__isnull=False),
            ),
            models.CheckConstraint(name="order_state_known", condition=one_of("state", OrderState)),
            models.UniqueConstraint(
                fields=["matter"],
                name="order_one_live",
                condition=one_of("state", ORDER_LIVE),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="order_organisation"),
            index_of_some("account", "state", "-id", name="order_account"),
            index_of_some("taken_by", "state", name="order_taken_by"),
        ]


class TimeRequest(models.Model):
    """A handler asks for more time or a pause; the desk grants or refuses it."""

    class Kind(models.TextChoices):
        EXTENSION = "EXTENSION"
        PAUSE = "PAUSE"

    class State(models.TextChoices):
        ASKED = "ASKED"
        GRANTED = "GRANTED"
        REFUSED = "REFUSED"

    order = models.ForeignKey(Order, models.PROTECT, related_name="time_requests")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    amount = models.PositiveSmallIntegerField(null=True)  # in units of the condition's clock
    until = models.DateTimeField(null=True)  # a pause ends by itself
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="time_request_one_open", condition=Q(state="ASKED")
            ),
        ]


class Note(models.Model):
    """Something said about a matter; what `for_reporter` says is shown to those who asked."""

    class Kind(models.TextChoices):
        NOTE = "NOTE"
        ADVICE = "ADVICE"  # 劝导 on a patrol
        PROGRESS = "PROGRESS"
        MEETING = "MEETING"

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField()
    for_reporter = models.BooleanField(default=False)
    written_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()


class Told(models.Model):
    """Somebody who asked was told: by phone, by whom, when. It counts as told."""

    class Means(models.TextChoices):
        PHONE = "PHONE"
        IN_PERSON = "IN_PERSON"
        MESSAGE = "MESSAGE"
        NOT_REACHED = "NOT_REACHED"

    reporter = models.ForeignKey(Reporter, models.PROTECT, related_name="told")
    means = models.CharField(max_length=12, choices=Means.choices)
    text = models.CharField(max_length=200, default="", blank=True)
    told_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()


class Rating(models.Model):
    """What one who asked says of one round. A handler never records one; silence has no row.

    `matter` is the one the reporter brought in, also when it was merged; it never lies in another
    community later, so a community's answers of a month are found by these.
    """

    reporter = models.ForeignKey(Reporter, models.PROTECT, related_name="ratings")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    round = models.PositiveSmallIntegerField()
    solved = models.BooleanField()
    satisfaction = models.CharField(max_length=20, choices=codes(Satisfaction))
    comment = models.CharField(max_length=400, default="", blank=True)
    recorded_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reporter", "round"], name="rating_once_a_round"),
        ]
        indexes = [
            models.Index(
                fields=["community", "rated_at", "satisfaction", "matter"], name="rating_by_day"
            ),
        ]


class Mediation(models.Model):
    """One talk between the parties of a dispute."""

    class Outcome(models.TextChoices):
        AGREED = "AGREED"
        PARTLY = "PARTLY"
        NOT_AGREED = "NOT_AGREED"
        AGAIN = "AGAIN"  # they will meet again

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="mediations")
    held_at = models.DateTimeField()
    place = models.CharField(max_length=80, default="", blank=True)
    parties_count = models.PositiveSmallIntegerField(default=2)
    text = models.TextField()
    agreement = models.TextField(default="", blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    mediator = models.ForeignKey(Account, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
