-- People whose data was erased, and people whose data must not be: what is asked for by law and by those concerned.

-- One erasure. What is left of a person tells no more who it was; `digests_by` says by which seal key the digests are.
CREATE TABLE erasure (
    id           {id},
    uid          {bytes} NOT NULL,      -- random: tells whether a restored store knows of it
    erased_at    {timestamp} NOT NULL,
    actor        {text} NOT NULL,
    cause        {text(16)} NOT NULL,   -- request, retention, restore
    reason       {text} NOT NULL,
    digests_by   {bytes} NOT NULL,      -- base::SealKeys::digest_check_value
    rows_deleted {int} NOT NULL,
    rows_kept    {int} NOT NULL         -- without anything that says of whom
);

-- The numbers by which sources and WeCom know the person, as keyed digests: no source brings the rows back.
CREATE TABLE erased_number (
    field      {text(64)} NOT NULL,     -- employment_spell.employee_no, person.person_no, person.wecom_userid
    digest     {bytes} NOT NULL,
    row_id     {ref} NOT NULL,          -- of the entity
    erasure_id {ref} NOT NULL REFERENCES erasure (id),
    PRIMARY KEY (field, digest, row_id)  -- of several numbers that differ in small and capital letters
);
CREATE INDEX erased_number_row ON erased_number (field, row_id);

-- People whose data is needed for a dispute or by order of an authority.
CREATE TABLE legal_hold (
    person_id {ref} PRIMARY KEY,
    actor     {text} NOT NULL,
    reason    {text} NOT NULL,
    held_at   {timestamp} NOT NULL
);
