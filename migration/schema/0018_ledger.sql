-- The ledger: what happened to a migration, each entry chained to the one before by its hash. Entries are only
-- appended; `store verify` finds every other change. ARCHITECTURE.md ("Ledger") says what is hashed and sealed.
-- No personal data: what is about people or rows is a digest.

CREATE TABLE ledger_entry (
    seq       {int} NOT NULL PRIMARY KEY,  -- from 1 without a gap
    form      {int} NOT NULL,              -- of the hashed bytes
    at        {timestamp} NOT NULL,
    kind      {text(32)} NOT NULL,
    subject   {text} NOT NULL,             -- a project, module, mapping
    actor     {text} NOT NULL,             -- an account or "hrbridge"
    body      {text} NOT NULL,             -- canonical JSON, its fields by kind
    prev_hash {bytes} NOT NULL,            -- of the entry before; zeros for the first
    hash      {bytes} NOT NULL,
    seal      {bytes},                     -- by the store's key, over the hash; NULL before it had one
    signature {bytes}                      -- by a person's key, over the hash; of kind 'signature' alone
);
CREATE INDEX ledger_entry_kind ON ledger_entry (kind, seq);
