-- Of several source rows that come to one target key the newest stays: which of them a reading from the beginning found.

-- Counts readings from the beginning; its last bit stands in source_map of the rows that such a reading found.
ALTER TABLE checkpoint ADD COLUMN epoch {int} NOT NULL DEFAULT 0;
-- Rows came whose target key is not their source's own unchanged, so that several may come to one.
ALTER TABLE checkpoint ADD COLUMN keys_changed {bool} NOT NULL DEFAULT FALSE;
