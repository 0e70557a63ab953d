-- Sweeps read a source once more from the beginning and find what the windows missed and what is gone.

-- When the row was found to be no longer in its source; NULL: it is live. Only live rows count.
ALTER TABLE org_unit ADD COLUMN gone_at {timestamp};
ALTER TABLE person ADD COLUMN gone_at {timestamp};
ALTER TABLE employment_spell ADD COLUMN gone_at {timestamp};
ALTER TABLE assignment ADD COLUMN gone_at {timestamp};
ALTER TABLE punch ADD COLUMN gone_at {timestamp};
ALTER TABLE attendance_day ADD COLUMN gone_at {timestamp};
ALTER TABLE operation ADD COLUMN gone_at {timestamp};
ALTER TABLE cause_code ADD COLUMN gone_at {timestamp};
ALTER TABLE work_order ADD COLUMN gone_at {timestamp};
ALTER TABLE production_fact ADD COLUMN gone_at {timestamp};
ALTER TABLE defect ADD COLUMN gone_at {timestamp};
ALTER TABLE org_unit_history ADD COLUMN gone_at {timestamp};
ALTER TABLE employment_spell_history ADD COLUMN gone_at {timestamp};
ALTER TABLE assignment_history ADD COLUMN gone_at {timestamp};
CREATE INDEX org_unit_gone ON org_unit (id) WHERE gone_at IS NOT NULL;
CREATE INDEX person_gone ON person (id) WHERE gone_at IS NOT NULL;
CREATE INDEX employment_spell_gone ON employment_spell (id) WHERE gone_at IS NOT NULL;
CREATE INDEX assignment_gone ON assignment (id) WHERE gone_at IS NOT NULL;
CREATE INDEX punch_gone ON punch (id) WHERE gone_at IS NOT NULL;
CREATE INDEX attendance_day_gone ON attendance_day (id) WHERE gone_at IS NOT NULL;
CREATE INDEX operation_gone ON operation (id) WHERE gone_at IS NOT NULL;
CREATE INDEX cause_code_gone ON cause_code (id) WHERE gone_at IS NOT NULL;
CREATE INDEX work_order_gone ON work_order (id) WHERE gone_at IS NOT NULL;
CREATE INDEX production_fact_gone ON production_fact (id) WHERE gone_at IS NOT NULL;
CREATE INDEX defect_gone ON defect (id) WHERE gone_at IS NOT NULL;

CREATE TABLE sweep (
    id            {id},
    mapping       {text} NOT NULL,
    kind          {text} NOT NULL,      -- keys, hashes
    mapping_hash  {text} NOT NULL,
    run_id        {ref} NOT NULL,       -- the newest of its runs
    outcome       {text} NOT NULL,      -- running (also after its process has ended), done, failed
    started_at    {timestamp} NOT NULL,
    finished_at   {timestamp},
    before_batch  {int} NOT NULL,       -- rows of the store with a batch above this came during the sweep
    partitions    {int} NOT NULL,
    position      {text} NOT NULL,      -- of the reading, behind what the spool file holds
    blocks        {int} NOT NULL,
    spooled_bytes {int} NOT NULL,       -- the spool file's first bytes that are sure
    rows_read     {int} NOT NULL,
    rows_unkeyed  {int} NOT NULL,       -- of those, rows whose key could not be mapped
    rows_changed  {int} NOT NULL,       -- found although a window should have brought them
    rows_added    {int} NOT NULL,
    rows_missing  {int} NOT NULL,       -- for the first time
    rows_pending  {int} NOT NULL,       -- the next window brings them
    rows_gone     {int} NOT NULL        -- given a gone_at
);
CREATE INDEX sweep_by_mapping ON sweep (mapping, kind, id);

-- Live rows that the last sweeps did not find in their source.
CREATE TABLE sweep_missing (
    mapping       {text} NOT NULL,
    row_id        {int} NOT NULL,       -- of the mapping's entity
    first_missing {timestamp} NOT NULL,
    sweeps        {int} NOT NULL,
    PRIMARY KEY (mapping, row_id)
);

-- How late rows came: of those that a window found in its overlap.
CREATE TABLE lateness (
    mapping    {text} NOT NULL,
    up_to_s    {int} NOT NULL,          -- upper bound of the bucket
    rows_late  {int} NOT NULL,
    latest_s   {int} NOT NULL,          -- the most that a row of this bucket can have been late
    deepest_s  {int} NOT NULL,          -- how far behind the last window's end the deepest one lay
    last_seen  {timestamp} NOT NULL,
    PRIMARY KEY (mapping, up_to_s)
);
