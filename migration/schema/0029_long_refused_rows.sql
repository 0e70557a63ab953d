-- A refused row of a MiB and more is written piece by piece. SQLite can that without a copy in a table's last column alone.
ALTER TABLE reject ADD COLUMN long_row {bytes};         -- in place of packed_row, which is empty then; else NULL
ALTER TABLE reject_before ADD COLUMN long_row {bytes};
