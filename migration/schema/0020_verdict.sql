-- What checks found in a loaded store: one verdict a rule, the first rows that break it, and what the values are like.
-- No sealed value and nothing computed of one; personal values are masked.

CREATE TABLE verdict (
    id         {id},
    check_name {text(32)} NOT NULL,   -- format, logic …
    subject    {text} NOT NULL,       -- a mapping or a module
    rule       {text} NOT NULL,
    outcome    {text(16)} NOT NULL,   -- pass, fail, not_checked
    why        {text} NOT NULL,       -- notes are JSON: a code of a catalogue and what fills its text
    say        {text} NOT NULL,
    examined   {int} NOT NULL,
    failed     {int} NOT NULL,        -- exact, however few rows are kept
    figures    {text} NOT NULL,       -- JSON
    next_step  {text} NOT NULL,
    evidence   {bytes} NOT NULL,      -- SHA-256 of all of it, as in the ledger
    judged_at  {timestamp} NOT NULL
);
CREATE UNIQUE INDEX verdict_key ON verdict (check_name, subject, rule);

CREATE TABLE verdict_row (
    verdict_id {ref} NOT NULL REFERENCES verdict (id),
    place      {int} NOT NULL,
    entity     {text} NOT NULL,
    row_key    {text} NOT NULL,
    field      {text} NOT NULL,
    shown      {text},
    note       {text} NOT NULL,
    PRIMARY KEY (verdict_id, place)
);

CREATE TABLE value_profile (
    entity          {text(64)} NOT NULL,
    field           {text(64)} NOT NULL,
    rows_live       {int} NOT NULL,
    nulls           {int} NOT NULL,
    longest         {int},            -- characters; NULL: no text, or sealed
    distinct_values {int},            -- NULL: sealed
    codes           {text},           -- JSON, value and its rows; NULL: personal, too many, or no codes
    PRIMARY KEY (entity, field)
);
