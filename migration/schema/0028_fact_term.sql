-- Facts are kept by age: those of days before the term are deleted, and every reading of a source leaves them out.
CREATE TABLE fact_term (
    entity        {text(64)} PRIMARY KEY,
    months        {int} NOT NULL,       -- as configured when it was moved last; 0: for ever
    kept_from     {date},               -- the first day that is kept; NULL: all are
    kept_from_at  {timestamp},          -- its midnight in the plant
    whole_from    {date} NOT NULL,      -- of days before it, facts were deleted; never earlier than it was
    moved_at      {timestamp} NOT NULL,
    epoch         {int} NOT NULL,       -- grows with each move, and when facts are no longer on hold
    cleared_epoch {int} NOT NULL        -- in which a whole pass left nothing older in the store
);
