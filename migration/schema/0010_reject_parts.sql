-- A refused row without a key is gone when the part of the source that held it is read whole without it.

ALTER TABLE reject ADD COLUMN part {text};          -- a file's name; '': a source in one piece; NULL: the row has a key
ALTER TABLE reject ADD COLUMN closed_by {text};     -- who dismissed it, when and why
ALTER TABLE reject ADD COLUMN closed_at {timestamp};
ALTER TABLE reject ADD COLUMN closed_reason {text};
UPDATE reject SET state = 'dismissed' WHERE state = 'accepted'; -- states: open, released, corrected, dismissed
CREATE INDEX reject_part ON reject (mapping, part);
ALTER TABLE checkpoint ADD COLUMN first_run {int} NOT NULL DEFAULT 0; -- in which this reading began; 0: not known
