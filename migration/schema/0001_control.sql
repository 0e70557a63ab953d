-- The control plane: what ran, what was refused, what must be sent, who did what.
-- Types in braces are rendered for each store (ARCHITECTURE.md, "Schema"): {id} is a surrogate
-- key the store numbers, {ref} points to one, {sealed} is AES-256-GCM of text.

CREATE TABLE lease (
    name          {text} PRIMARY KEY,
    holder        {text} NOT NULL,
    fencing_token {int} NOT NULL,
    expires_at    {timestamp} NOT NULL
);

CREATE TABLE job (
    name       {text} PRIMARY KEY,
    paused     {bool} NOT NULL,
    paused_by  {text},
    paused_at  {timestamp},
    reason     {text},
    last_start {timestamp},
    next_start {timestamp}
);

CREATE TABLE run (
    id            {id},
    mapping       {text} NOT NULL,
    source        {text} NOT NULL,
    mapping_hash  {text} NOT NULL,
    kind          {text} NOT NULL,   -- incremental, full
    outcome       {text} NOT NULL,   -- running, done, failed, stopped
    started_at    {timestamp} NOT NULL,
    finished_at   {timestamp},
    window_from   {timestamp},
    window_to     {timestamp},
    rows_read     {int} NOT NULL,
    rows_inserted {int} NOT NULL,
    rows_updated  {int} NOT NULL,
    rows_unchanged {int} NOT NULL,
    rows_rejected {int} NOT NULL,
    rows_held     {int} NOT NULL,
    batches       {int} NOT NULL,
    error         {text}
);
CREATE INDEX run_by_mapping ON run (mapping, id);

CREATE TABLE batch (
    id            {id},
    run_id        {ref} NOT NULL REFERENCES run (id),
    identity      {bytes} NOT NULL,  -- hash of mapping version, run, lower position, upper bound
    position      {text} NOT NULL,
    rows_read     {int} NOT NULL,
    rows_inserted {int} NOT NULL,
    rows_updated  {int} NOT NULL,
    rows_unchanged {int} NOT NULL,
    rows_rejected {int} NOT NULL,
    rows_held     {int} NOT NULL,
    content_hash  {bytes} NOT NULL,  -- XOR of the row hashes written or confirmed, order-free
    committed_at  {timestamp} NOT NULL
);
CREATE UNIQUE INDEX batch_identity ON batch (identity);
CREATE INDEX batch_by_run ON batch (run_id);

CREATE TABLE checkpoint (
    mapping      {text} PRIMARY KEY,
    mapping_hash {text} NOT NULL,
    run_id       {ref} NOT NULL,
    position     {text} NOT NULL,
    complete     {bool} NOT NULL,
    window_from  {timestamp},
    window_to    {timestamp},
    memory       {text} NOT NULL,
    reached      {timestamp},        -- the source's own bound when its clock is behind window_to
    updated_at   {timestamp} NOT NULL
);

CREATE TABLE reject (
    id           {id},
    mapping      {text} NOT NULL,
    mapping_hash {text} NOT NULL,
    run_id       {ref} NOT NULL,
    kind         {text} NOT NULL,    -- row, hold
    rule         {text} NOT NULL,
    field        {text} NOT NULL,
    reason       {text} NOT NULL,
    source_key   {text} NOT NULL,
    key_digest   {bytes} NOT NULL,   -- of the source key and mapping: the same row again
    waits_for    {text},
    packed_row   {bytes} NOT NULL,   -- sealed
    state        {text} NOT NULL,    -- open, released, replayed, accepted
    seen         {int} NOT NULL,
    first_seen   {timestamp} NOT NULL,
    last_seen    {timestamp} NOT NULL
);
CREATE UNIQUE INDEX reject_key ON reject (mapping, key_digest);
CREATE INDEX reject_open ON reject (state, mapping, kind);
CREATE INDEX reject_waiting ON reject (waits_for);

CREATE TABLE outbox (
    id            {id},
    event_key     {text} NOT NULL,   -- the same event is written once
    kind          {text} NOT NULL,   -- warning_card, watch_digest, operations
    receiver      {text} NOT NULL,   -- WeCom userid
    request       {text} NOT NULL,   -- the exact bytes, fixed before the first attempt
    state         {text} NOT NULL,   -- waiting, sending, sent, uncertain, dead
    attempts      {int} NOT NULL,
    created_at    {timestamp} NOT NULL,
    next_attempt  {timestamp} NOT NULL,
    first_attempt {timestamp},
    last_attempt  {timestamp},
    sent_at       {timestamp},
    message_id    {text},
    response_code {text},
    last_code     {text},
    last_error    {text}
);
CREATE UNIQUE INDEX outbox_event ON outbox (event_key, receiver);
CREATE INDEX outbox_due ON outbox (state, next_attempt);

CREATE TABLE callback_inbox (
    id          {id},
    dedupe_key  {text} NOT NULL,
    received_at {timestamp} NOT NULL,
    event       {text} NOT NULL,
    body        {sealed} NOT NULL,
    handled_at  {timestamp}
);
CREATE UNIQUE INDEX callback_inbox_dedupe ON callback_inbox (dedupe_key);

CREATE TABLE account (
    id            {id},
    name          {text} NOT NULL,
    role          {text} NOT NULL,   -- operator, implementer, hr
    password_hash {text} NOT NULL,
    wecom_userid  {text},
    disabled      {bool} NOT NULL,
    created_at    {timestamp} NOT NULL
);
CREATE UNIQUE INDEX account_key ON account (name);

CREATE TABLE session (
    token_hash  {bytes} PRIMARY KEY, -- SHA-256 of the cookie
    account_id  {ref} NOT NULL REFERENCES account (id),
    form_token  {text} NOT NULL,     -- against forged requests
    created_at  {timestamp} NOT NULL,
    expires_at  {timestamp} NOT NULL,
    last_seen   {timestamp} NOT NULL
);

CREATE TABLE audit (
    id        {id},
    at        {timestamp} NOT NULL,
    actor     {text} NOT NULL,       -- account, "service" or "uid 0"
    act       {text} NOT NULL,       -- "job.pause", "finding.read"
    object    {text} NOT NULL,
    detail    {text} NOT NULL,
    prev_hash {bytes} NOT NULL,
    hash      {bytes} NOT NULL       -- SHA-256 over prev_hash and this row
);
