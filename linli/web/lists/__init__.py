"""The registers: numbered problem lists, meeting sheets, 12345 orders."""

from linli.web.lists.home import urlpatterns as home
from linli.web.lists.hotline import urlpatterns as hotline
from linli.web.lists.meetings import urlpatterns as meetings
from linli.web.lists.problems import urlpatterns as problems

urlpatterns = [*home, *problems, *meetings, *hotline]
