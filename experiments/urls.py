"""Pages of a workspace, below /w/<workspace>/. The name of an address is the name of its view and its template."""

from django.urls import path

from experiments.views import (
    changing,
    connections,
    drafts,
    editor,
    experiments,
    operation_list,
    operations,
    parked,
    sending,
    settings,
    support,
)

urlpatterns = [
    path("experiments/", experiments.experiment_list, name="experiment_list"),
    path("experiments/read-again/", experiments.mirror_read, name="mirror_read"),
    path("experiments/<uuid:pk>/", experiments.experiment_detail, name="experiment_detail"),
    path("experiments/<uuid:pk>/copy/", drafts.experiment_copy, name="experiment_copy"),
    path("experiments/<uuid:pk>/move/<slug:verb>/", changing.experiment_move, name="experiment_move"),
    path("experiments/<uuid:pk>/change/", changing.experiment_change, name="experiment_change"),
    path("experiments/<uuid:pk>/testers/", changing.experiment_testers, name="experiment_testers"),
    path("experiments/<uuid:pk>/delete/", sending.experiment_delete, name="experiment_delete"),
    path("drafts/new/", drafts.draft_new, name="draft_new"),
    path("drafts/<uuid:pk>/", editor.draft_edit, name="draft_edit"),
    path("drafts/<uuid:pk>/json/", editor.draft_json, name="draft_json"),
    path("drafts/<uuid:pk>/copy/", drafts.draft_copy, name="draft_copy"),
    path("drafts/<uuid:pk>/delete/", drafts.draft_delete, name="draft_delete"),
    path("drafts/<uuid:pk>/check/", sending.draft_check, name="draft_check"),
    path("drafts/<uuid:pk>/send/", sending.draft_send, name="draft_send"),
    path("operations/", operation_list.operation_list, name="operation_list"),
    path("operations/<uuid:pk>/", operations.operation_detail, name="operation_detail"),
    path("operations/<uuid:pk>/undo/", operations.operation_undo, name="operation_undo"),
    path("operations/<uuid:pk>/cancel/", operations.operation_cancel, name="operation_cancel"),
    path("operations/<uuid:pk>/drop/", parked.operation_drop, name="operation_drop"),
    path("operations/<uuid:pk>/look/", operations.operation_look, name="operation_look"),
    path("operations/<uuid:pk>/resolve/", operations.operation_resolve, name="operation_resolve"),
    path("operations/<uuid:pk>/send-on/", parked.operation_send_on, name="operation_send_on"),
    path("operations/<uuid:pk>/support/", support.operation_support, name="operation_support"),
    path("settings/", settings.settings, name="settings"),
    path("settings/connections/new/", connections.connection_new, name="connection_new"),
    path("settings/connections/<uuid:pk>/", connections.connection_edit, name="connection_edit"),
    path("settings/connections/<uuid:pk>/test/", connections.connection_test, name="connection_test"),
    path("settings/connections/<uuid:pk>/remove/", connections.connection_remove, name="connection_remove"),
]
