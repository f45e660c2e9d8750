"""The steps of a matter as pages: one form and one address each, whichever face somebody uses.

A face's own page of a matter includes ``steps/_steps.html`` with what `step_context` returns.
"""

from linli.web.steps.forms import About, handler_choices, handler_of
from linli.web.steps.table import PAGES, Offer, Offers, offers_for, path_of
from linli.web.steps.views import matter_path, safe_path, step_context, urlpatterns

__all__ = [
    "PAGES",
    "About",
    "Offer",
    "Offers",
    "handler_choices",
    "handler_of",
    "matter_path",
    "offers_for",
    "path_of",
    "safe_path",
    "step_context",
    "urlpatterns",
]
