-- A refused row of a MiB and more is written piece by piece, which SQLite can only in a table's last column.
ALTER TABLE reject ADD COLUMN long_row {bytes};         -- as packed_row, which is empty then; NULL: the row is there
ALTER TABLE reject_before ADD COLUMN long_row {bytes};
