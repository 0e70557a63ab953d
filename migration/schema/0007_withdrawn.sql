-- A message that is taken back is never sent again, though one under way may have arrived.

ALTER TABLE outbox ADD COLUMN withdrawn_at {timestamp};
