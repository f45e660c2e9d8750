"""Workbooks on their way onto the roster: the sealed file, what was planned, columns remembered.

A file and its rows hold personal data, so they are sealed and gone when the import is over.
"""

import uuid

from django.db import models
from django.db.models import Q

from linli.core.sealed import SealedField
from linli.people.models.accounts import Account
from linli.people.workflow import ImportState
from linli.territory.models import Area


class RosterImport(models.Model):
    """One workbook from upload to the end; the worker moves it on, `beat_at` says who is at it."""

    State = ImportState

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    register = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=[(one, one) for one in ImportState])
    uploaded_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    language = models.CharField(max_length=16)  # in which what is wrong is said
    # JSON: the file's headings, once read.
    headings_sealed = SealedField(
        label="people_rosterimport.headings", row="{0.token}", default=bytes
    )
    total_rows = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True)  # why it failed
    event_id = models.BigIntegerField(null=True)  # the decision, which caused all that followed
    beat_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_state_known", condition=Q(state__in=list(ImportState))
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="import_to_work_on",
                condition=Q(state__in=["UPLOADED", "MAPPED", "APPLYING"]),
            ),
        ]


class RosterFile(models.Model):
    """The uploaded workbook, sealed; dropped when it is no longer needed."""

    roster_import = models.OneToOneField(
        RosterImport, models.PROTECT, primary_key=True, related_name="file"
    )
    content_sealed = SealedField(label="people_rosterfile.content", row="{0.roster_import.token}")


class RosterRow(models.Model):
    """What one row of the workbook would do. What it says is sealed."""

    class Outcome(models.TextChoices):
        NEW = "NEW"
        CHANGED = "CHANGED"
        UNCHANGED = "UNCHANGED"
        WRONG = "WRONG"
        APPLIED = "APPLIED"
        LEFT_OUT = "LEFT_OUT"  # the roster moved since it was checked

    id = models.BigAutoField(primary_key=True)
    roster_import = models.ForeignKey(
        RosterImport, models.PROTECT, related_name="rows", db_index=False
    )
    number = models.PositiveIntegerField()  # counted through all sheets
    sheet = models.CharField(max_length=60)
    line = models.PositiveIntegerField()  # as the program shows it
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    subject_id = models.BigIntegerField(null=True)
    is_hinted = models.BooleanField(default=False)  # taken, but somebody should look at it
    # JSON
    said_sealed = SealedField(
        label="people_rosterrow.said", row="{0.roster_import.token}:{0.number}"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "number"], name="import_row_once"),
        ]
        indexes = [
            models.Index(fields=["roster_import", "outcome", "number"], name="import_row_outcome"),
        ]


class RosterHeading(models.Model):
    """What a heading means in a community's workbooks, as somebody there said it."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="+", db_index=False)
    register = models.CharField(max_length=24)
    heading = models.CharField(max_length=60)
    column = models.CharField(max_length=24, default="", blank=True)  # empty: left out

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "register", "heading"], name="heading_means_one_thing"
            ),
        ]
