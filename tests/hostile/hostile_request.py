"""A hostile request, and what must come of it."""
import dataclasses

ENDED = 0  # no answer, the connection ends
LOGIN = "login"  # 303 to the login page
FORM = "Content-Type: application/x-www-form-urlencoded"


@dataclasses.dataclass
class Hostile:
    """`data` may hold what `fill` puts in, e.g. @operator@: his cookie."""

    name: str
    data: bytes
    comes: object  # a status, LOGIN or ENDED
    ends: bool = False  # the server ends the connection behind its answer
    lacks: bytes = b""  # what neither head nor body may hold
    answers: int = 1
    to: str = "pages"  # or "plain": the same port without TLS; or "terminals"
    source: str = "127.0.0.2"
    slower: int = 1  # how many times longer than others it may take


def fill(data, values):
    """Puts values in for their names between @, last the length of the body for @length@."""
    for name, value in values.items():
        data = data.replace(b"@" + name.encode() + b"@", value)
    head, gap, body = data.partition(b"\r\n\r\n")
    return head.replace(b"@length@", str(len(body)).encode()) + gap + body


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def request(line, *fields, body=None, host="Host: 127.0.0.1:@port@"):
    """With a Content-Length where there is a body: what @length@ is, fill() knows."""
    lines = [line, *([host] if host else []), *fields]
    if body is not None:
        lines.append("Content-Length: @length@")
    return b"\r\n".join(as_bytes(each) for each in lines) + b"\r\n\r\n" + as_bytes(body or b"")


def get(path, *fields, who="operator", **how):
    cookie = [f"Cookie: __Host-hrbridge_session=@{who}@"] if who else []
    return request(b"GET " + as_bytes(path) + b" HTTP/1.1", *cookie, *fields, **how)


def post(path, form, *fields, who="operator", kind=FORM, **how):
    cookie = [f"Cookie: __Host-hrbridge_session=@{who}@"] if who else []
    return request(b"POST " + as_bytes(path) + b" HTTP/1.1", *cookie, *([kind] if kind else []), *fields, body=form, **how)
