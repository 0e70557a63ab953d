-- A defect without a report of work that it can belong to accuses nobody: only its number is kept.

ALTER TABLE kpi_fact ADD COLUMN unplaced {int} NOT NULL DEFAULT 0;

-- Refused and waiting rows of the mappings that feed the rules which may be of the months looked at.
ALTER TABLE evaluation ADD COLUMN open_rows {int} NOT NULL DEFAULT 0;

-- The month whose evaluation waits, and the mapping that is not read past the month's end yet.
CREATE TABLE evaluation_wait (
    kpi_code   {text(32)} PRIMARY KEY,
    period     {date} NOT NULL,
    mapping    {text} NOT NULL,
    read_until {timestamp}             -- never read: NULL
);
