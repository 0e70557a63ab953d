-- Several daemons may run on one store: each start of a job is claimed by one of them. A claim whose holder is gone, or
-- has not extended it in time, is taken over, so that a job that a daemon died over runs again.

ALTER TABLE job ADD COLUMN holder {text};
ALTER TABLE job ADD COLUMN held_until {timestamp};
-- Claims of the start that is under way, 1 unless daemons died over it.
ALTER TABLE job ADD COLUMN attempts {int} NOT NULL DEFAULT 0;
