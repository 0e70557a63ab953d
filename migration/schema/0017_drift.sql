-- How a source differs from its mapping's contract since when, for those who missed the line in the log. A row is made
-- by the first run or sweep that finds a column changed and goes with the first later look that no longer does.

CREATE TABLE drift (
    mapping       {text} NOT NULL,
    column_name   {text} NOT NULL,       -- '': one that only the query names and the database did not tell
    kind          {text(16)} NOT NULL,   -- added, widened, renamed, narrowed, retyped, removed
    old_type      {text} NOT NULL,       -- of the contract: 'varchar(20)!'; '' when added
    new_type      {text} NOT NULL,       -- of the source; '' when removed
    detail        {text} NOT NULL,       -- as it was told: 'decimal(12,2) → double'
    mapping_lines {text} NOT NULL,       -- that say or read the column: '7, 12'
    mapping_hash  {text} NOT NULL,       -- of the file that has these lines
    stops         {bool} NOT NULL,       -- the mapping does not run until it or the source is put right
    first_seen    {timestamp} NOT NULL,
    last_seen     {timestamp} NOT NULL,
    PRIMARY KEY (mapping, column_name, kind, new_type)
);
