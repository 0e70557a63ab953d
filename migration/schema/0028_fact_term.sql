-- Facts are kept by age: those of days before the term are deleted, and every reading of a source leaves them out.
CREATE TABLE fact_term (
    entity       {text(64)} PRIMARY KEY,
    kept_from    {date} NOT NULL,       -- the first day that is kept
    kept_from_at {timestamp} NOT NULL,  -- its midnight in the plant
    moved_at     {timestamp} NOT NULL,
    cleared_at   {timestamp}            -- since when nothing older is in the store; NULL: something may be
);
