"""Where one request ends and the next begins, and how much of one is taken."""
import gzip

from hostile_request import ENDED, FORM, Hostile, get, post, request

SMUGGLED = "POST /jobs/pause HTTP/1.1\r\nHost: here\r\nCookie: __Host-hrbridge_session=@operator@\r\n" + FORM + \
    "\r\nContent-Length: 63\r\n\r\nname=outbox&form_token=@token@"
LONG = 40 * 1024
MIB = 1 << 20


def refused(name, data, status=400, **how):
    """What leaves a doubt about its end is the last that is read of a connection."""
    return Hostile(name, data, status, ends=True, **how)


def framed(*fields, body="", line="POST /login HTTP/1.1"):
    return request(line, FORM, *fields) + (body if isinstance(body, bytes) else body.encode())


def chunked(body, *fields):
    return framed("Transfer-Encoding: chunked", *fields, body=body)


LENGTHS = {"signed": "+5", "negative": "-5", "hexadecimal": "0x5", "listed": "5, 5", "of two words": "5 5", "with an exponent": "5e0",
           "beyond any number": "9" * 25, "empty": "", "with a decimal point": "5.0", "in other digits": "５"}
CODINGS = {"gzip before it": "gzip, chunked", "identity behind it": "chunked, identity", "of another name": "xchunked",
           "quoted": '"chunked"', "with a parameter": "chunked;q=1"}
CHUNKS = {"no number": "g\r\n", "negative": "-1\r\n", "with 0x": "0x5\r\nhello\r\n0\r\n\r\n", "signed": "+5\r\nhello\r\n0\r\n\r\n",
          "of 64 bits": "ffffffffffffffff\r\n", "an endless extension": "5;" + "x" * 2000, "without its end": "5\r\nhelloX0\r\n\r\n",
          "with LF alone": "5\nhello\n0\n\n", "an empty line": "\r\n0\r\n\r\n"}
FIELDS = {"a blank before the colon": "X-A : 1", "a blank in the name": "X A: 1", "no colon": "X-A", "no name": ": 1",
          "folded lines": "X-A: 1\r\n 2", "a zero byte": "X-A: 1\x002", "a bare CR": "X-A: 1\rX-B: 2", "a bare LF": "X-A: 1\nX-B: 2",
          "an escape": "X-A: \x1b[2J", "a deleted byte": "X-A: \x7f"}
