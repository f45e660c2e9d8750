"""Writes of visits: forms, campaigns from draft to close, and what came of each call."""

from linli.visits.services.campaigns import (
    CampaignInput,
    CampaignNotYours,
    DatesTurned,
    NobodyGoes,
    NobodyThere,
    NotEnoughHands,
    StepNotAllowed,
    cancel_campaign,
    change_campaign,
    close_campaign,
    create_campaign,
    plan_campaign,
    start_campaign,
)
from linli.visits.services.publishing import FormNameMissing, FormUnusable, first_form, publish_form
from linli.visits.services.recording import (
    AlreadyRecorded,
    AnswersWrong,
    OutcomeMissing,
    Recorded,
    note_finding,
    record_visit,
)

__all__ = [
    "AlreadyRecorded",
    "AnswersWrong",
    "CampaignInput",
    "CampaignNotYours",
    "DatesTurned",
    "FormNameMissing",
    "FormUnusable",
    "NobodyGoes",
    "NobodyThere",
    "NotEnoughHands",
    "OutcomeMissing",
    "Recorded",
    "StepNotAllowed",
    "cancel_campaign",
    "change_campaign",
    "close_campaign",
    "create_campaign",
    "first_form",
    "note_finding",
    "plan_campaign",
    "publish_form",
    "record_visit",
    "start_campaign",
]
