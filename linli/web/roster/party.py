"""The party's tree: units, who belongs to them, and the grids that no unit answers for."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, signed_in
from linli.web.accounts import refuse, status_of
from linli.web.exporting import offer
from linli.web.labels import label_of
from linli.web.roster.frame import found_residents, number_of, show
from linli.web.roster.party_forms import (
    Choices,
    EndMemberForm,
    MemberForm,
    MoveMemberForm,
    NewMemberForm,
    UnitForm,
)


@require_GET
@signed_in
def tree_page(request: Request) -> HttpResponse:
    """Show a community's units with how many belong to each, and its grids."""
    tree = tree_asked(request)
    grids = queries.party_grids(tree=tree)
    facts = {
        "tree": tree,
        "branches": sum(node.unit.level == "BRANCH" for node in tree.nodes),
        "groups": sum(node.unit.level == "GROUP" for node in tree.nodes),
        "grids": grids,
        "export": offer(request, "export_party"),
        "faults": sum(bool(row.fault) for row in grids),
        "gone": queries.members_off_the_roster(tree=tree) if tree.may_keep else 0,
        "communities": queries.party_communities(actor=request.actor),
    }
    return show(request, "roster/party.html", "party", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add_unit(request: Request) -> HttpResponse:
    """Put a unit into the tree."""
    tree = _kept_tree(request)
    form = _unit_form(request, tree, initial={"parent": number_of(request.GET.get("under"))})
    if request.method == "POST" and form.is_valid():
        try:
            unit = people.add_party_unit(
                community_id=tree.community.pk,
                level=form.cleaned_data["level"],
                actor=request.actor,
                at=request.now,
                **form.columns(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The unit stands in the tree."))
            return redirect("party_unit", unit_id=unit.pk)
    facts = {"form": form, "tree": tree}
    return show(request, "roster/party_unit_form.html", "party", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_unit(request: Request, unit_id: int) -> HttpResponse:
    """Correct a unit."""
    tree, node = queries.party_unit(actor=request.actor, unit_id=unit_id)
    if not tree.may_keep:
        raise NotFound
    unit = node.unit
    initial = {
        "name": unit.name,
        "parent": unit.parent_id,
        "area": unit.area_id,
        "buildings": list(unit.buildings.values_list("pk", flat=True)),
        "secretary": unit.secretary_id,
        "grids_by": unit.grids_by,
    }
    form = _unit_form(request, tree, node=node, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_party_unit(
                unit_id=unit_id,
                actor=request.actor,
                at=request.now,
                version=number_of(request.POST.get("version")) or 0,
                **form.columns(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The unit is corrected."))
            return redirect("party_unit", unit_id=unit_id)
    facts = {"form": form, "tree": tree, "node": node}
    return show(request, "roster/party_unit_form.html", "party", facts, status=status_of(form))


@require_GET
@signed_in
def unit_page(request: Request, unit_id: int) -> HttpResponse:
    """Show a unit, what stands under it, and those of its members this person may see."""
    tree, node = queries.party_unit(actor=request.actor, unit_id=unit_id)
    facts = {
        "tree": tree,
        "node": node,
        "buildings": node.unit.buildings.select_related("estate").order_by("estate__code", "code"),
        "rows": queries.members_of_unit(node=node),
        "may_end": tree.may_keep and not node.total and not node.children,
    }
    answer = show(request, "roster/party_unit.html", "party", facts)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@signed_in
def end_unit(request: Request, unit_id: int) -> HttpResponse:
    """End a unit that is empty."""
    tree, _node = queries.party_unit(actor=request.actor, unit_id=unit_id)
    if not tree.may_keep:
        raise NotFound
    today = queries.local_day(at=request.now)
    try:
        people.end_party_unit(unit_id=unit_id, on=today, actor=request.actor, at=request.now)
    except people.UnitNotEmpty as refused:
        messages.error(request, str(refused))
        return redirect("party_unit", unit_id=unit_id)
    messages.success(request, _("The unit has ended; it stays on record."))
    return redirect(f"{reverse('party')}?community={tree.community.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add_member(request: Request, unit_id: int) -> HttpResponse:
    """Let a resident belong to a unit, or somebody in service who registered with it."""
    tree, node = _unit_with_members(request, unit_id)
    query = request.POST.get("q", request.GET.get("q", ""))[:60]
    form = NewMemberForm(
        request.POST or None,
        found=found_residents(request, tree.community.pk, query),
        grids=_grids(tree),
        initial={"from_date": queries.local_day(at=request.now)},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            people.add_party_member(
                unit_id=unit_id,
                kind=said["kind"],
                resident_id=said.get("resident"),
                name=said["name"],
                employer=said["employer"],
                grid_id=said["grid"],
                from_date=said["from_date"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They belong to this unit."))
            return redirect("party_unit", unit_id=unit_id)
    facts = {"form": form, "node": node, "query": query}
    return show(request, "roster/party_member_new.html", "party", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def member_page(request: Request, member_id: int) -> HttpResponse:
    """Show a member and correct what is known of them."""
    node, row = queries.get_party_member(actor=request.actor, member_id=member_id)
    tree = queries.party_tree(actor=request.actor, community_id=node.unit.community_id)
    form = MemberForm(
        request.POST or None, grids=_grids(tree), duties=_duties(tree), initial=_known(row)
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.edit_party_member(
                member_id=member_id,
                kind=form.cleaned_data["kind"],
                grid_id=form.cleaned_data["grid"],
                employer=form.cleaned_data["employer"],
                duty_ids=form.cleaned_data.get("duties"),
                actor=request.actor,
                at=request.now,
                version=number_of(request.POST.get("version")) or 0,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The entry is corrected."))
            return redirect("party_member", member_id=member_id)
    return _member_page(request, node, row, tree, form=form)


@require_POST
@signed_in
def move_member(request: Request, member_id: int) -> HttpResponse:
    """Let a member go to another unit of the community."""
    node, row = queries.get_party_member(actor=request.actor, member_id=member_id)
    tree = queries.party_tree(actor=request.actor, community_id=node.unit.community_id)
    form = MoveMemberForm(request.POST, units=_units(tree, besides=node.unit.pk))
    if form.is_valid():
        try:
            people.move_party_member(
                member_id=member_id,
                unit_id=form.cleaned_data["unit"],
                on=form.cleaned_data["on"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They belong to the other unit now."))
            return redirect("party_unit", unit_id=node.unit.pk)
    return _member_page(request, node, row, tree, move=form)


@require_POST
@signed_in
def end_member(request: Request, member_id: int) -> HttpResponse:
    """Say that somebody no longer belongs here."""
    node, row = queries.get_party_member(actor=request.actor, member_id=member_id)
    form = EndMemberForm(request.POST)
    if form.is_valid():
        try:
            people.end_party_member(
                member_id=member_id,
                on=form.cleaned_data["on"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They no longer belong to this unit."))
            return redirect("party_unit", unit_id=node.unit.pk)
    tree = queries.party_tree(actor=request.actor, community_id=node.unit.community_id)
    return _member_page(request, node, row, tree, end=form)


def _member_page(
    request: Request,
    node: queries.Node,
    row: queries.MemberRow,
    tree: queries.Tree,
    *,
    form: MemberForm | None = None,
    move: MoveMemberForm | None = None,
    end: EndMemberForm | None = None,
) -> HttpResponse:
    today = {"on": queries.local_day(at=request.now)}
    units = _units(tree, besides=node.unit.pk)
    facts = {
        "node": node,
        "row": row,
        "form": form or MemberForm(grids=_grids(tree), duties=_duties(tree), initial=_known(row)),
        "units": units,
        "move": move or MoveMemberForm(units=units, initial=today, auto_id="id_move_%s"),
        "end": end or EndMemberForm(initial=today, auto_id="id_end_%s"),
    }
    status = max(status_of(one) for one in (form, move, end) if one is not None)
    answer = show(request, "roster/party_member.html", "party", facts, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def tree_asked(request: Request) -> queries.Tree:
    """Return the tree of the community that was chosen, else of the first one.

    :raises NotFound: where there is none for this person.
    """
    said = number_of(request.POST.get("community") or request.GET.get("community"))
    communities = queries.party_communities(actor=request.actor)
    if said is None and communities:
        said = communities[0].pk
    if said is None:
        raise NotFound
    return queries.party_tree(actor=request.actor, community_id=said)


def _kept_tree(request: Request) -> queries.Tree:
    tree = tree_asked(request)
    if not tree.may_keep:
        raise NotFound
    return tree


def _unit_with_members(request: Request, unit_id: int) -> tuple[queries.Tree, queries.Node]:
    tree, node = queries.party_unit(actor=request.actor, unit_id=unit_id)
    if not node.is_whole or not node.takes_members:
        raise NotFound
    return tree, node


def _unit_form(
    request: Request, tree: queries.Tree, *, node: queries.Node | None = None, **more: Any
) -> UnitForm:
    below = set() if node is None else {one.unit.pk for one in node.walk()}
    community_id = tree.community.pk
    return UnitForm(
        request.POST or None,
        parents=[
            (one.unit.pk, f"{'　' * one.depth}{one.unit.name}")
            for one in tree.nodes
            if one.unit.pk not in below and one.takes_units
        ],
        areas=[
            (area.pk, f"{area.name} · {label_of(code=area.level, table='level')}")
            for area in queries.party_places(community_id=community_id)
        ],
        buildings=[
            (one.pk, f"{one.estate.name} {one.name}")
            for one in queries.party_buildings(community_id=community_id)
        ],
        accounts=[
            (one.pk, one.name)
            for one in queries.accounts_in(community_id=community_id, at=request.now)
        ],
        is_new=node is None,
        is_top=tree.root is None or (node is not None and node.unit.parent_id is None),
        **more,
    )


def _units(tree: queries.Tree, *, besides: int) -> Choices:
    return [
        (one.unit.pk, f"{'　' * one.depth}{one.unit.name}")
        for one in tree.nodes
        if one.is_whole and one.takes_members and one.unit.pk != besides
    ]


def _grids(tree: queries.Tree) -> Choices:
    places = queries.party_places(community_id=tree.community.pk)
    return [(area.pk, area.name) for area in places if area.is_grid]


def _duties(tree: queries.Tree) -> Choices:
    kinds = queries.own_kinds(community_id=tree.community.pk, use="DUTY")
    return [(kind.pk, kind.name) for kind in kinds]


def _known(row: queries.MemberRow) -> dict[str, Any]:
    member = row.member
    return {
        "kind": member.kind,
        "grid": member.grid_id,
        "employer": member.employer,
        "duties": [kind.pk for kind in member.duties.all()],
    }
