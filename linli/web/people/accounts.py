"""Accounts: the list, one account with its roles, and what is done with them."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.address import whole_address
from linli.web.hints import linked
from linli.web.labels import TABLES, label_of
from linli.web.narrowing import NOTHING, asked_of
from linli.web.people.shared import GIVERS, READERS, PlaceSelect, date_input, show


class FilterForm(forms.Form):
    """What the list of accounts is narrowed to."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=60, help_text=_("Name, user name or initials")
    )
    role = forms.ChoiceField(label=_("Role"), required=False)
    organisation = forms.TypedChoiceField(
        label=_("Organisation"), required=False, coerce=int, empty_value=None
    )
    state = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("open", _("Open accounts")),
            ("away", _("On leave")),
            ("closed", pgettext_lazy("account", "Closed")),
        ],
    )

    def __init__(self, *args: Any, organisations: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("All"))
        self._choose("role", [every, *((role, label) for role, label in TABLES["role"].items())])
        self._choose("organisation", [every, *((one.id, one.name) for one in organisations)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


class RoleForm(forms.Form):
    """A role, where it is held, and from when to when."""

    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.Select(attrs={"data-roles-of": "id_place"}),
        error_messages={"required": _("Please choose a role.")},
    )
    place = forms.ChoiceField(
        label=_("Held at"),
        widget=PlaceSelect(),
        error_messages={"required": _("Please choose where the role is held.")},
    )
    from_date = forms.DateField(label=_("From"), widget=date_input())
    until_date = forms.DateField(
        label=_("Until, this day included"),
        required=False,
        widget=date_input(),
        help_text=_("Empty means without an end."),
    )

    def __init__(self, *args: Any, places: list[queries.Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {role for place in places for role in place.roles}
        role = cast(forms.ChoiceField, self.fields["role"])
        role.choices = [
            ("", _("Please choose")),
            *((code, label) for code, label in TABLES["role"].items() if code in offered),
        ]
        if all(place.level != "ORGANISATION" for place in places):
            role.help_text = linked(
                sentence=_(
                    "Handlers belong to an organisation, and none is entered yet: %(link)s."
                ),
                url=reverse("create_organisation"),
                words=_("enter the first one"),
            )
        groups: dict[str, list[tuple[str, str]]] = {}
        for place in places:
            groups.setdefault(_group_of(place), []).append((place.value, place.name))
        where = cast(forms.ChoiceField, self.fields["place"])
        where.choices = [("", _("Please choose")), *groups.items()]
        cast(PlaceSelect, where.widget).roles = {place.value: place.roles for place in places}

    def place_keys(self) -> dict[str, int]:
        """Return the chosen place as services take it."""
        kind, _colon, key = self.cleaned_data["place"].partition(":")
        return {f"{kind}_id": int(key)}

    def wanted(self) -> dict[str, Any]:
        """Return what was chosen as services take it."""
        return {
            "role": self.cleaned_data["role"],
            "from_date": self.cleaned_data["from_date"],
            "until_date": self.cleaned_data["until_date"],
            **self.place_keys(),
        }


class AccountForm(RoleForm):
    """A new account, always with its first role."""

    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        help_text=_("Typed at every sign-in, such as the name in pinyin: xu.zhongjie"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    field_order = ("name", "username", "phone", "role", "place", "from_date", "until_date")


class EditForm(forms.Form):
    """A name, and a new phone number."""

    name = forms.CharField(label=_("Name"), max_length=60)
    phone = forms.CharField(
        label=_("New phone number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("Leave it empty to keep the present one."),
    )


def _group_of(place: queries.Place) -> str:
    if place.group:
        return place.group
    if place.level == "ORGANISATION":
        return gettext("Organisations")
    return label_of(code=place.level, table="level")


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show the accounts in one's scope, with search and filters."""
    organisations = queries.list_organisations(actor=request.actor, at=request.now)
    form = FilterForm(request.GET or None, organisations=organisations)
    asked = asked_of(form=form) if form.is_bound else {}
    wanted = queries.AccountFilter(
        text=asked.get("q", ""),
        role=NOTHING if asked.get("state") == NOTHING else asked.get("role", ""),
        organisation_id=asked.get("organisation"),
        state=asked.get("state") or "open",
    )
    rows = queries.list_accounts(actor=request.actor, wanted=wanted, at=request.now)
    facts = {
        "form": form,
        "rows": rows,
        "may_give": bool(request.actor.roles.intersection(GIVERS)),
    }
    return show(request, "people/accounts.html", "people", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*GIVERS)
def create(request: Request) -> HttpResponse:
    """Give somebody an account with a first role; show its temporary password once."""
    form = AccountForm(
        request.POST or None,
        places=queries.places_for_roles(actor=request.actor),
        initial={"from_date": queries.local_day(at=request.now)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = people.create_account(
                username=form.cleaned_data["username"],
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                actor=request.actor,
                at=request.now,
                **form.wanted(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return _slip(request, made.account, made.password)
    return show(request, "people/create.html", "people", {"form": form}, status=status_of(form))


@require_GET
@for_roles(*READERS)
def page(request: Request, account_id: int) -> HttpResponse:
    """Show one account: who it is, what it holds, and what may be done."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    may_help = queries.may_help(account_id=account_id, actor=request.actor, at=request.now)
    facts = {
        "account": account,
        "phone": queries.phone_of(account=account),
        "roles": queries.roles_of(account_id=account_id, actor=request.actor, at=request.now),
        "handovers": queries.handovers_of(account_id=account_id, at=request.now),
        "may_help": may_help,
        "may_give": account.is_active and bool(request.actor.roles.intersection(GIVERS)),
        "may_arrange": account.is_active
        and queries.may_arrange_leave(account_id=account_id, actor=request.actor, at=request.now),
        "is_own": account_id == request.actor.account_id,
        "yesterday": queries.local_day(at=request.now) - timedelta(days=1),
        "today": queries.local_day(at=request.now),
    }
    return show(request, "people/account.html", "people", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*GIVERS)
def edit(request: Request, account_id: int) -> HttpResponse:
    """Correct the name or the phone number of an account."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    form = EditForm(request.POST or None, initial={"name": account.name})
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_account(
                account_id=account_id,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"] or None,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The account was changed."))
            return redirect("account_page", account_id=account_id)
    facts = {"form": form, "account": account}
    return show(request, "people/edit.html", "people", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*GIVERS)
def give(request: Request, account_id: int) -> HttpResponse:
    """Give an account one more role."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    form = RoleForm(
        request.POST or None,
        places=queries.places_for_roles(actor=request.actor),
        initial={"from_date": queries.local_day(at=request.now)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.give_role(
                account_id=account_id, actor=request.actor, at=request.now, **form.wanted()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The role was given."))
            return redirect("account_page", account_id=account_id)
    facts = {"form": form, "account": account}
    return show(request, "people/give.html", "people", facts, status=status_of(form))


@require_POST
@for_roles(*GIVERS)
def end(request: Request, account_id: int, role_id: int) -> HttpResponse:
    """End a role: at once, or at the end of a day."""
    queries.get_account(actor=request.actor, account_id=account_id)
    rows = queries.roles_of(account_id=account_id, actor=request.actor, at=request.now)
    if role_id not in {row.id for row in rows}:
        raise NotFound
    try:
        last_date = date.fromisoformat(request.POST.get("last_date", ""))
    except ValueError as error:
        raise people.RoleDatesInvalid from error
    people.end_role(role_id=role_id, last_date=last_date, actor=request.actor, at=request.now)
    messages.success(request, _("The role was ended."))
    return redirect("account_page", account_id=account_id)


@require_POST
@never_cache
@for_roles(*GIVERS)
def reset(request: Request, account_id: int) -> HttpResponse:
    """Help somebody who forgot the password or lost the phone; show the new password once."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    with_factor = request.POST.get("what") == "second-factor"
    help_with = people.reset_second_factor if with_factor else people.reset_password
    password = help_with(account_id=account_id, actor=request.actor, at=request.now)
    return _slip(request, account, password)


@require_POST
@for_roles(*GIVERS)
def close(request: Request, account_id: int) -> HttpResponse:
    """Close an account at once."""
    queries.get_account(actor=request.actor, account_id=account_id)
    people.deactivate(account_id=account_id, actor=request.actor, at=request.now)
    messages.success(request, _("The account is closed."))
    return redirect("account_page", account_id=account_id)


@require_POST
@never_cache
@for_roles(*GIVERS)
def reopen(request: Request, account_id: int) -> HttpResponse:
    """Open a closed account again, without any role."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    password = people.reactivate(account_id=account_id, actor=request.actor, at=request.now)
    return _slip(request, account, password)


def _slip(request: Request, account: Any, password: str) -> HttpResponse:
    """Show a temporary password this one time; it is kept nowhere and no page brings it back."""
    facts = {
        "account": account,
        "password": password,
        "address": whole_address(request=request, path=reverse("account_login")),
    }
    response = show(request, "people/slip.html", "people", facts)
    response.headers["Cache-Control"] = "no-store"
    return response
