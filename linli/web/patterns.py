"""Every component with example data, in both type sizes: what faces are made of."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from linli.web.access import Request
from linli.web.exporting import Offer
from linli.web.labels import TABLES


class ExampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("As you are called."))
    text = forms.CharField(label=_("What is it about?"), widget=forms.Textarea)
    estate = forms.ChoiceField(label=_("Estate"), choices=[("1", "翠园小区"), ("2", "桂花苑")])
    solved = forms.ChoiceField(
        label=_("Has it been solved?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(label=_("I agree to the privacy notice."))
    note = forms.CharField(label=_("Note"), required=False)


class ExampleFilter(forms.Form):
    """A filter bar's form."""

    q = forms.CharField(label=_("Search"), required=False, help_text=_("Words or initials"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All")), *TABLES["kind"].items()],
    )


def show(request: Request) -> HttpResponse:
    """Show the components; ``?large=1`` shows them in large type."""
    wrong = ExampleForm({"name": "", "text": "", "solved": "maybe"})
    return render(request, "patterns/index.html", _examples(request) | {"wrong": wrong})


def _examples(request: Request) -> dict[str, Any]:
    now = request.now
    return {
        "is_large_example": request.GET.get("large") == "1",
        "states": list(TABLES["state"]),
        "order_states": list(TABLES["order"]),
        "form": ExampleForm(),
        "filter_form": ExampleFilter(),
        "limits": [
            now - timedelta(days=2, hours=1),
            now - timedelta(minutes=20),
            now + timedelta(hours=3, minutes=10),
            now + timedelta(days=5),
        ],
        "moments": [now, now - timedelta(minutes=12), now - timedelta(days=1), now],
        "entries": [
            {"what": _("Reported"), "who": "王阿姨", "at": now - timedelta(days=2)},
            {
                "what": _("Dispatched"),
                "who": "周敏",
                "at": now - timedelta(days=1, hours=5),
                "text": "请物业今天先拉警戒线，明天上午修复。",
                "mood": "quiet",
            },
            {
                "what": _("Rework"),
                "at": now - timedelta(hours=2),
                "text": "居民反映仍在漏水。",
                "mood": "bad",
            },
        ],
        "tabs": [
            {"label": _("To be accepted"), "url": "?tab=1", "is_here": True, "count": 3},
            {"label": _("Being handled"), "url": "?tab=2", "is_here": False, "count": 12},
            {"label": _("All"), "url": "?tab=3", "is_here": False, "count": None},
        ],
        "map": EXAMPLE_MAP,
        "export": Offer(action="?", in_full="?", form="?"),
    }


def _box(west: float, south: float, width: float, height: float) -> list[list[list[float]]]:
    east, north = west + width, south + height
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def _feature(layer: str, name: str, geometry: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"layer": layer, "name": name, **facts},
    }


EXAMPLE_MAP: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        *(
            _feature(
                "grid",
                f"第{name}网格",
                {"type": "Polygon", "coordinates": _box(118.8 + 0.004 * x, 32.05, 0.004, 0.004)},
                tone=x + 1,
                label=True,
                url=f"?grid={x}",
                text=f"{x + 2} / 9",
            )
            for x, name in enumerate("一二三")
        ),
        *(
            _feature(
                "building",
                f"{x + 1}幢",
                {
                    "type": "Polygon",
                    "coordinates": _box(118.8006 + 0.0012 * x, 32.051, 0.0007, 0.0004),
                },
            )
            for x in range(3)
        ),
        _feature("matter", "路灯不亮", {"type": "Point", "coordinates": [118.8031, 32.0522]}),
    ],
}


urlpatterns = [path("patterns/", show, name="patterns")]
