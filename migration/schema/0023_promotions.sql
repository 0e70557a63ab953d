-- Promotions: a rehearsed module brought into this store in one transaction (migration/promotion), with all that it
-- takes to undo it. Nothing here changes once it is written, but a promotion's state; `store verify` holds it to that.

CREATE TABLE promotion (
    id             {id},
    module         {text(40)} NOT NULL,
    rehearsal_id   {ref} NOT NULL REFERENCES rehearsal (id),
    state          {text(16)} NOT NULL,   -- promoted, rolled_back
    actor          {text} NOT NULL,
    promoted_at    {timestamp} NOT NULL,
    rollback_until {timestamp} NOT NULL,
    last_batch     {int} NOT NULL,        -- rows with a batch above this were written since
    root_before    {bytes} NOT NULL,      -- of the module's content before
    entry          {int},                 -- of the ledger
    rolled_back_at {timestamp},
    forgotten_at   {timestamp}            -- what undoes it was removed: its term is over
);
CREATE INDEX promotion_module ON promotion (module, id);
CREATE INDEX promotion_entry ON promotion (entry);

CREATE TABLE promotion_entity (
    promotion_id   {ref} NOT NULL REFERENCES promotion (id),
    place          {int} NOT NULL,        -- parents first
    entity         {text(64)} NOT NULL,
    rows_inserted  {int} NOT NULL,
    rows_updated   {int} NOT NULL,
    rows_confirmed {int} NOT NULL,        -- the same values, now of another source row
    rows_gone      {int} NOT NULL,        -- live before, and not in the rehearsal
    rows_unchanged {int} NOT NULL,
    PRIMARY KEY (promotion_id, place)
);

CREATE TABLE promotion_mapping (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    place        {int} NOT NULL,
    mapping      {text} NOT NULL,
    entity       {text(64)} NOT NULL,
    run_id       {ref} NOT NULL,          -- that stands for the promotion
    batch_id     {ref} NOT NULL,          -- likewise
    PRIMARY KEY (promotion_id, place)
);

-- The tables and columns that undo it, in the order in which the ledger's digest takes them.
CREATE TABLE promotion_part (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    place        {int} NOT NULL,
    table_name   {text(64)} NOT NULL,
    column_names {text} NOT NULL,
    PRIMARY KEY (promotion_id, place)
);

-- Every row that it touched.
CREATE TABLE promotion_row (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    place        {int} NOT NULL,          -- of the entity
    row_id       {ref} NOT NULL,
    act          {int} NOT NULL,          -- 1 inserted, 2 updated, 3 confirmed, 4 gone
    image        {bytes} NOT NULL,        -- digest of the row as it left it
    PRIMARY KEY (promotion_id, place, row_id)
);

CREATE TABLE checkpoint_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    moment {text(16)} NOT NULL,           -- before, promoted
    mapping {text} NOT NULL, mapping_hash {text} NOT NULL, run_id {ref} NOT NULL, position {text} NOT NULL,
    complete {bool} NOT NULL, window_from {timestamp}, window_to {timestamp}, memory {text} NOT NULL,
    reached {timestamp}, updated_at {timestamp} NOT NULL, first_run {int} NOT NULL, epoch {int} NOT NULL,
    keys_changed {bool} NOT NULL, own_clock {text} NOT NULL,
    PRIMARY KEY (promotion_id, moment, mapping)
);

CREATE TABLE reject_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    id {ref} NOT NULL, mapping {text} NOT NULL, mapping_hash {text} NOT NULL, run_id {ref} NOT NULL, kind {text} NOT NULL,
    rule {text} NOT NULL, field {text} NOT NULL, reason {text} NOT NULL, source_key {text} NOT NULL,
    key_digest {bytes} NOT NULL, waits_for {text}, packed_row {bytes} NOT NULL, state {text} NOT NULL, seen {int} NOT NULL,
    first_seen {timestamp} NOT NULL, last_seen {timestamp} NOT NULL, part {text}, closed_by {text},
    closed_at {timestamp}, closed_reason {text},
    PRIMARY KEY (promotion_id, id)
);

CREATE TABLE sweep_missing_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id),
    mapping {text} NOT NULL, row_id {int} NOT NULL, first_missing {timestamp} NOT NULL, sweeps {int} NOT NULL,
    PRIMARY KEY (promotion_id, mapping, row_id)
);

