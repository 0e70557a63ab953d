-- Which key is meant by a key id: a digest that tells another key under the same id.
-- The id (digests) stands for the key of the digests, by which rows are known again.

CREATE TABLE seal_key (
    key_id      {text(32)} PRIMARY KEY,
    check_value {bytes} NOT NULL,
    first_used  {timestamp} NOT NULL
);
