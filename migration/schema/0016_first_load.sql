-- What a first load has taken away from its entity's table, to be made again at its end in one go instead of kept
-- up to date for each of millions of rows: indexes, and in PostgreSQL foreign keys. The load's own references are
-- looked up by the loader; the foreign keys are checked over all rows when they are made again.

CREATE TABLE first_load (
    entity      {text(64)} NOT NULL,
    name        {text(64)} NOT NULL,   -- of the index or of the foreign key
    mapping     {text} NOT NULL,       -- whose load it is
    definition  {text} NOT NULL,       -- the statement that makes it again
    column_name {text(64)},            -- of a foreign key
    parent      {text(64)},            -- of a foreign key: the entity that it points to
    put_off_at  {timestamp} NOT NULL
);
CREATE UNIQUE INDEX first_load_name ON first_load (entity, name);
