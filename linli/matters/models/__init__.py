"""Matters: what was reported, who has it, what was done, and what those who asked say of it."""

from linli.matters.models.lists import MeetingSheet, Problem, ProblemList, SavedView, SheetItem
from linli.matters.models.matters import Likeness, Matter, MatterTerms, number_of, place_words_of
from linli.matters.models.method import (
    Category,
    Condition,
    Level,
    Method,
    RateWeights,
    ReturnReason,
)
from linli.matters.models.work import Mediation, Note, Order, Rating, Reporter, TimeRequest, Told

__all__ = [
    "Category",
    "Condition",
    "Level",
    "Likeness",
    "Matter",
    "MatterTerms",
    "Mediation",
    "MeetingSheet",
    "Method",
    "Note",
    "Order",
    "Problem",
    "ProblemList",
    "RateWeights",
    "Rating",
    "Reporter",
    "ReturnReason",
    "SavedView",
    "SheetItem",
    "TimeRequest",
    "Told",
    "number_of",
    "place_words_of",
]
