-- What became of a callback, and what people answered on a finding.

ALTER TABLE callback_inbox ADD COLUMN outcome {text}; -- noted, foreign, unknown, unreadable
CREATE INDEX callback_inbox_handled ON callback_inbox (handled_at, id);

CREATE TABLE finding_note (
    id         {id},
    finding_id {ref} NOT NULL REFERENCES finding (id),
    at         {timestamp} NOT NULL,
    actor      {text} NOT NULL,      -- "wecom/hr01"
    note       {text} NOT NULL       -- seen
);
CREATE UNIQUE INDEX finding_note_once ON finding_note (finding_id, actor, note);