LINES = {"HTTP/0.9": b"GET /runs\r\n\r\n", "a blank line's end alone": b"GET /live HTTP/1.1\nHost: here\n\n",
         "a tab for a blank": b"GET\t/runs\tHTTP/1.1\r\nHost: here\r\n\r\n", "two blanks": b"GET  /runs HTTP/1.1\r\nHost: here\r\n\r\n",
         "a zero byte": b"GET /ru\x00ns HTTP/1.1\r\nHost: here\r\n\r\n", "no method": b" /runs HTTP/1.1\r\nHost: here\r\n\r\n",
         "a method of other signs": b"G(T /runs HTTP/1.1\r\nHost: here\r\n\r\n", "another protocol": b"GET / ICAP/1.0\r\nHost: here\r\n\r\n",
         "no Host": b"GET /live HTTP/1.1\r\n\r\n", "two Hosts": b"GET /live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}
TEXTS = {"a byte that is none": "%ff", "a zero byte": "%00", "an overlong zero byte": "%c0%80", "half a surrogate": "%ed%a0%80",
         "beyond Unicode": "%f4%90%80%80", "half a sequence": "%e4%bd", "half an escape": "%4", "an escape of no digits": "%zz"}
METHODS = ("get", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "HEADX")

LIST = [
    refused("smuggling: length and chunks", framed("Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n" + SMUGGLED)),
    refused("smuggling: chunks and length", framed("Transfer-Encoding: chunked", "Content-Length: 5", body="0\r\n\r\n" + SMUGGLED)),
    refused("smuggling: two lengths", framed("Content-Length: 5", "Content-Length: 6", body="hello" + SMUGGLED)),
    refused("smuggling: a length twice", framed("Content-Length: 5", "Content-Length: 5", body="hello" + SMUGGLED)),
    *(refused(f"smuggling: a length {name}", framed(f"Content-Length: {text}", body="hello" + SMUGGLED))
      for name, text in LENGTHS.items()),
    *(refused(f"smuggling: a coding {name}", framed(f"Transfer-Encoding: {text}", body="0\r\n\r\n" + SMUGGLED), 501)
      for name, text in CODINGS.items()),
    refused("smuggling: a coding behind a vertical tab", framed("Transfer-Encoding: \x0bchunked", body="0\r\n\r\n" + SMUGGLED)),
    refused("smuggling: two codings", framed("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body="0\r\n\r\n")),
    refused("smuggling: chunks in HTTP/1.0", framed("Transfer-Encoding: chunked", body="0\r\n\r\n", line="POST /login HTTP/1.0")),
    refused("smuggling: no length", framed(), 411),
    *(refused(f"smuggling: a chunk {name}", chunked(text), source="127.0.0.13") for name, text in CHUNKS.items()),
    Hostile("smuggling: a request in the body of a GET",
            request("GET /live HTTP/1.1", body=SMUGGLED), 200),
    Hostile("smuggling: a request in a trailer", chunked("0\r\nPOST /jobs/pause HTTP/1.1: x\r\nContent-Length: 3\r\n\r\n"), 401,
            source="127.0.0.13"),
    refused("smuggling: a bad request behind a good one", get("/live", who=None) + b"GET /live HTTP/1.1\r\nX A: 1\r\n\r\n", 200, answers=2),
    Hostile("smuggling: an upgrade to HTTP/2", get("/live", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AA"),
            200),
    refused("smuggling: HTTP/2 without an upgrade", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    *(refused(f"header: {name}", get("/runs", text)) for name, text in FIELDS.items()),
    *(refused(f"request line: {name}", data) for name, data in LINES.items()),
    refused("request line: a version that there is not", b"GET /live HTTP/9.9\r\nHost: here\r\n\r\n", 505),
    *(Hostile(f"method: {method} for a page", request(f"{method} /runs HTTP/1.1", body=""), 405) for method in METHODS),
    Hostile("method: overridden by a header", get("/logout", "X-HTTP-Method-Override: POST", "X-Method-Override: POST"), 405),
    Hostile("method: overridden in the address", get("/logout?_method=POST"), 405),
    Hostile("method: overridden in the form", post("/runs", "_method=GET&form_token=@token@"), 405),
    Hostile("method: a proxy's", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 404),
    *(refused(f"text in the address: {name}", get(f"/rejects?mapping={text}")) for name, text in TEXTS.items()),
    *(refused(f"text in the form: {name}", post("/jobs/pause", f"form_token=@token@&name={text}")) for name, text in TEXTS.items()),
    refused("oversized: an address", get("/" + "a" * 5000), 414),
    refused("oversized: a request line without end", b"GET /" + b"a" * LONG, 414),
    refused("oversized: a method", b"A" * LONG, 414),
    refused("oversized: a header", get("/live", "X-A: " + "a" * LONG), 431),
    refused("oversized: a cookie", get("/live", "Cookie: " + "a=b;" * (LONG // 4), who=None), 431),
    refused("oversized: a hundred and one headers", get("/live", *(f"X-{each}: 1" for each in range(101)), who=None), 431),
    refused("oversized: ten thousand headers", get("/live", *(f"X-{each}: 1" for each in range(10_000)), who=None), 431),
    refused("oversized: a body by its length", framed(f"Content-Length: {MIB + 1}"), 413),
    refused("oversized: a body of exabytes", framed("Content-Length: 999999999999999999"), 413),
    refused("oversized: a body that asks before", framed(f"Content-Length: {MIB + 1}", "Expect: 100-continue"), 413),
    refused("oversized: a chunk", chunked("100001\r\n"), 413),
    refused("oversized: chunks together", chunked("80000\r\n" + "a" * 0x80000 + "\r\n80001\r\n"), 413, slower=4),
    refused("oversized: trailers", chunked("0\r\n" + "X: 1\r\n" * 200), 431),
    refused("oversized: two hundred and one fields in the address", get("/rejects?" + "&".join(f"a{n}" for n in range(201)))),
    refused("oversized: two hundred and one fields in the form", post("/login", "&".join(f"a{n}=" for n in range(201)), who=None)),
    refused("oversized: a million empty fields", post("/login", "&" * (MIB - 1), who=None), slower=4),
    Hostile("oversized: a password of a mebibyte", post("/login", "name=operator&password=" + "a" * (MIB - 30), who=None), 401,
            source="127.0.0.14", slower=4),
    Hostile("oversized: an account's name of a mebibyte", post("/login", "password=a&name=" + "a" * (MIB - 30), who=None), 401,
            source="127.0.0.14", slower=4),
    Hostile("oversized: a body of single bytes in chunks", chunked("1\r\na\r\n" * 400_000 + "0\r\n\r\n"), 401, source="127.0.0.14",
            slower=10),
    refused("oversized: empty lines without end", b"\r\n" * 500_000, slower=4),
    Hostile("range: of a page", get("/runs", "Range: bytes=0-1"), 200),
    Hostile("range: a thousand", get("/assets/style.css", "Range: bytes=" + ",".join(f"{n}-" for n in range(1000)), who=None), 200),
    Hostile("range: beyond the end", get("/assets/style.css", "Range: bytes=99999999999999999999-", who=None), 200),
    Hostile("coding: a bomb of gzip", post("/login", gzip.compress(bytes(20 * MIB), 9), "Content-Encoding: gzip", who=None), 400),
    Hostile("coding: an answer in all codings", get("/runs", "Accept-Encoding: gzip, deflate, br, zstd, *;q=1"), 200,
            lacks=b"Content-Encoding"),
    Hostile("multipart: the login's form", post("/login", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\noperator\r\n--x--",
                                                who=None, kind="Content-Type: multipart/form-data; boundary=x"), 401,
            source="127.0.0.15"),
    Hostile("multipart: ten thousand parts", post("/jobs/pause", "--x\r\n\r\n\r\n" * 10_000,
                                                  kind="Content-Type: multipart/form-data; boundary=x"), 403),
    Hostile("multipart: an endless boundary", post("/jobs/pause", "x", kind="Content-Type: multipart/form-data; boundary=" + "x" * 9000),
            403),
    Hostile("TLS: HTTP without it", get("/runs"), ENDED, to="plain"),
    Hostile("TLS: bytes that are none", bytes(range(256)) * 64, ENDED, to="plain"),
    Hostile("TLS: a greeting of SSL 2", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x01\x00\x80" * 7 + b"x" * 16, ENDED,
            to="plain"),
    Hostile("TLS: a record longer than any may be", b"\x16\x03\x01\xff\xff" + b"\x01" * 65535, ENDED, to="plain"),
    Hostile("terminals: a page where terminals are listened for", get("/runs", who=None), 404, to="terminals"),
    Hostile("terminals: a login where terminals are listened for", post("/login", "name=operator&password=x", who=None), 404,
            to="terminals"),
    refused("terminals: an upload of 5 MiB", request("POST /0123456789abcdef/iclock/cdata?SN=A1&table=ATTLOG HTTP/1.1",
                                                      f"Content-Length: {5 * MIB}"), 413, to="terminals"),
    Hostile("terminals: records that are none", request("POST /0123456789abcdef/iclock/cdata?SN=B2&table=ATTLOG HTTP/1.1",
                                                         body="1\t2\t3\n"), 403, to="terminals"),
]
