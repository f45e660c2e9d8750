"""The door to the registers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from linli.matters import queries, registers
from linli.web.access import Request, for_roles
from linli.web.lists.common import OFFICE_ROLES, office_of
from linli.web.wording import figure


@for_roles(*OFFICE_ROLES)
@require_safe
def show_lists(request: Request) -> HttpResponse:
    """Show the three registers, and how each stands."""
    office = office_of(request=request)
    asked = {"actor": request.actor, "community_id": office.community.pk}
    lists = registers.list_problem_lists(**asked)
    context = {
        "office": office,
        "problem_lists": len(lists),
        "open_problems": sum(progress.total - progress.proven for _list, progress in lists),
        "last_sheet": registers.list_sheets(**asked).first(),
        "to_reply": figure(queries.how_many(rows=registers.hotline_to_reply(**asked))),
        "under_way": figure(queries.how_many(rows=registers.hotline_under_way(**asked))),
    }
    return render(request, "lists/home.html", context)


urlpatterns = [path("lists/", show_lists, name="lists")]
