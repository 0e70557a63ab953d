-- Rehearsals: a module's mappings loaded into a store of its own beside this one (store/side_store). Numbers count
-- from 1 in each module and are never used again, so that a dropped one stays in the list.

CREATE TABLE rehearsal (
    id           {id},
    module       {text(40)} NOT NULL,
    number       {int} NOT NULL,
    project      {text} NOT NULL,
    plan_hash    {text(64)} NOT NULL,   -- of the project's file when it began
    mapping_set  {text(64)} NOT NULL,   -- over the mappings' hashes in their order
    state        {text(16)} NOT NULL,   -- preparing, loading, checking, frozen, promoted, dropped
    actor        {text} NOT NULL,
    started_at   {timestamp} NOT NULL,
    loaded_at    {timestamp},
    content_root {bytes}                -- of what was loaded
);
CREATE UNIQUE INDEX rehearsal_key ON rehearsal (module, number);

-- What is done for it, in order. An attempt that has not ended is under way or was cut off.
CREATE TABLE rehearsal_step (
    rehearsal_id {ref} NOT NULL REFERENCES rehearsal (id),
    place        {int} NOT NULL,
    step         {text(16)} NOT NULL,   -- create, parents, load, settle, roots
    mapping      {text} NOT NULL,       -- of load; else ''
    done         {bool} NOT NULL,
    attempts     {int} NOT NULL,
    ended        {int} NOT NULL,
    microseconds {int} NOT NULL,        -- of the attempts that ended
    rows_done    {int} NOT NULL,
    rejects      {int} NOT NULL,
    problem      {text} NOT NULL,       -- of the last attempt that ended; '' when it went well
    PRIMARY KEY (rehearsal_id, place)
);

CREATE TABLE rehearsal_mapping (
    rehearsal_id  {ref} NOT NULL REFERENCES rehearsal (id),
    place         {int} NOT NULL,
    mapping       {text} NOT NULL,
    mapping_hash  {text(64)} NOT NULL,
    entity        {text(64)} NOT NULL,
    rows_read     {int} NOT NULL,
    rows_stored   {int} NOT NULL,
    rows_rejected {int} NOT NULL,       -- open at the end of the load
    rows_held     {int} NOT NULL,       -- likewise
    PRIMARY KEY (rehearsal_id, place)
);

CREATE TABLE rehearsal_reject (
    rehearsal_id {ref} NOT NULL REFERENCES rehearsal (id),
    mapping      {text} NOT NULL,
    kind         {text(16)} NOT NULL,   -- row, hold
    rule         {text} NOT NULL,
    rows_open    {int} NOT NULL,
    PRIMARY KEY (rehearsal_id, mapping, kind, rule)
);
