-- People and where they work. Every entity table carries the loader's columns: row_hash (of the
-- natural values), batch_id (lineage), known_from (when this version became known), source_row,
-- source_time and source_map (which source row wrote it, how new that row was, see base::Batch, and a
-- digest of the mapping that says so; NULL: not known, any row takes its place). A natural key is the unique index <table>_key. Superseded versions go to
-- <table>_history.

CREATE TABLE org_unit (
    id          {id},
    code        {text(32)} NOT NULL,
    name        {text(80)} NOT NULL,
    kind        {text(16)} NOT NULL,  -- company, plant, workshop, line, team, store, office
    parent_id   {ref} REFERENCES org_unit (id),
    valid_from  {date},
    valid_to    {date},
    row_hash    {bytes} NOT NULL,
    batch_id    {ref} NOT NULL,
    known_from  {timestamp} NOT NULL,
    source_row  {int},
    source_time {int},
    source_map  {int}
);
CREATE UNIQUE INDEX org_unit_key ON org_unit (code);
CREATE INDEX org_unit_source ON org_unit (source_row) WHERE source_row <> 0;

CREATE TABLE person (
    id           {id},
    person_no    {text(32)} NOT NULL,
    name         {text(80)} NOT NULL,
    gender       {text(16)},          -- male, female
    birth_date   {date},
    id_number    {sealed},
    mobile       {sealed},
    language     {text(16)},
    wecom_userid {text(64)},
    row_hash     {bytes} NOT NULL,
    batch_id     {ref} NOT NULL,
    known_from   {timestamp} NOT NULL,
    source_row   {int},
    source_time  {int},
    source_map   {int}
);
CREATE UNIQUE INDEX person_key ON person (person_no);
CREATE INDEX person_source ON person (source_row) WHERE source_row <> 0;
CREATE INDEX person_wecom ON person (wecom_userid);

CREATE TABLE employment_spell (
    id            {id},
    employee_no   {text(32)} NOT NULL,
    person_id     {ref} NOT NULL REFERENCES person (id),
    kind          {text(16)} NOT NULL, -- permanent, fixed_term, agency, intern
    hire_date     {date} NOT NULL,
    end_date      {date},
    probation_end {date},
    base_salary   {sealed},
    row_hash      {bytes} NOT NULL,
    batch_id      {ref} NOT NULL,
    known_from    {timestamp} NOT NULL,
    source_row    {int},
    source_time   {int},
    source_map    {int}
);
CREATE UNIQUE INDEX employment_spell_key ON employment_spell (employee_no);
CREATE INDEX employment_spell_source ON employment_spell (source_row) WHERE source_row <> 0;
CREATE INDEX employment_spell_person ON employment_spell (person_id);

CREATE TABLE assignment (
    id          {id},
    spell_id    {ref} NOT NULL REFERENCES employment_spell (id),
    org_unit_id {ref} NOT NULL REFERENCES org_unit (id),
    job         {text(80)} NOT NULL,
    job_kind    {text(16)} NOT NULL,   -- production, inspection, maintenance, office
    manager_id  {ref} REFERENCES employment_spell (id),
    shift_group {text(16)},
    valid_from  {date} NOT NULL,
    valid_to    {date},                -- half-open: the first day that no longer counts
    row_hash    {bytes} NOT NULL,
    batch_id    {ref} NOT NULL,
    known_from  {timestamp} NOT NULL,
    source_row  {int},
    source_time {int},
    source_map  {int}
);
CREATE UNIQUE INDEX assignment_key ON assignment (spell_id, valid_from);
CREATE INDEX assignment_source ON assignment (source_row) WHERE source_row <> 0;
CREATE INDEX assignment_org_unit ON assignment (org_unit_id);

CREATE TABLE org_unit_history (
    id {ref} NOT NULL, code {text(32)} NOT NULL, name {text(80)} NOT NULL, kind {text(16)} NOT NULL,
    parent_id {ref}, valid_from {date}, valid_to {date}, row_hash {bytes} NOT NULL,
    batch_id {ref} NOT NULL, known_from {timestamp} NOT NULL, known_to {timestamp} NOT NULL
);
CREATE INDEX org_unit_history_id ON org_unit_history (id, known_to);

CREATE TABLE employment_spell_history (
    id {ref} NOT NULL, employee_no {text(32)} NOT NULL, person_id {ref} NOT NULL, kind {text(16)} NOT NULL,
    hire_date {date} NOT NULL, end_date {date}, probation_end {date}, base_salary {sealed},
    row_hash {bytes} NOT NULL, batch_id {ref} NOT NULL, known_from {timestamp} NOT NULL,
    known_to {timestamp} NOT NULL
);
CREATE INDEX employment_spell_history_id ON employment_spell_history (id, known_to);

CREATE TABLE assignment_history (
    id {ref} NOT NULL, spell_id {ref} NOT NULL, org_unit_id {ref} NOT NULL, job {text(80)} NOT NULL,
    job_kind {text(16)} NOT NULL, manager_id {ref}, shift_group {text(16)}, valid_from {date} NOT NULL,
    valid_to {date}, row_hash {bytes} NOT NULL, batch_id {ref} NOT NULL, known_from {timestamp} NOT NULL,
    known_to {timestamp} NOT NULL
);
CREATE INDEX assignment_history_id ON assignment_history (id, known_to);

CREATE TABLE punch (
    id          {id},
    punch_no    {text(96)} NOT NULL,   -- source's own id or employee, time and device
    spell_id    {ref} NOT NULL REFERENCES employment_spell (id),
    punched_at  {timestamp} NOT NULL,
    direction   {text(16)} NOT NULL,   -- in, out, unknown
    device      {text(64)},
    exception   {text(64)},
    row_hash    {bytes} NOT NULL,
    batch_id    {ref} NOT NULL,
    known_from  {timestamp} NOT NULL,
    source_row  {int},
    source_time {int},
    source_map  {int}
);
CREATE UNIQUE INDEX punch_key ON punch (punch_no);
CREATE INDEX punch_source ON punch (source_row) WHERE source_row <> 0;
CREATE INDEX punch_spell ON punch (spell_id, punched_at);

CREATE TABLE attendance_day (
    id                {id},
    spell_id          {ref} NOT NULL REFERENCES employment_spell (id),
    work_date         {date} NOT NULL,
    day_class         {text(16)} NOT NULL,  -- work, rest, holiday
    scheduled_minutes {int},
    worked_minutes    {int} NOT NULL,
    late_minutes      {int} NOT NULL,
    early_minutes     {int} NOT NULL,
    absent_minutes    {int} NOT NULL,
    row_hash          {bytes} NOT NULL,
    batch_id          {ref} NOT NULL,
    known_from        {timestamp} NOT NULL,
    source_row        {int},
    source_time       {int},
    source_map        {int}
);
CREATE UNIQUE INDEX attendance_day_key ON attendance_day (spell_id, work_date);
CREATE INDEX attendance_day_source ON attendance_day (source_row) WHERE source_row <> 0;
