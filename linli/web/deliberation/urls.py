"""Addresses under /forums/ for the office and /deliberate/ for everybody."""

from linli.web.deliberation import forums, public, topics

urlpatterns = [
    *topics.urlpatterns,
    *forums.urlpatterns,
    *public.urlpatterns,
]
