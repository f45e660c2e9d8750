"""How a phone learns to trust an office whose certificate no public authority has signed."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.core import certificates
from linli.web.access import Request
from linli.web.doorstep import OVER


@require_safe
def page(request: Request) -> HttpResponse:
    """Show how it is done on each kind of phone, and what to compare before.

    :raises Http404: when no authority of the office's own is in use.
    """
    found = certificates.current()
    if found is None or not found.is_ours:
        raise Http404
    facts = {
        "fingerprint": certificates.authority_fingerprint(),
        "names": found.names,
        "over": request.META.get(OVER, "/"),
    }
    return render(request, "resident/trust.html", facts)


@require_safe
def certificate(_request: Request) -> HttpResponse:
    """Give the authority's certificate as phones take it.

    :raises Http404: when there is none.
    """
    found = certificates.authority_der()
    if found is None:
        raise Http404
    return HttpResponse(
        found,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="linli.crt"'},
    )
