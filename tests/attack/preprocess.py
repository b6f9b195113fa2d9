"""What sqlmap does to each request before it is sent (--preprocess).

    X-As-Basic: LOGIN:PASSWORD     Authorization: Basic, in base64
    X-As-If-None-Match: VALUE      If-None-Match, which sqlmap drops
"""
import base64
import inspect

# sqlmap asks by a name that Python 3.11 no longer has.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec


def take(req, name):
    """The header of that name, no longer one; values are bytes."""
    for key in req.headers:
        if key.lower() == name:
            return req.headers.pop(key)
    return None


def preprocess(req):
    login = take(req, "x-as-basic")
    if login is not None:
        req.headers["Authorization"] = b"Basic " + base64.b64encode(login)
    tag = take(req, "x-as-if-none-match")
    if tag is not None:
        req.headers["If-None-Match"] = tag
