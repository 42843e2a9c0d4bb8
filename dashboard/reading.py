"""What browsers send as forms is text, or it is refused before anything looks at it."""

from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError

from dashboard.middleware import GetResponse

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")  # no form of ours has files


def readable(get_response: GetResponse) -> GetResponse:
    """A form whose bytes are no UTF-8 is refused. Django would store a stand-in for each character it cannot read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and request.content_type in FORMS and not _is_utf_8(request):
            raise BadRequest("The body of this form is not UTF-8.")
        return get_response(request)

    return middleware


def _is_utf_8(request: HttpRequest) -> bool:
    try:
        body = request.body
        if request.content_type == FORMS[0]:
            body = unquote_to_bytes(body.replace(b"+", b" "))
        body.decode()
    except UnicodeDecodeError:
        return False
    except UnreadablePostError:
        return True  # the browser went away in the middle; there is nobody to tell
    return True
