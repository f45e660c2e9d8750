"""Addresses under /forums/ for the office and /deliberate/ for everybody."""

from linli.web.deliberation import (
    entering,
    followed,
    forums,
    map_pages,
    maps,
    meetings,
    minutes,
    opinions,
    public,
    record,
    results,
    say,
    sitting,
    topics,
)

urlpatterns = [
    *topics.urlpatterns,
    *results.urlpatterns,
    *opinions.urlpatterns,
    *entering.urlpatterns,
    *maps.urlpatterns,
    *forums.urlpatterns,
    *meetings.urlpatterns,
    *sitting.urlpatterns,
    *record.urlpatterns,
    *minutes.urlpatterns,
    *public.urlpatterns,
    *say.urlpatterns,
    *map_pages.urlpatterns,
    *followed.urlpatterns,
]
