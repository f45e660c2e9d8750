"""Addresses under /residents/."""

from django.urls import path

from linli.web.roster import households, residents

urlpatterns = [
    path("residents/", residents.list_page, name="residents"),
    path("residents/<int:resident_id>/", residents.page, name="resident"),
    path("residents/<int:resident_id>/edit/", residents.edit, name="edit_resident"),
    path("residents/<int:resident_id>/move/", residents.move, name="move_resident"),
    path("residents/<int:resident_id>/depart/", residents.depart, name="depart_resident"),
    path(
        "residents/<int:resident_id>/open/<slug:field>/", residents.open_number, name="open_number"
    ),
    path("residents/households/", households.list_page, name="households"),
    path("residents/households/new/", households.create, name="create_household"),
    path("residents/households/<int:household_id>/", households.page, name="household"),
    path("residents/households/<int:household_id>/add/", residents.add, name="add_resident"),
    path("residents/households/<int:household_id>/end/", households.end, name="end_household"),
]
