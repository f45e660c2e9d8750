"""Addresses under /forums/ for the office and /deliberate/ for everybody."""

from linli.web.deliberation import (
    entering,
    followed,
    forums,
    map_pages,
    maps,
    opinions,
    public,
    results,
    say,
    topics,
)

urlpatterns = [
    *topics.urlpatterns,
    *results.urlpatterns,
    *opinions.urlpatterns,
    *entering.urlpatterns,
    *maps.urlpatterns,
    *forums.urlpatterns,
    *public.urlpatterns,
    *say.urlpatterns,
    *map_pages.urlpatterns,
    *followed.urlpatterns,
]
