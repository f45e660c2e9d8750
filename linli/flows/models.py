"""What `flows` itself keeps: which rows came from which pack, and which workers are at work."""

from django.db import models


class PackItem(models.Model):
    """One thing that a pack brought in, as it was written there.

    `digest` is that of the writing, not of the row: a pack that did not change leaves alone what
    people changed since. `is_ours` is False for what was there before the pack; it is never ended.
    """

    pack = models.CharField(max_length=24)
    kind = models.CharField(max_length=24)
    code = models.CharField(max_length=160)
    subject_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    is_ours = models.BooleanField()
    loaded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "kind", "code"], name="pack_item_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pack}: {self.kind} {self.code}"


class WorkerBeat(models.Model):
    """A worker that is at work, and when it last said so. `name` is machine and process."""

    name = models.CharField(max_length=120, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
