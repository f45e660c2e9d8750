"""The replies to 12345 orders, in the columns of the city's form."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils import translation

from linli.core.clocks import SHANGHAI
from linli.flows.hotline.fields import REPLY_FIELDS
from linli.matters import queries, registers
from linli.matters.labels import SATISFACTIONS
from linli.matters.models import Matter, Note, Told
from linli.matters.registers import Evidence
from linli.matters.workflow import Satisfaction, State

_FORM_LANGUAGE = "zh-hans"
"""The city's form is Chinese, whatever language the person who exports it reads."""

_RESULTS = {
    State.DECLINED: "不予受理",
    State.WITHDRAWN: "诉求人撤回",
}
_MEANS = {
    Told.Means.PHONE: "电话告知",
    Told.Means.IN_PERSON: "当面告知",
    Told.Means.MESSAGE: "短信告知",
}


def reply_headings(*, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the form's columns in order, field → heading; the usual ones where none are kept."""
    kept = {code: heading for code, heading in columns.items() if code in REPLY_FIELDS and heading}
    return kept or {code: field.headings[0] for code, field in REPLY_FIELDS.items()}


def reply_rows(*, matters: Iterable[Matter]) -> list[dict[str, str]]:
    """Return for each order what its reply says, by field, in a fixed number of queries.

    Merged orders answer with what was done about the matter they were merged into; who was told
    and who is satisfied is asked of each order's own caller.
    """
    rows = list(matters)
    keys = {matter.pk for matter in rows}
    keys |= {queries.standing(matter=matter).pk for matter in rows}
    evidence = registers.evidence_of(matter_ids=keys)
    reasons = _reasons(rows)
    with translation.override(_FORM_LANGUAGE):
        return [_reply(matter, evidence, reasons) for matter in rows]


def _reply(
    matter: Matter, evidence: Mapping[int, Evidence], reasons: Mapping[int, str]
) -> dict[str, str]:
    standing = queries.standing(matter=matter)
    done = evidence.get(standing.pk, Evidence())
    own = evidence.get(matter.pk, Evidence())
    told, rating = own.told, own.rating
    solved = "" if rating is None else ("是" if rating.solved else "否")
    satisfied = (
        str(SATISFACTIONS[Satisfaction(rating.satisfaction)]) if rating is not None else "未评价"
    )
    means = _MEANS.get(Told.Means(told.means), "") if told is not None else ""
    return {
        "number": matter.hotline_number,
        "handled_by": done.handled_by,
        "result": _RESULTS.get(State(standing.state), "已办结"),
        "resolution": done.resolution or reasons.get(standing.pk, ""),
        "closed_at": _moment(standing.closed_at),
        "told": "，".join(
            part
            for part in (
                means,
                told.told_by.name if told is not None else "",
                _moment(told.told_at) if told is not None else "",
                told.text if told is not None else "",
            )
            if part
        ),
        "solved": solved,
        "satisfied": satisfied,
    }


def _reasons(matters: Sequence[Matter]) -> dict[int, str]:
    """Return what was said to those whose order was not accepted."""
    keys = [matter.pk for matter in matters if matter.state == State.DECLINED]
    notes = Note.objects.filter(matter_id__in=keys, for_reporter=True).order_by("id")
    return dict(notes.values_list("matter_id", "text"))


def _moment(when: datetime | None) -> str:
    return when.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if when is not None else ""
