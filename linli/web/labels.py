"""What stored codes are called on screen: one table, so that a code has one name everywhere."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.matters import labels as matters
from linli.territory import wording as territory
from linli.web.labels_of_deliberation import TABLES as OF_DELIBERATION

ORDER_STATES = {
    "SENT": _("To be taken"),
    "OBJECTED": _("Objection to be judged"),
    "TAKEN": _("Being handled"),
    "RETURNED": _("Given back"),
    "DONE": pgettext_lazy("order", "Done"),
    "RELEASED": pgettext_lazy("order", "Taken back"),
}

ROLES = {
    "SECRETARY": _("Secretary"),
    "STAFF": _("Community worker"),
    "GRID_LEAD": _("Grid lead"),
    "GRID_WORKER": _("Grid worker"),
    "BUILDING_LEAD": _("Building lead"),
    "SOCIAL_WORKER": _("Social worker"),
    "CASE_OFFICER": _("Officer for restricted matters"),
    "OVERSEER": _("Overseer"),
    "HANDLER": _("Handler"),
    "HANDLER_LEAD": _("Head of a handling unit"),
}

ORGANISATION_KINDS = {
    "COMMUNITY_OFFICE": _("Community office"),
    "PROPERTY_COMPANY": _("Property company"),
    "OWNERS_COMMITTEE": _("Owners’ committee"),
    "RESIDENTS_COMMITTEE": _("Residents’ committee"),
    "UTILITY": _("Utility"),
    "DEPARTMENT": _("Government department"),
    "LOCAL_UNIT": _("Local unit"),
    "SOCIAL_ORGANISATION": _("Social organisation"),
}

CLOCKS = {
    "EMERGENCY_HOURS": _("hours round the clock"),
    "WORKING_HOURS": _("working hours"),
    "WORKING_DAYS": _("working days"),
    "CALENDAR_DAYS": _("calendar days"),
}

TWO_STEPS = {
    "accept_and_dispatch": pgettext_lazy("step", "Accept and dispatch"),
    "open_contact": pgettext_lazy("step", "Show name and number"),
    "erase": pgettext_lazy("step", "Forget who asked"),
}
"""What a page offers beside the steps of the workflow."""

HOTLINES = {
    "110": _("police"),
    "119": _("fire brigade"),
    "120": _("ambulance"),
    "12338": _("women’s rights"),
    "12355": _("young people"),
    "12356": _("somebody to talk to"),
}

SCOPES = {
    "READ": _("Read"),
    "WRITE": _("Take steps"),
    "REPORT": _("Report for the public"),
}

HOUSEHOLDS = {
    "LIVES_HERE": _("Lives here"),
    "LIVES_ELSEWHERE": _("Lives elsewhere"),
    "VACANT": _("Vacant"),
    "LET": pgettext_lazy("household", "Let"),
    "UNKNOWN": _("Not looked at yet"),
}

RELATIONS = {
    "HEAD": _("Head of the household"),
    "SPOUSE": _("Spouse"),
    "CHILD": _("Child"),
    "PARENT": pgettext_lazy("relation", "Parent"),
    "GRANDCHILD": _("Grandchild"),
    "GRANDPARENT": _("Grandparent"),
    "SIBLING": _("Brother or sister"),
    "TENANT": _("Tenant"),
    "CARER": _("Carer"),
    "OTHER": pgettext_lazy("relation", "Other"),
}

REGISTRATIONS = {"HERE": _("Registered here"), "ELSEWHERE": _("Registered elsewhere")}

SEXES = {"FEMALE": _("Female"), "MALE": _("Male")}

ID_KINDS = {
    "ID_CARD": _("ID card"),
    "PASSPORT": _("Passport"),
    "PERMIT": _("Permit of Hong Kong, Macao, Taiwan or of residence"),
    "OTHER": _("Another paper"),
}

VISIT_OUTCOMES = {
    "MET": pgettext_lazy("visit", "Met"),
    "DECLINED": pgettext_lazy("visit", "Declined"),
    "VACANT": _("Vacant"),
    "LIVES_ELSEWHERE": _("Lives elsewhere"),
    "NOT_AT_HOME": _("Not at home"),
}

VISIT_STATES = {
    "DUE": pgettext_lazy("visit", "Due"),
    "DONE": pgettext_lazy("visit", "Done"),
    "MISSED": pgettext_lazy("visit", "Missed"),
    "CANCELLED": pgettext_lazy("visit", "Called off"),
}

EVERY = {
    "WEEKLY": _("every week"),
    "MONTHLY": _("every month"),
    "QUARTERLY": _("every quarter"),
    "SPACED": _("so many days after the last visit"),
}

CAUSES = {
    "DISCHARGED": _("Came home from hospital"),
    "BEREAVED": _("Somebody died"),
    "ACCIDENT": _("Fire or accident at home"),
    "STORM": _("Storm or heavy rain"),
    "HEAT": _("Great heat"),
    "COLD": _("Great cold"),
    "OTHER": pgettext_lazy("cause", "Something else"),
}

VISIT_WINDOWS = {
    "MORNING": _("in the morning"),
    "AFTERNOON": _("in the afternoon"),
    "EVENING": _("in the evening"),
    "WEEKEND": _("at the weekend"),
}

VISIT_GROUPS = {
    "all": _("Households to call on"),
    "met": pgettext_lazy("visit", "Met"),
    "declined": pgettext_lazy("visit", "Declined"),
    "vacant": _("Vacant"),
    "elsewhere": _("Lives elsewhere"),
    "not_at_home": _("Never at home"),
    "again": _("To be called on again"),
    "due": _("Not called on yet"),
    "missed": _("Not called on before the end"),
}

CAMPAIGN_STATES = {
    "DRAFT": pgettext_lazy("campaign", "Draft"),
    "PLANNED": pgettext_lazy("campaign", "Planned"),
    "RUNNING": pgettext_lazy("campaign", "Running"),
    "CLOSED": pgettext_lazy("campaign", "Closed"),
    "CANCELLED": pgettext_lazy("campaign", "Called off"),
}

DEPARTURES = {
    "MOVED_OUT": _("Moved away"),
    "DIED": _("Died"),
    "DOUBLE": _("Was on the roster twice"),
    "MISTAKE": _("Entered by mistake"),
}

PARTY_LEVELS = {
    "COMMITTEE": _("Party committee"),
    "GENERAL_BRANCH": _("General branch"),
    "BRANCH": _("Party branch"),
    "GROUP": _("Party group"),
}

PARTY_MEMBERS = {
    "COMMUNITY": _("Member of the community"),
    "IN_SERVICE": _("Member in service"),
    "RETIRED": _("Retired member"),
    "TWO_NEW": _("Member of a new business or organisation"),
    "FLOATING": _("Floating member"),
}

KIND_USES = {
    "TEAM": _("Grid team"),
    "PATCH": _("Who claims patches"),
    "DUTY": _("Duties of party members"),
    "FORCE": _("Forces that take part"),
}

FILLED_BY = {
    **{code: ROLES[code] for code in ("GRID_WORKER", "GRID_LEAD")},
    **{code: ROLES[code] for code in ("BUILDING_LEAD", "SOCIAL_WORKER")},
    "PARTY": _("Party members who serve in the grid"),
}

TIE_KINDS = {
    "CONTACT": _("Contact link"),
    "PAIRING": _("Pairing"),
    "PIONEER": _("Pioneer household"),
}

TIE_ENDINGS = {
    "DONE": _("No longer needed"),
    "HOLDER_GONE": _("Whoever held it stopped"),
    "OTHER_GONE": _("They moved away or died"),
    "REASSIGNED": _("Somebody nearer holds it"),
    "MISTAKE": _("Made by mistake"),
    "OTHER": _("Another reason"),
}

CADENCES = {
    "WEEKLY": _("Every week"),
    "MONTHLY": _("Every month"),
    "QUARTERLY": _("Every quarter"),
    "NONE": _("No fixed visits"),
    "GROUP": _("As often as the group says"),
}

IMPORT_STATES = {
    "UPLOADED": _("Being read"),
    "READ": _("Columns to be named"),
    "MAPPED": _("Being checked"),
    "CHECKED": _("To be decided"),
    "APPLYING": _("Being brought in"),
    "DONE": pgettext_lazy("import", "Brought in"),
    "FAILED": pgettext_lazy("import", "Failed"),
    "DROPPED": pgettext_lazy("import", "Discarded"),
}

TABLES: Mapping[str, Mapping[Any, Any]] = {
    "state": matters.STATES,
    "kind": matters.KINDS,
    "channel": matters.CHANNELS,
    "satisfaction": matters.SATISFACTIONS,
    "step": {**matters.STEPS, **TWO_STEPS},
    "means": matters.MEANS,
    "outcome": matters.OUTCOMES,
    "note": matters.NOTE_KINDS,
    "time": matters.TIME_KINDS,
    "time_state": matters.TIME_STATES,
    "order": ORDER_STATES,
    "role": ROLES,
    "organisation": ORGANISATION_KINDS,
    "level": {**territory.LEVELS, "BUILDING": pgettext_lazy("level", "Building")},
    "grid": territory.KINDS,
    "clock": CLOCKS,
    "scope": SCOPES,
    "household": HOUSEHOLDS,
    "relation": RELATIONS,
    "registration": REGISTRATIONS,
    "sex": SEXES,
    "id_kind": ID_KINDS,
    "departure": DEPARTURES,
    "visit_outcome": VISIT_OUTCOMES,
    "visit_window": VISIT_WINDOWS,
    "visit_state": VISIT_STATES,
    "every": EVERY,
    "cause": CAUSES,
    "visit_group": VISIT_GROUPS,
    "campaign": CAMPAIGN_STATES,
    "party_level": PARTY_LEVELS,
    "party_member": PARTY_MEMBERS,
    "kind_use": KIND_USES,
    "filled_by": FILLED_BY,
    "cadence": CADENCES,
    "tie": TIE_KINDS,
    "tie_ending": TIE_ENDINGS,
    "import": IMPORT_STATES,
    **OF_DELIBERATION,
}


def label_of(*, code: str, table: str) -> str:
    """Return what a code of one table is called in the reader's language."""
    return str(TABLES[table][code])


category_name = matters.category_name