-- Rows of entities as they were, sealed bytes and all.
CREATE TABLE org_unit_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, code {text(32)}, name {text(80)},
    kind {text(16)}, parent_id {ref}, valid_from {date}, valid_to {date}, row_hash {bytes}, batch_id {ref},
    known_from {timestamp}, source_row {int}, source_time {int}, source_map {int}, gone_at {timestamp},
    PRIMARY KEY (promotion_id, id)
);
CREATE TABLE person_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, person_no {text(32)}, name {text(80)},
    gender {text(16)}, birth_date {date}, id_number {sealed}, mobile {sealed}, language {text(16)},
    wecom_userid {text(64)}, row_hash {bytes}, batch_id {ref}, known_from {timestamp}, source_row {int},
    source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE employment_spell_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, employee_no {text(32)}, person_id {ref},
    kind {text(16)}, hire_date {date}, end_date {date}, probation_end {date}, base_salary {sealed},
    row_hash {bytes}, batch_id {ref}, known_from {timestamp}, source_row {int}, source_time {int},
    source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE assignment_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, spell_id {ref}, org_unit_id {ref},
    job {text(80)}, job_kind {text(16)}, manager_id {ref}, shift_group {text(16)}, valid_from {date},
    valid_to {date}, row_hash {bytes}, batch_id {ref}, known_from {timestamp}, source_row {int},
    source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE punch_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, punch_no {text(96)}, spell_id {ref},
    punched_at {timestamp}, direction {text(16)}, device {text(64)}, exception {text(64)}, row_hash {bytes},
    batch_id {ref}, known_from {timestamp}, source_row {int}, source_time {int}, source_map {int},
    gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE attendance_day_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, spell_id {ref}, work_date {date},
    day_class {text(16)}, scheduled_minutes {int}, worked_minutes {int}, late_minutes {int}, early_minutes {int},
    absent_minutes {int}, row_hash {bytes}, batch_id {ref}, known_from {timestamp}, source_row {int},
    source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE operation_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, code {text(32)}, name {text(80)},
    kind {text(16)}, row_hash {bytes}, batch_id {ref}, known_from {timestamp}, source_row {int},
    source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE cause_code_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, code {text(32)}, name {text(80)},
    class {text(16)}, controllable {text(16)}, row_hash {bytes}, batch_id {ref}, known_from {timestamp},
    source_row {int}, source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE work_order_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, order_no {text(32)}, product {text(80)},
    qty_ordered {int}, due_date {date}, row_hash {bytes}, batch_id {ref}, known_from {timestamp},
    source_row {int}, source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE production_fact_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, fact_no {text(48)}, spell_id {ref},
    operation_id {ref}, work_order_id {ref}, work_date {date}, started_at {timestamp}, ended_at {timestamp},
    machine {text(32)}, material_lot {text(32)}, shift {text(16)}, qty_good {int}, qty_scrap {int},
    qty_rework {int}, qty_target {int}, row_hash {bytes}, batch_id {ref}, known_from {timestamp},
    source_row {int}, source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);
CREATE TABLE defect_before (
    promotion_id {ref} NOT NULL REFERENCES promotion (id), id {ref}, defect_no {text(48)}, found_at {timestamp},
    made_date {date}, finder_spell_id {ref}, found_operation_id {ref}, responsible_spell_id {ref},
    responsible_operation_id {ref}, work_order_id {ref}, cause_code_id {ref}, machine {text(32)}, qty {int},
    attribution {text(16)}, disposition {text(16)}, row_hash {bytes}, batch_id {ref}, known_from {timestamp},
    source_row {int}, source_time {int}, source_map {int}, gone_at {timestamp}, PRIMARY KEY (promotion_id, id)
);

-- Of each entity that was promoted once: the sum over all its rows (store/content_sum), which every batch since has
-- moved on and told the ledger.
CREATE TABLE content_sum (
    entity       {text(64)} PRIMARY KEY,
    column_names {text} NOT NULL,         -- that count, beside the loader's own
    rows_all     {int} NOT NULL,          -- gone ones too
    total        {bytes} NOT NULL
);
