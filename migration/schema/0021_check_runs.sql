-- The last run of each check over a rehearsal, in the rehearsal's own store: by which project file, mappings and
-- content its verdicts were given. Verdicts given over anything else do not count at the freeze.

CREATE TABLE check_run (
    check_name   {text(32)} NOT NULL PRIMARY KEY,  -- format, logic, reconciliation
    plan_hash    {text(64)} NOT NULL,
    mapping_set  {text(64)} NOT NULL,
    content_root {bytes} NOT NULL,
    quick        {bool} NOT NULL,                  -- reconciliation without a second reading of the source
    judged_at    {timestamp} NOT NULL
);
