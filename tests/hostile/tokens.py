"""Sessions, form tokens, origins, signatures: of others, of yesterday, or made up."""
from hostile_request import LOGIN, Hostile, get, post, request

PAUSE = "name=outbox&form_token="
GOOD = PAUSE + "@token@"
ENTITIES = "<!DOCTYPE x [<!ENTITY a \"ha\">" + "".join(
    f"<!ENTITY {chr(98 + n)} \"{('&' + chr(97 + n) + ';') * 10}\">" for n in range(9)) + "]><xml><Encrypt>&j;</Encrypt></xml>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
SESSIONS = {"made up": "0" * 64, "empty": "", "cut short": "@short@", "made longer": "@operator@0", "the hash of one": "@hash@",
            "in capitals": "@OPERATOR@", "that has logged out": "@ended@", "of a thousand signs": "a" * 1000, "of other bytes": "\x80\xff"}
ORIGINS = {"of another site": "https://evil.example", "of nobody": "null", "that begins alike": "https://127.0.0.1:@port@.evil.example",
           "that ends alike": "https://evil-127.0.0.1:@port@", "of another port": "https://127.0.0.1:1", "that is empty": "",
           "of two": "https://127.0.0.1:@port@, https://evil.example", "of another scheme": "ftp://127.0.0.1:@port@"}


def callback(body, *fields, query="msg_signature=0&timestamp=@now@&nonce=1"):
    return request(f"POST /wecom/callback?{query} HTTP/1.1", *fields, body=body)


