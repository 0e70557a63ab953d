-- Logins by WeCom: whom an account belongs to there, and the logins that people have begun and not ended.

CREATE UNIQUE INDEX account_wecom ON account (wecom_userid);

CREATE TABLE login_attempt (
    state_hash   {bytes} PRIMARY KEY, -- SHA-256 of what the platform sends back
    browser_hash {bytes} NOT NULL,    -- SHA-256 of the cookie of the browser that began
    peer         {text} NOT NULL,     -- address of the client
    next_page    {text} NOT NULL,     -- where the login leads
    again        {bool} NOT NULL,     -- begun because the code of the one before was spent
    expires_at   {timestamp} NOT NULL
);
CREATE INDEX login_attempt_peer ON login_attempt (peer);
CREATE INDEX login_attempt_expires ON login_attempt (expires_at);
