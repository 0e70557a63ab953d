-- Which key is meant by a key id: a digest that tells another key under the same id.

CREATE TABLE seal_key (
    key_id      {text(32)} PRIMARY KEY,
    check_value {bytes} NOT NULL,
    first_used  {timestamp} NOT NULL
);
