"""The registers: numbered problem lists, meeting sheets, 12345 orders."""

from linli.web.lists import home, hotline, meetings, problems

urlpatterns = [
    *home.urlpatterns,
    *problems.urlpatterns,
    *meetings.urlpatterns,
    *hotline.urlpatterns,
]