LIST = [
    *(Hostile(f"session: {name}", get("/runs", f"Cookie: __Host-hrbridge_session={text}".encode("latin-1"), who=None), LOGIN)
      for name, text in SESSIONS.items()),
    Hostile("session: one that is none before the real one",
            get("/runs", "Cookie: __Host-hrbridge_session=0; __Host-hrbridge_session=@operator@", who=None), LOGIN),
    Hostile("session: two headers of cookies", get("/runs", "Cookie: __Host-hrbridge_session=0", "Cookie: __Host-hrbridge_session=@operator@", who=None),
            LOGIN),
    Hostile("session: in the address", get("/runs?__Host-hrbridge_session=@operator@", who=None), LOGIN),
    Hostile("session: in another header", get("/runs", "Authorization: Bearer @operator@", "X-Session: @operator@", who=None), LOGIN),
    Hostile("session: of another role", get("/findings", who="operator"), 403, lacks=b"E1"),
    Hostile("session: of a checker for a finding", get("/findings/1", who="checker"), 403, lacks=b"E1"),
    Hostile("session: none for what changes something", post("/jobs/pause", GOOD, who=None), 401),
    *(Hostile(f"form token: {name}", post("/jobs/pause", form), 403)
      for name, form in {"none": "name=outbox", "empty": PAUSE, "made up": PAUSE + "0" * 32, "of another session": PAUSE + "@other_token@",
                         "of another role's session": PAUSE + "@hr_token@", "cut short": PAUSE + "@short_token@",
                         "made longer": PAUSE + "@token@0", "in capitals": PAUSE + "@TOKEN@", "with a blank": PAUSE + "@token@+",
                         "under another name": "name=outbox&FORM_TOKEN=@token@", "as a list": "name=outbox&form_token[]=@token@",
                         "twice, the last made up": GOOD + "&form_token=0", "the session itself": PAUSE + "@operator@"}.items()),
    Hostile("form token: in the address", post("/jobs/pause?form_token=@token@", "name=outbox"), 403),
    Hostile("form token: in a header", post("/jobs/pause", "name=outbox", "X-CSRF-Token: @token@", "form_token: @token@"), 403),
    Hostile("form token: in a cookie", post("/jobs/pause", "name=outbox", "Cookie: __Host-hrbridge_session=@operator@; form_token=@token@",
                                            who=None), 403),
    *(Hostile(f"form token: in a body of type {kind}", post("/jobs/pause", GOOD, kind=f"Content-Type: {kind}"), 403)
      for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencode", "")),
    Hostile("form token: in JSON", post("/jobs/pause", '{"name":"outbox","form_token":"@token@"}', kind="Content-Type: application/json"),
            403),
    Hostile("form token: JSON of a hundred thousand levels", post("/jobs/pause", "[" * 100_000, kind="Content-Type: application/json"),
            403),
    *(Hostile(f"origin: {name}", post("/jobs/pause", GOOD, f"Origin: {text}"), 403) for name, text in ORIGINS.items()),
    Hostile("origin: of another site for the login", post("/login", "name=operator&password=x", "Origin: https://evil.example", who=None),
            403),
    Hostile("origin: of another site for a callback", callback("<xml/>", "Origin: https://evil.example"), 403),
    Hostile("parameters: a job's name twice", post("/jobs/pause", GOOD + "&name=nothing"), 404),
    Hostile("parameters: a job's name as a list", post("/jobs/pause", "name[]=outbox&form_token=@token@"), 404),
    Hostile("parameters: in the address instead of the form", post("/jobs/pause?name=outbox", "form_token=@token@"), 404),
    Hostile("parameters: another role", post("/jobs/pause", "name=nothing&role=operator&form_token=@implementer_token@",
                                             who="implementer"), 403),
    Hostile("login: a hash for a password", post("/login", "name=operator&password=scrypt%2415%248%241%24AAAA%24AAAA", who=None), 401,
            source="127.0.0.16"),
    Hostile("login: no password", post("/login", "name=operator&password=", who=None), 401, source="127.0.0.16"),
    Hostile("login: a password as a list", post("/login", "name=operator&password[]=x", who=None), 401, source="127.0.0.16"),
    Hostile("login: in JSON", post("/login", '{"name":"operator","password":{"$ne":1}}', who=None, kind="Content-Type: application/json"),
            401, source="127.0.0.17"),
    Hostile("login: by an Authorization header", get("/runs", "Authorization: Basic b3BlcmF0b3I6eA==", who=None), LOGIN),
    Hostile("callback: not signed", callback("<xml><Encrypt>AAAA</Encrypt></xml>"), 403),
    Hostile("callback: of yesterday", callback("<xml><Encrypt>AAAA</Encrypt></xml>", query="msg_signature=0&timestamp=1&nonce=1"), 403),
    Hostile("callback: no XML", callback("hello"), 400),
    Hostile("callback: entities that grow a billion times", callback(ENTITIES), 400),
    Hostile("callback: an entity from a file", callback(OUTSIDE), 400, lacks=b"root:"),
    Hostile("callback: XML of fifty thousand levels", callback("<a>" * 50_000), 400, slower=4),
    Hostile("callback: JSON of two hundred thousand levels", callback('{"encrypt":' + "[" * 200_000), 400, slower=4),
    Hostile("callback: bytes that are no UTF-8", callback(b"<xml><Encrypt>\xff\xfe</Encrypt></xml>"), 400),
    Hostile("callback: longer than any", callback("<xml>" + "a" * 300_000), 413),
    Hostile("callback: a check of the address that is not signed",
            get("/wecom/callback?msg_signature=0&timestamp=@now@&nonce=1&echostr=AAAA", who=None), 403, lacks=b"AAAA"),
    Hostile("callback: a check of the address that would run", get("/wecom/callback?echostr=%3Cscript%3Ealert(1)", who=None), 403,
            lacks=b"<script>"),
    *(Hostile(f"terminal: {name}", get(path, who=None), 403, to="terminals")
      for name, path in {"no token": "/iclock/cdata?SN=A1", "another token": "/0123456789abcdee/iclock/cdata?SN=A1",
                         "a token cut short": "/0123456789abcde/iclock/cdata?SN=A1",
                         "no serial number": "/0123456789abcdef/iclock/cdata",
                         "another serial number": "/0123456789abcdef/iclock/cdata?SN=A2",
                         "a serial number twice": "/0123456789abcdef/iclock/cdata?SN=A1&SN=A2"}.items()),
]
