"""Lists drawn from matters, and the filters somebody keeps."""

from django.db import models

from linli.matters.models.matters import Matter
from linli.matters.models.work import Note
from linli.people.models import Account
from linli.territory.models import Area


class ProblemList(models.Model):
    """A numbered list of problems that a community means to settle one by one."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="problem_lists")
    code = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="problem_list_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Problem(models.Model):
    """A matter under its number on a list."""

    problem_list = models.ForeignKey(ProblemList, models.PROTECT, related_name="problems")
    number = models.PositiveIntegerField()
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="problems")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem_list", "number"], name="problem_number_once"),
            models.UniqueConstraint(fields=["problem_list", "matter"], name="problem_matter_once"),
        ]


class MeetingSheet(models.Model):
    """The sheet of one regular meeting, drawn from open matters."""

    community = models.ForeignKey(Area, models.PROTECT, related_name="meeting_sheets")
    name = models.CharField(max_length=60)
    held_on = models.DateField()
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()


class SheetItem(models.Model):
    """One matter on a meeting's sheet, and what the meeting said of it."""

    sheet = models.ForeignKey(MeetingSheet, models.PROTECT, related_name="items")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="sheet_items")
    position = models.PositiveSmallIntegerField()
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "matter"], name="sheet_matter_once"),
        ]


class SavedView(models.Model):
    """A filter that somebody keeps; the query string is what the list page reads."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=400)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="saved_view_name_once"),
        ]
