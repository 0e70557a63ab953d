-- What attendance terminals pushed, as it came; mappings of kind iclock read it in the order of arrival.

CREATE TABLE terminal (
    serial       {text} PRIMARY KEY,
    source       {text} NOT NULL,      -- name in the configuration
    address      {text} NOT NULL,      -- that it came from last
    last_contact {timestamp} NOT NULL,
    last_records {timestamp},          -- when it last sent records
    stamp        {text},               -- its own mark of how far it has sent
    records      {int} NOT NULL,       -- kept of it so far
    ahead        {int} NOT NULL        -- of those, whose time was not yet when they came
);

CREATE TABLE terminal_record (
    id           {id},                 -- grows with the order of commits, see store/terminal_inbox
    source       {text} NOT NULL,
    serial       {text} NOT NULL,
    received_at  {timestamp} NOT NULL,
    pin          {text(24)},           -- NULL: a line that is no punch
    punched      {text(19)},           -- the terminal's wall clock
    status       {text(8)},
    verify       {text(8)},
    workcode     {text(32)},
    utc_offset_s {int},                -- that the terminal names
    ahead        {bool} NOT NULL,
    problem      {text},
    line_digest  {bytes},              -- HMAC of a line that is no punch: the same line again
    line         {sealed}
);
CREATE UNIQUE INDEX terminal_record_once ON terminal_record (source, serial, pin, punched, status, verify);
CREATE UNIQUE INDEX terminal_record_line ON terminal_record (source, serial, line_digest);
CREATE INDEX terminal_record_order ON terminal_record (source, id);
CREATE INDEX terminal_record_received ON terminal_record (received_at);
