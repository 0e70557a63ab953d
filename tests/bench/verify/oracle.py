"""What is wrong in a loaded store, by comparing it with the company it was made of, and none of hrbridge's code."""
from verify.model import ENTITIES


def wrong_rows(truth, found):
    """Entity and key of each row that is missing, too many or has a wrong value. `truth`: rows; `found`: board rows by entity."""
    wrong = set()
    for entity in ENTITIES:
        right = {entity.key_of(row): row for row in truth[entity.name]}
        seen = {row.key(): row.values for row in found[entity.name]}
        for key in right.keys() | seen.keys():
            if right.get(key) != seen.get(key):
                wrong.add((entity.name, key))
    return wrong
