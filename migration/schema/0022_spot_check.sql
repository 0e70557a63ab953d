-- The manual spot check: draws from a frozen rehearsal, the sheet that a person works through, what he said of each
-- row, and what he had unmasked. What a row holds is sealed as a whole, also whether it is a decoy.

CREATE TABLE spot_draw (
    number       {int} NOT NULL PRIMARY KEY,  -- as the ledger counts draws
    rehearsal_id {ref} NOT NULL REFERENCES rehearsal (id),
    state        {text(16)} NOT NULL,         -- drawn, open, closed
    actor        {text} NOT NULL,
    head         {bytes} NOT NULL,            -- of the ledger, with content root and nonce the seed
    content_root {bytes} NOT NULL,
    nonce        {bytes} NOT NULL,            -- SHA-256 of what the checker gave
    plan         {text} NOT NULL,             -- JSON: terms, strata, decoys, growth rule
    drawn_rows   {bytes} NOT NULL,            -- SHA-256 over the drawn rows, as in the ledger
    drawn_at     {timestamp} NOT NULL,
    closed_at    {timestamp},
    outcome      {text(16)},                  -- pass, fail, not_checked; of a closed one
    cause        {text},                      -- why it failed and what was done, before the next draw
    remedy       {text},
    explained_by {text},
    explained_at {timestamp}
);

CREATE TABLE spot_row (
    draw     {ref} NOT NULL REFERENCES spot_draw (number),
    place    {int} NOT NULL,                  -- on the sheet, from 1
    content  {bytes} NOT NULL,                -- sealed
    shown_at {timestamp},                     -- to a checker, since its last judgement
    first    {text(64)},                      -- account whose "right" waits for its second entry
    PRIMARY KEY (draw, place)
);

-- The newest of a row counts.
CREATE TABLE spot_judgement (
    id           {id},
    draw         {ref} NOT NULL REFERENCES spot_draw (number),
    place        {int} NOT NULL,
    verdict      {text(16)} NOT NULL,         -- right, wrong, source_changed, cannot_tell; differs: two entries did
    fields       {text} NOT NULL,             -- JSON: those that are wrong
    account      {text} NOT NULL,
    way          {text(8)} NOT NULL,          -- web, xlsx
    judged_at    {timestamp} NOT NULL,
    milliseconds {int}                        -- since it was shown; NULL: worked on paper or in a file
);
CREATE INDEX spot_judgement_row ON spot_judgement (draw, place, id);

CREATE TABLE spot_reveal (
    id          {id},
    draw        {ref} NOT NULL REFERENCES spot_draw (number),
    place       {int} NOT NULL,
    field       {text} NOT NULL,
    account     {text} NOT NULL,
    revealed_at {timestamp} NOT NULL
);
CREATE INDEX spot_reveal_row ON spot_reveal (draw, place);
