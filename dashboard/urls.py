"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from dashboard import views

handler400 = "dashboard.views.bad_request"
handler403 = "dashboard.views.forbidden"
handler404 = "dashboard.views.not_found"
handler500 = "dashboard.views.server_error"

admin.site.site_header = "Splitdesk for operators"
admin.site.site_title = "Splitdesk"
admin.site.index_title = "What this installation holds"
# Operators come in by the same door as everybody, so that its limits on wrong passwords hold for them too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's documented way

urlpatterns = [
    path("", include("workspaces.urls")),
    path("w/<slug:workspace>/", include("experiments.urls")),
    path("operators/", admin.site.urls),
    path("favicon.ico", views.favicon),
]
