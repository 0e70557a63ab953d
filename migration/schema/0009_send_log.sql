-- When messages left for the platform, so that its limits hold over a restart and between daemons.

CREATE TABLE outbox_send (
    id       {id},
    receiver {text} NOT NULL,      -- WeCom userid in lower case: the platform knows no other case
    sent_at  {timestamp} NOT NULL
);
CREATE INDEX outbox_send_receiver ON outbox_send (receiver, sent_at);
CREATE INDEX outbox_send_at ON outbox_send (sent_at);

INSERT INTO outbox_send (receiver, sent_at)
SELECT lower(receiver), last_attempt FROM outbox WHERE last_attempt IS NOT NULL;
