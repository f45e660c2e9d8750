"""The desk: the queue on the left, the matter in the middle, place and people on the right."""

from django.urls import path

from linli.web.desk.entry import enter, find_spots, hints
from linli.web.desk.matter import show_matter
from linli.web.desk.queue import delete_view, export, save_view, show_queue

urlpatterns = [
    path("desk/", show_queue, name="desk"),
    path("desk/new/", enter, name="desk_new"),
    path("desk/new/spots/", find_spots, name="desk_new_spots"),
    path("desk/new/hints/", hints, name="desk_new_hints"),
    path("desk/export/", export, name="desk_export"),
    path("desk/views/", save_view, name="desk_save_view"),
    path("desk/views/<int:view_id>/delete/", delete_view, name="desk_delete_view"),
    path("desk/<int:matter_id>/", show_matter, name="desk_matter"),
]
