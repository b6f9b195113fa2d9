"""The method that a client sends, as tests/hosts/post-only/curl does it."""
import os

POST_ONLY = os.environ.get('WEB_HOST') == 'apache-modsecurity'


def sent(method, headers):
    """The method; PUT, PATCH and DELETE stand in a header of `headers` where the
    web server lets none of them through."""
    if not POST_ONLY or method not in ('PUT', 'PATCH', 'DELETE'):
        return method
    headers['X-HTTP-Method-Override'] = method
    return 'POST'
